package lane

import (
	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/internal/topology"
)

// Record is a change of a lane's record in STATE.
type Record struct {
	Key topology.Key
	// Lane is the new record; nil deletes it.
	Lane *orderwirev1.Lane
	// KeepLast: the last attempt is not in memory, it has to be taken over from the record that is there.
	KeepLast bool
}

// Commit is what the next commit makes durable, together with the position of the log at the same moment.
type Commit struct {
	Records []Record
	freed   []*Lane
	applied int
}

// Unstored hands over up to limit outcomes that are to be stored in OUTCOMES.
func (b *Book) Unstored(limit int) []*Finished {
	n := min(limit, len(b.finished))
	batch := b.finished[:n:n]
	b.finished = b.finished[n:]
	return batch
}

// Stored says that the outcomes are durable. What follows from them goes with the next commit.
func (b *Book) Stored(batch []*Finished) {
	for _, f := range batch {
		b.apply(f)
	}
	b.applied += len(batch)
}

func (b *Book) apply(f *Finished) {
	l, v := f.lane, f.Verdict
	l.state = committing
	switch {
	case f.over && !l.parked:
		b.cfg.Log.Settle(l.messages[0].Seq)
		l.messages[0] = nil
		l.messages = l.messages[1:]
		b.clean = append(b.clean, l)
	case f.over:
		b.step(l, f)
	default:
		if !l.parked {
			b.park(l)
		}
		l.attempts, l.dead, l.notYet = v.Attempts, v.Dead, at(v.NotYet)
		l.due = f.at
		if v.Dead == 0 {
			l.due = at(v.Next)
		}
		if f.last != nil {
			l.hasLast, l.answered, l.pending = true, answerOf(f.last), f.last
		}
		b.change(l)
	}
}

// step goes from a head that is over to the next delivery of a parked lane, or back to the live path.
func (b *Book) step(l *Lane, f *Finished) {
	next := l.following
	if next == nil {
		next = f.next
	}
	l.reset()
	if next == nil {
		l.parked = false
		l.head, l.newest = Head{}, 0
	} else {
		l.head = *next
	}
	b.change(l)
}

// Take gives what the next commit holds, at most limit records, or nil when there is nothing. The position is to be read under the same lock.
func (b *Book) Take(limit int) *Commit {
	if len(b.dirty) == 0 && len(b.clean) == 0 && !b.moved {
		return nil
	}
	c := &Commit{freed: b.clean, applied: b.applied}
	n := min(limit, len(b.dirty))
	for _, l := range b.dirty[:n] {
		l.dirty = false
		for _, seq := range l.covered {
			b.cfg.Log.Settle(seq)
		}
		l.covered = nil
		if l.parked || l.recorded {
			c.Records = append(c.Records, b.record(l))
			l.recorded = l.parked
		}
		if l.state == committing {
			c.freed = append(c.freed, l)
		}
	}
	b.dirty = b.dirty[n:]
	if len(b.dirty) > 0 {
		// The outcomes of the lanes that are left count as not durable.
		c.applied = 0
	}
	b.applied -= c.applied
	b.clean, b.moved = nil, false
	return c
}

// Committed says that a commit is durable: its lanes go on.
func (b *Book) Committed(c *Commit) {
	for _, x := range b.doubt[:c.applied] {
		x.dest.doubt--
		b.refresh(x.dest)
	}
	b.doubt = b.doubt[c.applied:]
	for _, l := range c.freed {
		b.free(l)
	}
}

func (b *Book) free(l *Lane) {
	switch {
	case l.state != committing:
	case len(l.earlier) > 0:
		b.goBack(l)
	case l.parked:
		b.enqueue(l)
	case len(l.messages) > 0:
		l.due = min(l.messages[0].read, b.now)
		b.enqueue(l)
	default:
		l.state = idle
		delete(l.dest.lanes, l.order)
	}
}

// Pending reports whether outcomes wait to be stored, and whether there is something to commit.
func (b *Book) Pending() (store, commit bool) {
	return len(b.finished) > 0, len(b.dirty) > 0 || len(b.clean) > 0 || b.moved
}

// Drain stops starting.
func (b *Book) Drain() { b.draining = true }

// Busy reports whether anything is under way or not yet durable.
func (b *Book) Busy() bool {
	under := b.lettering
	for _, d := range b.destinations {
		under += d.inFlight
	}
	return under > 0 || len(b.doubt) > 0 || len(b.dirty) > 0 || len(b.clean) > 0
}
