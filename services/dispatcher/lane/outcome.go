package lane

import (
	"fmt"
	"hash/fnv"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/dispatcher/attempt"
	"github.com/orderwire/orderwire/services/internal/record"
	"github.com/orderwire/orderwire/services/internal/topology"
)

// keptResponse is how much of a response a waiting lane's record keeps, in bytes: STATE must hold 100,000 of them.
const keptResponse = 1 << 10

// report makes the records of an end.
func (b *Book) report(f *Finished, j *Job, end End) {
	l := f.lane
	if end.Result != nil {
		f.last = attempted(f.Verdict, j, end)
		answered := answerOf(f.last)
		stored := f.last
		if final := f.Verdict.Delivered || f.Verdict.Dead != 0; l.hasLast && answered == l.answered && !final {
			stored = proto.CloneOf(f.last)
			stored.Response = nil
		}
		f.Outcomes = append(f.Outcomes, &orderwirev1.Outcome{
			Id: record.AttemptID(j.Head.Seq, j.Number, end.At.Add(-end.Result.Duration)), Reason: f.Verdict.Reason, Detail: detailOf(f.Verdict, end.Result), At: timestamppb.New(end.At),
			Shop: j.Key.Shop, Order: j.Key.Order, Reference: end.Delivery.GetReference(), Destination: j.Key.Destination,
			EventId: end.Delivery.GetEventId(), Sequence: end.Delivery.GetSequence(), Cause: end.Delivery.GetCause(), PublishedAt: end.Delivery.GetPublishedAt(),
			Attempt: stored,
		})
	}
	switch {
	case end.Removed:
		f.Outcomes = append(f.Outcomes, ended(j.Key, j.Head, nil, orderwirev1.Reason_REMOVED, l.attempts, end.At))
	case f.Verdict.Dead == orderwirev1.Reason_EXHAUSTED, f.Verdict.Dead == orderwirev1.Reason_MALFORMED:
		f.Outcomes = append(f.Outcomes, ended(j.Key, j.Head, end.Delivery, f.Verdict.Dead, f.Verdict.Attempts, end.At))
	}
	if f.vacant > 0 {
		// The record says that there was a delivery at newest. Which event it came from is not known any more.
		gone := ended(j.Key, Head{Seq: f.vacant, Reference: j.Head.Reference}, nil, orderwirev1.Reason_REMOVED, 0, end.At)
		f.Outcomes = append(f.Outcomes, gone)
	}
}

func attempted(v Verdict, j *Job, end End) *orderwirev1.Attempt {
	r := end.Result
	a := &orderwirev1.Attempt{
		DeliveryId: end.Delivery.GetId(), Delivery: j.Head.Seq, Number: j.Number, Status: uint32(r.Status), //nolint:gosec // three digits
		Duration: durationpb.New(r.Duration), Error: r.Err, Response: r.Response, Target: end.Delivery.GetTarget(),
		Final: v.Delivered || v.Dead != 0,
	}
	if !v.Next.IsZero() {
		a.Next = timestamppb.New(v.Next)
	}
	if r.HasSkew {
		a.ClockSkew = durationpb.New(r.Skew)
	}
	return a
}

// detailOf says what an attempt's class does not.
func detailOf(v Verdict, r *attempt.Result) string {
	switch {
	case v.Reason != r.Reason:
		return fmt.Sprintf("still %d after %s", r.Status, attempt.NotYetFor)
	case !v.Hold.IsZero():
		return fmt.Sprintf("the destination asked for %s without requests", r.RetryAfter)
	}
	return ""
}

// details say to a person what the reason of an end means.
var details = map[orderwirev1.Reason]string{
	orderwirev1.Reason_EXPIRED:   "it waited until one day before the stream would have dropped it",
	orderwirev1.Reason_REMOVED:   "its message is no longer in the stream: somebody deleted it",
	orderwirev1.Reason_MALFORMED: "its message cannot be decoded",
}

// ended is the record of a delivery's end that no attempt's record tells.
func ended(k topology.Key, h Head, d *orderwirev1.Delivery, reason orderwirev1.Reason, attempts uint32, now time.Time) *orderwirev1.Outcome {
	detail := details[reason]
	if reason == orderwirev1.Reason_EXHAUSTED {
		detail = fmt.Sprintf("all %d attempts are used up", attempts)
	}
	return &orderwirev1.Outcome{
		Id: record.EndID(h.Seq, reason), Reason: reason, Detail: detail, At: timestamppb.New(now),
		Shop: k.Shop, Order: k.Order, Reference: h.Reference, Destination: k.Destination,
		EventId: d.GetEventId(), Sequence: d.GetSequence(), Cause: h.Cause, PublishedAt: d.GetPublishedAt(),
		Attempt: &orderwirev1.Attempt{DeliveryId: d.GetId(), Delivery: h.Seq, Number: attempts, Target: d.GetTarget(), Final: true},
	}
}

// answerOf tells answers apart: by the status and as much of the response as a record keeps.
func answerOf(a *orderwirev1.Attempt) uint64 {
	h := fnv.New64a()
	_, _ = fmt.Fprintf(h, "%d %s\n", a.GetStatus(), a.GetError())
	_, _ = h.Write(kept(a.GetResponse()))
	return h.Sum64()
}

func kept(response []byte) []byte { return response[:min(len(response), keptResponse)] }

// Detail says to a person why the delivery of a dead lane is dead.
func Detail(l *orderwirev1.Lane) string {
	last := l.GetLast()
	answer := last.GetError()
	if last.GetStatus() != 0 {
		answer = fmt.Sprintf("status %d", last.GetStatus())
	}
	text := details[l.GetDeadReason()]
	if l.GetDeadReason() == orderwirev1.Reason_EXHAUSTED {
		text = fmt.Sprintf("all %d attempts are used up", l.GetAttempts())
	}
	switch {
	case text == "":
		return answer
	case answer == "":
		return text
	}
	return text + "; last answer: " + answer
}
