package lane

import (
	"time"

	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/dispatcher/attempt"
)

// End is how a job ended that can be judged. One that cannot is returned: see [Book.Return].
type End struct {
	At time.Time
	// Result of an attempt, and the delivery it was made of.
	Result   *attempt.Result
	Delivery *orderwirev1.Delivery
	// Lettered: the letter is stored.
	Lettered bool
	// Removed: the leader no longer has the head's message.
	Removed bool
	// Unreadable: the message cannot be decoded.
	Unreadable bool
}

// Look asks the caller to find the first message of the lane from From to UpTo in the stream, to tell the job ([Job.Found]), and to finish it again.
type Look struct{ From, UpTo uint64 }

// Found tells what a look up to that sequence found; nil when there is nothing.
func (j *Job) Found(next *Message, upTo uint64) {
	j.lookedTo, j.found = upTo, nil
	if next != nil && next.Seq <= upTo {
		h := HeadOf(next)
		j.found = &h
	}
}

// Finished is an outcome on its way to being durable.
type Finished struct {
	// Verdict of an attempt.
	Verdict Verdict
	// Outcomes are the records that have to be stored before anything follows.
	Outcomes []*orderwirev1.Outcome

	lane *Lane
	at   instant
	// over: the head is done with, and the lane steps on to next.
	over bool
	next *Head
	// vacant: nothing of the lane was found behind the head up to here.
	vacant uint64
	// last is the attempt, for the lane's record.
	last *orderwirev1.Attempt
}

// Finish takes the end of a job. When the lane will step on to a delivery that it does not know, it asks for that first.
func (b *Book) Finish(j *Job, end End) (*Finished, *Look) {
	l := j.lane
	f := &Finished{lane: l, over: end.Lettered || end.Removed}
	if end.Result != nil {
		f.Verdict = decide(end.Result, j.retry, l.attempts, l.notYet.time(), end.At)
		f.over = f.Verdict.Delivered
		b.count(l.dest, f.Verdict)
	}
	if end.Unreadable {
		f.Verdict = Verdict{Dead: orderwirev1.Reason_MALFORMED, Attempts: l.attempts}
	}
	if f.over && l.parked && l.newest > l.head.Seq && l.following == nil {
		if j.found == nil && j.lookedTo < l.newest {
			return nil, &Look{From: l.head.Seq + 1, UpTo: l.newest}
		}
		f.next = j.found
		if f.next == nil {
			f.vacant, l.vacant = j.lookedTo, j.lookedTo
		}
	}
	b.release(j, at(end.At))
	l.state = storing
	b.report(f, j, end)
	if hold := at(f.Verdict.Hold); hold > l.dest.held {
		l.dest.held = hold
		b.spill(l.dest)
		b.refresh(l.dest)
	}
	b.finish(f, at(end.At))
	return f, nil
}

// count keeps what the last attempts say about the destination. A delivery that is refused says that it works.
func (b *Book) count(d *destination, v Verdict) {
	switch {
	case v.Delivered || v.Reason == orderwirev1.Reason_PERMANENT || v.Reason == orderwirev1.Reason_NOT_YET:
		d.failures = 0
	case d.failures < downAfter:
		if d.failures++; d.failures == downAfter {
			b.spill(d)
		}
	}
}

// Return gives a job back that nothing came of: the lane waits, and it is done again with the same number.
func (b *Book) Return(j *Job, now time.Time, wait time.Duration) {
	l := j.lane
	b.release(j, at(now))
	l.due = max(l.due, at(now.Add(wait)))
	if len(l.earlier) > 0 {
		b.goBack(l)
		return
	}
	b.enqueue(l)
}

// Postpone gives a letter back that could not be stored: it is tried again after 1 s, doubling to a minute.
func (b *Book) Postpone(j *Job, now time.Time) {
	wait := min(time.Second<<min(j.lane.tries, 6), time.Minute)
	j.lane.tries++
	b.Return(j, now, wait)
}

// release frees what the job took.
func (b *Book) release(j *Job, now instant) {
	if j.Letter {
		b.lettering--
		return
	}
	d := j.lane.dest
	if d.inFlight == d.policy.Concurrency {
		d.freed = now
	}
	d.inFlight--
	b.refresh(d)
}

func (b *Book) finish(f *Finished, now instant) {
	f.at = now
	b.finished = append(b.finished, f)
	b.doubt = append(b.doubt, doubtful{now, f.lane.dest})
	f.lane.dest.doubt++
}
