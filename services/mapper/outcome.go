package mapper

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"google.golang.org/protobuf/types/known/timestamppb"

	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/internal/record"
	"github.com/orderwire/orderwire/services/internal/topology"
	"github.com/orderwire/orderwire/services/mapper/decide"
)

// outcome is the record of a decision.
func (w *work) outcome(d *decide.Decision) *orderwirev1.Outcome {
	o := &orderwirev1.Outcome{
		Id: record.DecisionID(w.cause(), d.Destination), Reason: d.Reason, Detail: d.Detail, Shop: w.shop, Order: w.order, Destination: d.Destination,
		EventId: w.id(), Cause: w.cause(), PublishedAt: timestamppb.New(w.stored.Time),
		Decision: &orderwirev1.Decision{Route: d.Route, Status: d.Status, Target: d.Target, PreviousTarget: d.PreviousTarget, DeliveryId: d.DeliveryID},
	}
	if w.event != nil {
		o.Reference, o.Sequence = w.event.GetOrder().GetReference(), w.event.GetSequence()
	}
	return o
}

// letter is the entry as it came, for DEAD_LETTERS.
func (w *work) letter(d *decide.Decision) *orderwirev1.DeadLetter {
	raw := &orderwirev1.RawEntry{Subject: text(w.stored.Subject), Data: w.stored.Data}
	for _, name := range slices.Sorted(maps.Keys(w.stored.Header)) {
		for _, v := range w.stored.Header[name] {
			raw.Headers = append(raw.Headers, &orderwirev1.Header{Name: text(name), Value: []byte(v)})
		}
	}
	l := &orderwirev1.DeadLetter{
		Reason: d.Reason, Detail: d.Detail, At: timestamppb.Now(), Shop: w.shop, Order: w.order, Cause: w.cause(),
		What: &orderwirev1.DeadLetter_Entry{Entry: raw},
	}
	if w.event != nil {
		l.Reference = w.event.GetOrder().GetReference()
	}
	return l
}

// text is what a protobuf string can hold: a hostile subject or header name need not be UTF-8.
func text(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }

// lost says for the record that there is no letter.
func lost(why string, cause uint64) string {
	return fmt.Sprintf(" (no dead letter: %s; %s has the entry as %d)", why, topology.Orders, cause)
}
