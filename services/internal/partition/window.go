package partition

import (
	"time"

	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
)

// MaxOpen is how many unsettled entries a window should hold at most. It bounds the runs of a cursor, which take 57 KB at worst (every second entry settled).
const MaxOpen = 4096

// Position says what is settled: all entries up to Low, and the runs beyond.
type Position struct {
	Low  uint64
	Done []*orderwirev1.Run
	// LowAt is the server's time of the entry at Low, to the nanosecond: a claim compares it with what the log holds there. Zero when it is not known.
	LowAt time.Time
}

// Window holds the entries of a partition that were read and are not settled. Entries come in the log's order, and are settled in any. Adding and settling
// take constant time, a position takes time in the unsettled entries; settled entries take no memory. It is not safe for concurrent use.
type Window struct {
	low   uint64
	lowAt time.Time
	last  uint64 // the last entry added
	open  map[uint64]*entry
	// root is the sentinel of a ring of the unsettled entries, oldest first.
	root entry
	// claimed are the runs that the claimed cursor said are settled, and that were not passed yet.
	claimed []run
}

// run is a range of settled entries that are neighbours in the partition.
type run struct{ first, last uint64 }

// entry is an unsettled one, with the settled ones directly behind it.
type entry struct {
	seq        uint64
	at         time.Time
	behind     run
	behindAt   time.Time // time of the entry at behind.last
	prev, next *entry
}

// NewWindow begins behind a claimed cursor.
func NewWindow(claimed *orderwirev1.Cursor) *Window {
	w := &Window{low: claimed.GetLow(), last: claimed.GetLow(), open: map[uint64]*entry{}}
	if t := claimed.GetLowAt(); t != nil {
		w.lowAt = t.AsTime()
	}
	w.root.prev, w.root.next = &w.root, &w.root
	for _, r := range claimed.GetDone() {
		w.claimed = append(w.claimed, run{r.GetFirst(), r.GetLast()})
	}
	return w
}

// Add takes the next entry of the log, with the server's time of it. It reports false when there is nothing to do for it: the claimed cursor covers it, or it was added before.
func (w *Window) Add(seq uint64, at time.Time) bool {
	if seq <= w.last {
		return false
	}
	w.last = seq
	for len(w.claimed) > 0 && w.claimed[0].last < seq {
		w.claimed = w.claimed[1:]
	}
	tail := w.root.prev
	if len(w.claimed) > 0 && w.claimed[0].first <= seq {
		w.settled(tail, run{seq, seq}, at)
		return false
	}
	e := &entry{seq: seq, at: at, prev: tail, next: &w.root}
	tail.next, w.root.prev = e, e
	w.open[seq] = e
	return true
}

// Settle settles an entry. It reports false when that is not open: settled before, or never added.
func (w *Window) Settle(seq uint64) bool {
	e := w.open[seq]
	if e == nil {
		return false
	}
	delete(w.open, seq)
	e.prev.next, e.next.prev = e.next, e.prev
	r, at := run{e.seq, e.seq}, e.at
	if e.behind.last != 0 {
		r.last, at = e.behind.last, e.behindAt
	}
	w.settled(e.prev, r, at)
	return true
}

// settled puts a run behind the unsettled entry that is its neighbour; without one it raises low.
func (w *Window) settled(after *entry, r run, at time.Time) {
	if after == &w.root {
		w.low, w.lowAt = r.last, at
		return
	}
	if after.behind.last == 0 {
		after.behind.first = r.first
	}
	after.behind.last, after.behindAt = r.last, at
}

// Position is what a commit may say now.
func (w *Window) Position() Position {
	pos := Position{Low: w.low, LowAt: w.lowAt}
	for e := w.root.next; e != &w.root; e = e.next {
		if e.behind.last != 0 {
			pos.Done = append(pos.Done, &orderwirev1.Run{First: e.behind.first, Last: e.behind.last})
		}
	}
	for _, r := range w.claimed { // not read again yet, and still settled
		if r.first > w.last {
			pos.Done = append(pos.Done, &orderwirev1.Run{First: r.first, Last: r.last})
			continue
		}
		if r.last == w.last {
			continue
		}
		// The last entry added lies in this run: what is left of it goes on where that one's run ends.
		if n := len(pos.Done); n > 0 && pos.Done[n-1].GetLast() == w.last {
			pos.Done[n-1].Last = r.last
		} else {
			pos.Done = append(pos.Done, &orderwirev1.Run{First: w.last + 1, Last: r.last})
		}
	}
	return pos
}

// Len is the number of unsettled entries.
func (w *Window) Len() int { return len(w.open) }

// Full says that no more entries should be read before some are settled.
func (w *Window) Full() bool { return len(w.open) >= MaxOpen }

// Oldest is the first unsettled entry.
func (w *Window) Oldest() (seq uint64, at time.Time, ok bool) {
	e := w.root.next
	return e.seq, e.at, e != &w.root
}
