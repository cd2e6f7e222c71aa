package lane

import (
	"time"

	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/dispatcher/retry"
	"github.com/orderwire/orderwire/services/internal/topology"
)

// Job is something to do for a lane, outside the lock: an attempt, or the storing of its letter.
type Job struct {
	Key topology.Key
	// Letter: the head is dead, store its letter. Otherwise make an attempt.
	Letter bool
	// Message is the delivery of a live lane. The others are to be read back from the stream: they have Head and Newest.
	Message *Message
	Head    Head
	Newest  uint64
	// Number of the attempt, from 1.
	Number uint32

	lane *Lane
	// retry is the policy at the start: the destination may be gone at the end.
	retry retry.Policy
	// dead is why the head of a letter is dead.
	dead orderwirev1.Reason
	// lookedTo, found: what the look for the delivery after the head gave. See Found.
	lookedTo uint64
	found    *Head
}

// Record is what is known without the record of a dead head in STATE.
func (j *Job) Record() *orderwirev1.Lane {
	return &orderwirev1.Lane{
		State: orderwirev1.Lane_DEAD, DeadReason: j.dead, Oldest: j.Head.Seq, Newest: j.Newest, Attempts: j.Number, Cause: j.Head.Cause,
		Reference: j.Head.Reference, StoredAt: stamp(j.Head.stored),
	}
}

// Start gives what may be started now, and when to ask again at the latest; the zero time means: when something else happened. permit is asked
// before each attempt; once it refuses, no more are started.
func (b *Book) Start(now time.Time, permit func() bool) (jobs []*Job, next time.Time) {
	if b.draining {
		return nil, time.Time{}
	}
	n := at(now)
	if n < b.now {
		b.setBack(n)
	}
	b.now = n
	b.expire(n)
	jobs = b.startLetters(n, jobs)
	for b.trusted(n) {
		d, some := b.wakes.top()
		if !some || d.wake > n {
			break
		}
		var refused bool
		if jobs, refused = b.pump(d, n, permit, jobs); refused {
			break
		}
	}
	return jobs, b.next(n)
}

// setBack makes up for a clock that was set back: what was due before still is. Lanes on record keep their times.
func (b *Book) setBack(now instant) {
	for _, d := range b.destinations {
		d.full, d.freed = min(d.full, now), min(d.freed, now)
		for e := d.live.Front(); e != nil; e = e.Next() {
			l := e.Value.(*Lane)
			d.queue.remove(l)
			l.due = min(l.due, now)
			d.queue.add(l)
		}
		b.refresh(d)
	}
}

// trusted reports whether the doubt is small enough for another attempt.
func (b *Book) trusted(now instant) bool {
	return len(b.doubt) < MaxUncommitted && (len(b.doubt) == 0 || now <= b.doubt[0].at.add(MaxDoubt))
}

// pump starts what the destination has slots for, and parks the rest when it waits too long.
func (b *Book) pump(d *destination, now instant, permit func() bool, jobs []*Job) (_ []*Job, refused bool) {
	if d.inFlight < d.policy.Concurrency && now > d.freed.add(slack) {
		d.full = now // there was a break
	}
	for d.slot(now) {
		l, some := d.queue.top()
		if !some || l.due > now {
			break
		}
		if b.expired(l.stored(), now) {
			if !b.trusted(now) {
				break
			}
			b.kill(l, now)
			continue
		}
		if refused = !permit(); refused {
			break
		}
		jobs = append(jobs, b.start(l))
	}
	if b.behind(d, now) {
		b.spill(d)
	}
	b.refresh(d)
	return jobs, refused
}

func (b *Book) start(l *Lane) *Job {
	b.dequeue(l)
	l.state = sending
	l.dest.inFlight++
	j := &Job{Key: b.key(l), Head: l.head, Newest: l.newest, Number: l.attempts + 1, lane: l, retry: l.dest.policy.Retry}
	if !l.parked {
		j.Message = l.messages[0]
		j.Head = HeadOf(j.Message)
	}
	return j
}

func (b *Book) startLetters(now instant, jobs []*Job) []*Job {
	for b.lettering < maxLetters {
		l, some := b.letters.top()
		if !some || l.due > now {
			break
		}
		b.letters.remove(l)
		l.state = sending
		b.lettering++
		jobs = append(jobs, &Job{Key: b.key(l), Letter: true, Head: l.head, Newest: l.newest, Number: l.attempts, lane: l, dead: l.dead})
	}
	return jobs
}

func (b *Book) expired(stored, now instant) bool {
	return b.cfg.Expire > 0 && stored > 0 && now >= stored.add(b.cfg.Expire)
}

// expire kills the deliveries that waited too long, whatever state their destination is in.
func (b *Book) expire(now instant) {
	for b.trusted(now) {
		l, some := b.expiry.top()
		if !some || !b.expired(l.head.stored, now) {
			return
		}
		b.kill(l, now)
	}
}

// kill ends the head of a waiting lane without another attempt.
func (b *Book) kill(l *Lane, now instant) {
	b.dequeue(l)
	l.state = storing
	head := l.head
	var delivery *orderwirev1.Delivery
	if !l.parked {
		head, delivery = HeadOf(l.messages[0]), l.messages[0].Delivery
	}
	f := &Finished{lane: l, Verdict: Verdict{Dead: orderwirev1.Reason_EXPIRED, Attempts: l.attempts}}
	f.Outcomes = append(f.Outcomes, ended(b.key(l), head, delivery, orderwirev1.Reason_EXPIRED, l.attempts, now.time()))
	b.finish(f, now)
}

// next is when the first of what waits for a time is due. What is due already waits for something else.
func (b *Book) next(now instant) time.Time {
	var first instant
	earlier := func(t instant) {
		if t > now && (first == 0 || t < first) {
			first = t
		}
	}
	if d, some := b.wakes.top(); some {
		earlier(d.wake)
	}
	if l, some := b.letters.top(); some {
		earlier(l.due)
	}
	if l, some := b.expiry.top(); some {
		earlier(l.head.stored.add(b.cfg.Expire))
	}
	return first.time()
}
