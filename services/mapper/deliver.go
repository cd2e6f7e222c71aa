package mapper

import (
	"context"
	"fmt"

	"github.com/nats-io/nats.go"
	"google.golang.org/protobuf/proto"

	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/internal/jet"
	"github.com/orderwire/orderwire/services/mapper/decide"
	"github.com/orderwire/orderwire/services/mapper/memory"
	"github.com/orderwire/orderwire/services/mapper/quarantine"
)

// deliver stores the deliveries of one group after the other.
func (m *Mapper) deliver(ctx context.Context) {
	for {
		select {
		case g := <-m.planned:
			if m.store(ctx, g) != nil {
				return
			}
			select {
			case m.delivered <- g:
			case <-ctx.Done():
				return
			}
		case <-ctx.Done():
			return
		}
	}
}

// store stores a group's deliveries, each with the condition that the last one of its subject is the one it was decided on. All subjects at once, one delivery of a
// subject at a time: the next one's condition is the sequence of this one. It fails with ctx only.
func (m *Mapper) store(ctx context.Context, g *group) error {
	lanes := g.lanes()
	wait := newWait()
	for {
		var heads []*item
		var msgs []*nats.Msg
		left := lanes[:0]
		for _, l := range lanes {
			it, msg, err := m.next(ctx, l)
			if err != nil {
				return err
			}
			if it != nil {
				left, heads, msgs = append(left, l), append(heads, it), append(msgs, msg)
			}
		}
		if lanes = left; len(lanes) == 0 {
			return nil
		}
		if err := m.room.wait(ctx); err != nil {
			return err
		}
		moved, doubted := false, map[*owned]bool{}
		for i, ack := range m.deliveries.Publish(ctx, msgs) {
			it := heads[i]
			if ack.Err == nil {
				m.room.accepted()
				it.subject.Stored(it.result, ack.Seq)
				it.stored = true
				it.work.own.wrote(ack.Seq)
				it.close()
				moved = true
				continue
			}
			news, err := m.ask(ctx, it, ack.Err)
			if err != nil {
				return err
			}
			moved, doubted[it.work.own] = moved || news, true
		}
		if err := m.confirm(ctx, doubted); err != nil { // before anything is decided on top of what was just read
			return err
		}
		if moved {
			wait.Reset()
		} else if err := pause(ctx, wait.NextBackOff()); err != nil {
			return err
		}
	}
}

// next returns the lane's next item that has something to store, with its message; nil when the lane is done. On the way it decides anew what has lost its
// ground, and looks up what was decided before.
func (m *Mapper) next(ctx context.Context, l *lane) (*item, *nats.Msg, error) {
	for ; len(l.items) > 0; l.items = l.items[1:] {
		it := l.items[0]
		if it.closed {
			continue
		}
		tip, seq := it.subject.Tip()
		switch {
		case it.work.own.over(): // somebody else's to decide
			it.close()
			continue
		case it.before || tip.Entry().Reaches(it.work.at()):
			if err := m.recall(ctx, it, tip); err != nil {
				return nil, nil, err
			}
			it.close()
			continue
		case it.base != tip:
			was := it.result
			m.decideOn(it, tip)
			it.subject.Amend(was, it.result)
		}
		if it.decision.Delivery == nil {
			it.close()
			continue
		}
		msg, err := it.message(seq)
		if err != nil {
			it.refuse(err.Error())
			continue
		}
		return it, msg, nil
	}
	return nil, nil, nil
}

func (it *item) message(after uint64) (*nats.Msg, error) {
	if it.data == nil {
		var err error
		if it.data, err = proto.Marshal(it.decision.Delivery); err != nil {
			return nil, fmt.Errorf("the delivery cannot be written: %w", err)
		}
	}
	msg := &nats.Msg{Subject: it.subject.Name(), Data: it.data}
	jet.ExpectLast(msg, after)
	return msg, nil
}

// refuse ends an item whose delivery can never be stored: the entry goes to DEAD_LETTERS.
func (it *item) refuse(why string) {
	tip, _ := it.subject.Tip()
	was := it.result
	it.decided(decide.Decision{
		Reason: orderwirev1.Reason_MALFORMED, Detail: why, Destination: it.choice.Destination, Route: it.choice.Route.Name, Status: it.work.event.Status(),
	}, tip)
	it.subject.Amend(was, it.result)
	it.close()
}

// ask finds out what became of a delivery that was not acknowledged. Refused and unknown are the same to it: what counts is what the leader has as the last
// delivery. It reports whether that is news; when it is not, the delivery is sent again.
func (m *Mapper) ask(ctx context.Context, it *item, refusal error) (news bool, err error) {
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	if quarantine.TooLarge(refusal) { // no fault of the server's that could pass: the entry is refused, and stops nobody
		it.refuse(fmt.Sprintf("the delivery of %d bytes is larger than the server takes", len(it.data)))
		return true, nil
	}
	m.metrics.retries.Inc()
	m.cfg.Logger.Debug("delivery not acknowledged", "subject", it.subject.Name(), "cause", it.work.cause(), "err", refusal)
	if jet.Full(refusal) {
		m.room.refused(refusal)
	}
	err = m.untilDone(ctx, "read the last delivery", func() error {
		s, err := m.deliveries.Last(ctx, it.subject.Name())
		if err != nil {
			return err
		}
		last, err := memory.Read(s)
		if err == nil {
			news = it.subject.Found(last)
		}
		return err
	})
	_, seq := it.subject.Tip()
	it.work.own.wrote(seq)
	return news, err
}
