package lane

import (
	"slices"
	"time"

	"github.com/orderwire/orderwire/services/internal/topology"
)

// Unreadable takes an entry that no lane can be made of, once that is on record.
func (b *Book) Unreadable(seq uint64, stored time.Time) {
	b.cfg.Log.Add(seq, stored)
	b.cfg.Log.Settle(seq)
	b.moved = true
}

// Room reports whether another entry may be read. When there is none, it comes with a commit.
func (b *Book) Room() bool { return b.cfg.Log.Len() < MaxMessages }

// Read takes the next entry of the log.
func (b *Book) Read(now time.Time, k topology.Key, m *Message) {
	m.read = at(now)
	if !b.cfg.Log.Add(m.Seq, m.Stored) { // settled before the claim
		b.moved = true
		return
	}
	l := b.lane(k)
	switch {
	case len(l.earlier) > 0 || (l.parked && m.Seq < l.head.Seq):
		l.earlier = append(l.earlier, m)
		if !l.busy() {
			b.goBack(l)
		}
	case l.parked && m.Seq <= l.newest && l.dirty: // its next record covers it
		l.covered = append(l.covered, m.Seq)
	case l.parked && m.Seq <= l.newest: // its record covers it, which is durable, or will be before the next
		b.cfg.Log.Settle(m.Seq)
		b.moved = true
	case l.parked:
		b.extend(l, m)
	default:
		l.messages = append(l.messages, m)
		switch {
		case l.busy():
			if len(l.messages) > maxQueued {
				b.park(l)
			}
		case b.behind(l.dest, m.read):
			l.due = m.read
			b.park(l)
		case l.state == idle:
			l.due = m.read
			b.enqueue(l)
		}
	}
}

// extend makes a parked lane's record reach one delivery further.
func (b *Book) extend(l *Lane, m *Message) {
	if l.newest == l.head.Seq || l.vacant >= l.newest {
		h := HeadOf(m)
		l.following = &h
	}
	l.newest = m.Seq
	l.covered = append(l.covered, m.Seq)
	b.change(l)
}

// goBack lets a lane begin again at deliveries before its head. That is not what normally comes: the partition was set to an earlier position, or DELIVERIES
// lost its end and grew again. What is behind them is covered as before, or read with them, and will be looked up.
func (b *Book) goBack(l *Lane) {
	if l.state == waiting {
		b.dequeue(l)
	}
	if !l.parked {
		l.newest = 0
	}
	all := slices.Concat(l.earlier, l.messages)
	for _, m := range all {
		l.covered = append(l.covered, m.Seq)
		l.newest = max(l.newest, m.Seq)
	}
	l.reset()
	l.parked, l.head, l.due = true, HeadOf(all[0]), all[0].read
	l.earlier, l.messages = nil, nil
	b.change(l)
	l.state = committing
}

// park turns a live lane into a parked one. Its messages leave memory; an attempt under way goes on. A lane that waits may be served again when its
// record is durable.
func (b *Book) park(l *Lane) {
	if l.state == waiting {
		b.dequeue(l)
	}
	l.parked = true
	l.head, l.newest = HeadOf(l.messages[0]), l.messages[len(l.messages)-1].Seq
	l.following, l.vacant = nil, 0
	if len(l.messages) > 1 {
		h := HeadOf(l.messages[1])
		l.following = &h
	}
	for _, m := range l.messages {
		l.covered = append(l.covered, m.Seq)
	}
	l.messages = nil
	b.change(l)
	if !l.busy() {
		l.state = committing
	}
}

// change asks the next commit for the lane's record.
func (b *Book) change(l *Lane) {
	if !l.dirty {
		l.dirty = true
		b.dirty = append(b.dirty, l)
	}
}

// behind reports whether a destination cannot take deliveries now: it is unknown, held or down, or what is due waits while all slots are taken. Waiting that is our
// own fault (outcomes that are not durable, the process's bound on attempts) does not count: records would make it worse.
func (b *Book) behind(d *destination, now instant) bool {
	if !d.policy.Known || now < d.held || d.down() {
		return true
	}
	top, some := d.queue.top()
	return some && d.inFlight >= d.policy.Concurrency && now > max(top.due, d.full).add(Patience)
}

// spill parks all live lanes that wait for the destination.
func (b *Book) spill(d *destination) {
	for e := d.live.Front(); e != nil; e = d.live.Front() {
		b.park(e.Value.(*Lane))
	}
}
