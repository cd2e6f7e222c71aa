package event

import (
	"fmt"
	"time"

	"github.com/nats-io/nats.go"

	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/internal/topology"
)

// Headers are those that a shop publishes an event with: CloudEvents in binary mode.
func Headers(ev *orderwirev1.OrderStatusChanged) nats.Header {
	h := nats.Header{
		topology.HeaderCESpec:      {topology.SpecVersion},
		topology.HeaderCETime:      {ev.GetOccurredAt().AsTime().Format(time.RFC3339Nano)},
		topology.HeaderContentType: {topology.ContentJSON},
	}
	for _, c := range claims(ev) {
		h[c.header] = []string{c.value}
	}
	return h
}

// CheckHeaders refuses headers that contradict the body. The rule: the body decides, so headers may be absent; ce-id, ce-type and ce-source must
// say what the body says wherever they are given, since other readers of the stream go by them. All other headers are ignored, and so is a
// name in other letters, such as Ce-Id: NATS tells them apart. The error is an *Error, its Field the header's name.
func CheckHeaders(h nats.Header, ev *orderwirev1.OrderStatusChanged) error {
	for _, c := range claims(ev) {
		for _, v := range h[c.header] {
			if v != c.value {
				return &Error{Field: c.header, Problem: fmt.Sprintf("%s in the header, %s by the body", quote(v), quote(c.value))}
			}
		}
	}
	return nil
}

type claim struct{ header, value string }

// claims are the headers that repeat what the body says.
func claims(ev *orderwirev1.OrderStatusChanged) []claim {
	return []claim{
		{topology.HeaderCEID, ev.GetId()},
		{topology.HeaderCEType, topology.EventType},
		{topology.HeaderCESource, "/shops/" + ev.GetShop()},
	}
}
