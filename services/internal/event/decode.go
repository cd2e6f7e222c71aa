package event

import (
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
)

// Decode reads an event of at most maxBytes bytes, and checks it against the limits and rules of the contract. The error is an *Error.
func Decode(data []byte, maxBytes int) (*orderwirev1.OrderStatusChanged, error) {
	ev := new(orderwirev1.OrderStatusChanged)
	if err := decode(data, maxBytes, ev, eventPlan); err != nil {
		return nil, err
	}
	if err := eventRules(ev); err != nil {
		return nil, err
	}
	return ev, nil
}

// DecodeCommand reads an operator's command likewise. The error is an *Error.
func DecodeCommand(data []byte, maxBytes int) (*orderwirev1.Command, error) {
	cmd := new(orderwirev1.Command)
	if err := decode(data, maxBytes, cmd, commandPlan); err != nil {
		return nil, err
	}
	if err := commandRules(cmd); err != nil {
		return nil, err
	}
	return cmd, nil
}

func decode(data []byte, maxBytes int, m proto.Message, p *plan) error {
	if err := checkShape(data, maxBytes); err != nil {
		return err
	}
	if err := protojson.Unmarshal(data, m); err != nil {
		return parseError(data, err)
	}
	if err := p.check(m.ProtoReflect()); err != nil {
		return err
	}
	return nil
}
