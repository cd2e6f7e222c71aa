package record

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/nats-io/nats.go"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/internal/topology"
)

const (
	// MaxBytes is the largest record. A response excerpt is 16 KiB at most, so a larger one is a mistake, and no retry would help it.
	MaxBytes = 256 << 10
	// maxToken is how long shop, order and reference may be on the subject, before escaping: a server refuses control lines over 4 KiB, by closing
	// the connection.
	maxToken = 128
)

// subject is where a record is stored.
func subject(shop, order, reference string) string {
	return topology.OutcomeSubject(token(shop), token(order), token(reference))
}

// token shortens what is too long for a subject, still telling one from another.
func token(s string) string {
	if len(s) <= maxToken {
		return s
	}
	sum := sha256.Sum256([]byte(s))
	return s[:maxToken-17] + "-" + hex.EncodeToString(sum[:8])
}

// message renders a record, once.
func message(o *orderwirev1.Outcome) (*nats.Msg, error) {
	if o.GetId() == "" || o.GetReason() == orderwirev1.Reason_REASON_UNSPECIFIED {
		return nil, errors.New("record without an id or a reason")
	}
	m := nats.NewMsg(subject(o.GetShop(), o.GetOrder(), o.GetReference()))
	data, err := proto.Marshal(o)
	if err != nil { // text that is not UTF-8, from a shop or a receiver
		o = proto.CloneOf(o)
		valid(o.ProtoReflect())
		data, err = proto.Marshal(o)
	}
	if err != nil {
		return nil, fmt.Errorf("render record %s: %w", o.GetId(), err)
	}
	if len(data) > MaxBytes {
		return nil, fmt.Errorf("record %s has %d bytes: at most %d", o.GetId(), len(data), MaxBytes)
	}
	m.Data = data
	return m, nil
}

// valid replaces what is not UTF-8, in the message and those within.
func valid(m protoreflect.Message) {
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case f.IsList() || f.IsMap(): // there are none in a record
		case f.Kind() == protoreflect.StringKind:
			m.Set(f, protoreflect.ValueOfString(strings.ToValidUTF8(v.String(), "\uFFFD")))
		case f.Kind() == protoreflect.MessageKind:
			valid(v.Message())
		}
		return true
	})
}
