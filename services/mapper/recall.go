package mapper

import (
	"context"

	"google.golang.org/protobuf/proto"

	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/mapper/cause"
	"github.com/orderwire/orderwire/services/mapper/decide"
	"github.com/orderwire/orderwire/services/mapper/memory"
)

// recall finds out what was decided about an entry before: its subject holds a delivery of it, or of a later entry. The decision is in the delivery that has it as
// its cause. When there is none, nothing was sent for it, and nothing can be now: it is stale. It fails with ctx only.
func (m *Mapper) recall(ctx context.Context, it *item, tip *memory.Last) error {
	was := it.result
	it.base, it.result = tip, tip
	it.subject.Amend(was, tip)
	d := decide.Decision{Destination: it.choice.Destination, Route: it.choice.Route.Name, Status: it.work.event.Status()}
	found, err := m.deliveryOf(ctx, it.subject.Name(), it.work.at())
	if err != nil {
		return err
	}
	if found != nil {
		d.Reason, d.Route, d.Target, d.PreviousTarget, d.DeliveryID = orderwirev1.Reason_MAPPED, found.GetRoute(), found.GetTarget(), found.GetPreviousTarget(), found.GetId()
	} else {
		d.Reason, d.DeliveryID, d.Detail = orderwirev1.Reason_STALE, tip.ID, "a later entry of the order was sent already"
	}
	it.decision = d
	return nil
}

// deliveryOf looks for the delivery of a subject that was decided on an entry; nil when there is none. Causes rise along a subject, behind
// those of an ORDERS that is no more.
func (m *Mapper) deliveryOf(ctx context.Context, subject string, entry cause.Entry) (found *orderwirev1.Delivery, err error) {
	from := uint64(1)
	err = m.untilDone(ctx, "read the deliveries of an order", func() error {
		for {
			s, err := m.deliveries.Next(ctx, subject, from)
			if err != nil || s == nil {
				return err
			}
			d := &orderwirev1.Delivery{}
			if err := proto.Unmarshal(s.Data, d); err != nil {
				return err
			}
			if at := decide.Remember(d).Entry(); at.Reaches(entry) {
				if at.Seq == entry.Seq {
					found = d
				}
				return nil
			}
			from = s.Seq + 1
		}
	})
	return found, err
}
