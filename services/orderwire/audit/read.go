package audit

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"google.golang.org/protobuf/proto"

	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/internal/jet"
	"github.com/orderwire/orderwire/services/internal/topology"
)

// read takes the cursors first: what they count as settled must then be found in the rest.
func read(ctx context.Context, c Config) (*books, error) {
	b := &books{
		cursors: map[string]*orderwirev1.Cursor{}, lanes: map[string]*orderwirev1.Lane{}, bySeq: map[uint64]*entry{}, byID: map[string]*delivery{},
		decisions: map[string]*orderwirev1.Outcome{}, attempts: map[string]*orderwirev1.Outcome{}, dead: map[string]*orderwirev1.DeadLetter{},
	}
	if err := jet.ReadLastPerSubject(ctx, c.NC, c.JS, topology.State, []string{">"}, b.state); err != nil {
		return nil, err
	}
	for _, s := range []struct {
		stream string
		take   func(*jet.Stored) error
	}{{topology.Orders, b.entry}, {topology.Deliveries, b.delivery}, {topology.Outcomes, b.outcome}, {topology.DeadLetters, b.letter}} {
		if err := whole(ctx, c, s.stream, s.take); err != nil {
			return nil, err
		}
	}
	return b, nil
}

var errEnd = errors.New("end of the stream")

// whole hands over a stream up to the message that is its last now.
func whole(ctx context.Context, c Config, stream string, take func(*jet.Stored) error) error {
	last, err := jet.LastFromLeader(ctx, c.NC, stream, ">")
	if err != nil || last == nil {
		return err
	}
	err = jet.Read(ctx, c.NC, c.JS, jet.ReadConfig{Stream: stream, Filters: []string{">"}}, func(s *jet.Stored) error {
		if err := take(s); err != nil {
			return fmt.Errorf("read %s: message %d: %w", stream, s.Seq, err)
		}
		if s.Seq >= last.Seq {
			return errEnd
		}
		return nil
	})
	if errors.Is(err, errEnd) {
		return nil
	}
	return err
}

func (b *books) state(s *jet.Stored) error {
	switch {
	case len(s.Data) == 0: // a delete marker
	case strings.HasPrefix(s.Subject, "dispatch.lane."):
		l := &orderwirev1.Lane{}
		b.lanes[s.Subject] = l
		return proto.Unmarshal(s.Data, l)
	case strings.Contains(s.Subject, ".cursor."):
		c := &orderwirev1.Cursor{}
		b.cursors[s.Subject] = c
		return proto.Unmarshal(s.Data, c)
	}
	return nil
}

func (b *books) entry(s *jet.Stored) error {
	e := &entry{seq: s.Seq}
	var err error
	if e.subject, err = topology.ParseEntry(s.Subject); err != nil {
		return err
	}
	b.entries = append(b.entries, e)
	b.bySeq[e.seq] = e
	b.last = s.Seq
	return nil
}

func (b *books) delivery(s *jet.Stored) error {
	d := &delivery{Delivery: &orderwirev1.Delivery{}, seq: s.Seq, subject: s.Subject}
	var err error
	if d.key, err = topology.ParseDelivery(s.Subject); err != nil {
		return err
	}
	if err := proto.Unmarshal(s.Data, d.Delivery); err != nil {
		return err
	}
	b.sent = append(b.sent, d)
	return nil
}

func (b *books) outcome(s *jet.Stored) error {
	o := &orderwirev1.Outcome{}
	if err := proto.Unmarshal(s.Data, o); err != nil {
		return err
	}
	records := b.decisions
	if o.GetAttempt() != nil {
		records = b.attempts
	}
	// After a crash the mapper decides its last entries anew, and from unchanged it may well come to mapped, since it sends once more what it cannot be sure
	// of. Any other change means that it decided differently with nothing changed. As in package record, MAPPED wins: what was written stays written.
	if before := records[o.GetId()]; before != nil && before.GetReason() != o.GetReason() {
		if before.GetReason() != orderwirev1.Reason_UNCHANGED || o.GetReason() != orderwirev1.Reason_MAPPED {
			b.changed = append(b.changed, fmt.Sprintf("record %s says %s, and then %s", o.GetId(), before.GetReason(), o.GetReason()))
		}
		if before.GetReason() == orderwirev1.Reason_MAPPED {
			return nil
		}
	}
	records[o.GetId()] = o
	return nil
}

func (b *books) letter(s *jet.Stored) error {
	l := &orderwirev1.DeadLetter{}
	b.dead[s.Subject] = l
	return proto.Unmarshal(s.Data, l)
}
