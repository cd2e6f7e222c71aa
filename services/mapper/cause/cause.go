// Package cause tells which of two entries of ORDERS comes first, when they may be of two different logs.
//
// Deliveries and pins outlive the log: they say which entry they were decided on by its sequence and the server's time of it. ORDERS can be re-created, and
// begins at 1 again, or lose its end and grow again. A sequence of the log before says nothing about an entry of this one then; that it is of the
// log before shows in its time.
//
// Guarantees:
//  1. An entry is found to be itself, whatever clocks did: by sequence and time, to the nanosecond.
//  2. What was decided on an entry of the log before never counts as decided on an entry of this one, or a later one.
//
// Where it stops: the time is one server's after the other's. When a clock is set back by more than lay between two entries of an order, the later one is taken
// for one of the log before. That matters only to an entry that is read again after a crash: it is decided anew, and what was sent for it then is
// stale. When ORDERS is re-created by servers whose clocks are behind those of before, its entries count as older until the clocks have passed that time.
package cause

import "time"

// Entry is one of ORDERS. The zero value comes before all.
type Entry struct {
	// Seq is its sequence.
	Seq uint64
	// At is the server's time of it.
	At time.Time
}

// Reaches reports whether it is the other entry, or a later one of the same log.
func (e Entry) Reaches(other Entry) bool {
	if e.Seq == other.Seq {
		return e.At.Equal(other.At)
	}
	return e.Seq > other.Seq && !e.At.Before(other.At)
}
