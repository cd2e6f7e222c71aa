package shop

import (
	"fmt"

	"github.com/nats-io/nats.go"

	"github.com/orderwire/orderwire/services/internal/event"
	"github.com/orderwire/orderwire/services/internal/topology"
)

// Message makes of an event's JSON what a shop publishes: the bytes as they are, on the subject that they name, with their headers.
func Message(data []byte) (*nats.Msg, error) {
	ev, err := event.Decode(data, topology.MaxEventBytes)
	if err != nil {
		return nil, fmt.Errorf("read event: %w", err)
	}
	order := topology.TestOrder
	if ev.GetOrder() != nil {
		order = ev.GetOrder().GetId()
	}
	return &nats.Msg{Subject: topology.EventSubject(ev.GetShop(), order), Header: event.Headers(ev), Data: data}, nil
}
