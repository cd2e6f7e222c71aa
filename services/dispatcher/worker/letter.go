package worker

import (
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/dispatcher/lane"
	"github.com/orderwire/orderwire/services/internal/jet"
	"github.com/orderwire/orderwire/services/internal/topology"
)

// letter stores the letter of a dead head, and lets the lane step on.
func (w *Worker) letter(j *lane.Job) {
	d, err := w.storeLetter(j)
	if err != nil {
		w.said.once(w.log, "dead letter cannot be stored, trying again; its order waits. Try: room in DEAD_LETTERS (orderwire dead list)", err)
		w.update(func(b *lane.Book, now time.Time) { b.Postpone(j, now) })
		return
	}
	if w.finish(j, lane.End{At: time.Now(), Lettered: true}) != nil {
		w.cfg.Metrics.died(w.cfg.Configuration(), j.Key.Destination, d.GetReason())
		w.log.Warn("delivery is dead", "destination", j.Key.Destination, "shop", j.Key.Shop, "order", j.Key.Order, "delivery", j.Head.Seq,
			"reason", d.GetReason().String(), "detail", d.GetDetail())
	}
}

// storeLetter writes the letter from the committed record. One that is there already was written by us or by the owner before.
func (w *Worker) storeLetter(j *lane.Job) (*orderwirev1.DeadLetter, error) {
	record, err := w.laneRecord(w.attempts, j.Key)
	if err != nil {
		return nil, err
	}
	if record.GetState() != orderwirev1.Lane_DEAD || record.GetOldest() != j.Head.Seq {
		return nil, fmt.Errorf("lane record %s is not about dead delivery %d", laneSubject(j.Key), j.Head.Seq)
	}
	subject := topology.DeliverySubject(j.Key.P, j.Key.Destination, j.Key.Shop, j.Key.Order)
	stored, err := jet.NextFromLeader(w.attempts, w.cfg.NC, topology.Deliveries, subject, j.Head.Seq)
	if err != nil {
		return nil, err
	}
	d := deadLetter(j.Key, record)
	if stored != nil && stored.Seq == j.Head.Seq {
		enclose(d, stored)
	}
	m := nats.NewMsg(topology.DeadSubject(j.Key.Destination, j.Key.Shop, j.Key.Order, j.Head.Seq))
	if m.Data, err = proto.Marshal(d); err != nil {
		return nil, fmt.Errorf("render dead letter: %w", err)
	}
	jet.ExpectLast(m, 0)
	if ack := w.cfg.Publisher.One(w.attempts, m); ack.Err != nil && !jet.Fenced(ack.Err) {
		return nil, ack.Err
	}
	return d, nil
}

func deadLetter(k topology.Key, l *orderwirev1.Lane) *orderwirev1.DeadLetter {
	return &orderwirev1.DeadLetter{
		Reason: l.GetDeadReason(), Detail: lane.Detail(l), At: timestamppb.Now(),
		Shop: k.Shop, Order: k.Order, Reference: l.GetReference(), Destination: k.Destination, Cause: l.GetCause(),
		What: &orderwirev1.DeadLetter_Delivery{Delivery: &orderwirev1.DeadDelivery{Sequence: l.GetOldest(), Attempts: l.GetAttempts(), Last: l.GetLast()}},
	}
}

// enclose puts the message in: as a delivery, or as it is when it cannot be decoded.
func enclose(d *orderwirev1.DeadLetter, s *jet.Stored) {
	if m := decode(s); m.Delivery != nil {
		d.GetDelivery().Delivery = m.Delivery
		return
	}
	raw := &orderwirev1.RawEntry{Subject: s.Subject, Data: s.Data}
	for name, values := range s.Header {
		for _, v := range values {
			raw.Headers = append(raw.Headers, &orderwirev1.Header{Name: name, Value: []byte(v)})
		}
	}
	d.What = &orderwirev1.DeadLetter_Entry{Entry: raw}
}
