package lane

import (
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/internal/topology"
)

// record renders a lane's record, or its deletion.
func (b *Book) record(l *Lane) Record {
	r := Record{Key: b.key(l)}
	if !l.parked {
		return r
	}
	r.Lane = &orderwirev1.Lane{
		State: orderwirev1.Lane_WAITING, Oldest: l.head.Seq, Newest: l.newest, Attempts: l.attempts, Next: stamp(l.due), NotYetSince: stamp(l.notYet),
		Cause: l.head.Cause, Reference: l.head.Reference, StoredAt: stamp(l.head.stored), Last: l.pending,
	}
	switch {
	case l.dead != 0:
		r.Lane.State, r.Lane.DeadReason, r.Lane.Next = orderwirev1.Lane_DEAD, l.dead, nil
	case len(l.pending.GetResponse()) > keptResponse:
		r.Lane.Last = proto.CloneOf(l.pending)
		r.Lane.Last.Response = kept(l.pending.GetResponse())
	}
	r.KeepLast = l.hasLast && l.pending == nil
	l.pending = nil
	return r
}

// Restore takes a lane record that was found at the claim.
func (b *Book) Restore(now time.Time, k topology.Key, r *orderwirev1.Lane) {
	l := b.lane(k)
	l.parked, l.recorded = true, true
	l.head = Head{Seq: r.GetOldest(), Cause: r.GetCause(), Reference: r.GetReference(), stored: fromStamp(r.GetStoredAt())}
	l.newest, l.attempts = r.GetNewest(), r.GetAttempts()
	l.due, l.notYet = fromStamp(r.GetNext()), fromStamp(r.GetNotYetSince())
	if r.GetLast() != nil {
		l.hasLast, l.answered = true, answerOf(r.GetLast())
	}
	if r.GetState() == orderwirev1.Lane_DEAD {
		l.dead, l.due = r.GetDeadReason(), at(now)
	}
	b.enqueue(l)
}

func stamp(i instant) *timestamppb.Timestamp {
	if i == 0 {
		return nil
	}
	return timestamppb.New(i.time())
}

func fromStamp(t *timestamppb.Timestamp) instant {
	if t == nil {
		return 0
	}
	return at(t.AsTime())
}
