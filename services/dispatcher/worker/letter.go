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
	if w.finish(j, lane.End{At: w.cfg.Clock.Now(), Lettered: true}) != nil {
		w.cfg.Metrics.died(w.cfg.Configuration(), j.Key.Destination, d.GetReason())
		w.log.Warn("delivery is dead", "destination", j.Key.Destination, "shop", j.Key.Shop, "order", j.Key.Order, "delivery", j.Head.Seq,
			"reason", d.GetReason().String(), "detail", d.GetDetail())
	}
}

// storeLetter writes the letter from the committed record, or from what is known without it, should somebody have deleted that.
func (w *Worker) storeLetter(j *lane.Job) (*orderwirev1.DeadLetter, error) {
	record, err := w.laneRecord(w.attempts, j.Key)
	if err != nil {
		return nil, err
	}
	if record == nil {
		record = j.Record()
	}
	if record.GetState() != orderwirev1.Lane_DEAD || record.GetOldest() != j.Head.Seq {
		return nil, fmt.Errorf("lane record %s is not about dead delivery %d", laneSubject(j.Key), j.Head.Seq)
	}
	stored, err := w.find(w.attempts, deliverySubject(j.Key), j.Head.Seq, j.Head.Seq)
	if err != nil {
		return nil, err
	}
	d := deadLetter(j.Key, record, w.cfg.Clock.Now())
	if stored != nil {
		enclose(d, stored)
	}
	taken, err := w.put(j.Key, j.Head.Seq, d)
	if err == nil && taken {
		// DELIVERIES was re-created, and an older delivery with this sequence died. The time of storing tells them apart, for every owner alike.
		n := uint64(record.GetStoredAt().AsTime().UnixNano())
		if taken, err = w.put(j.Key, n, d); taken {
			err = fmt.Errorf("dead letter of delivery %d: two other letters have its places", j.Head.Seq)
		}
	}
	return d, err
}

// put creates a letter. One that is there already was written by us or by the owner before, or it is another delivery's: taken.
func (w *Worker) put(k topology.Key, n uint64, d *orderwirev1.DeadLetter) (taken bool, err error) {
	m := nats.NewMsg(topology.DeadSubject(k.Destination, k.Shop, k.Order, n))
	if m.Data, err = proto.Marshal(d); err != nil {
		return false, fmt.Errorf("render dead letter: %w", err)
	}
	jet.ExpectLast(m, 0)
	ack := w.cfg.Publisher.One(w.attempts, m)
	if !jet.Fenced(ack.Err) {
		return false, ack.Err
	}
	s, err := jet.LastFromLeader(w.attempts, w.cfg.NC, topology.DeadLetters, m.Subject)
	if err != nil {
		return false, err
	}
	if s == nil {
		return false, fmt.Errorf("a dead letter is and is not at %s", m.Subject)
	}
	there := &orderwirev1.DeadLetter{}
	ours := proto.Unmarshal(s.Data, there) == nil && same(there, d)
	return !ours, nil
}

// same reports whether two letters are about one delivery, whose message may have left the stream between them.
func same(a, b *orderwirev1.DeadLetter) bool {
	if a.GetCause() != b.GetCause() {
		return false
	}
	x, y := a.GetDelivery().GetDelivery().GetId()+string(a.GetEntry().GetData()), b.GetDelivery().GetDelivery().GetId()+string(b.GetEntry().GetData())
	return x == y || x == "" || y == ""
}

func deadLetter(k topology.Key, l *orderwirev1.Lane, now time.Time) *orderwirev1.DeadLetter {
	return &orderwirev1.DeadLetter{
		Reason: l.GetDeadReason(), Detail: lane.Detail(l), At: timestamppb.New(now),
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
