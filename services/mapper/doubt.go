package mapper

import (
	"hash/maphash"
	"math"

	"github.com/orderwire/orderwire/services/mapper/cause"
)

// maxAhead is how many entries of a partition may be under way beyond its stored position. No owner works further ahead, so it is also how far behind
// a claimed position the owner before can have come.
const maxAhead = 4096

// doubt says which orders a former owner may still write a delivery for. Such an owner was not released: it is dead, paused, or cut off, and may have decided
// entries with an older configuration whose deliveries are stored only now, after our claim.
//
// What it can still write is bounded. It confirmed that the partition was its own after it had read an entry and the deliveries that the decision stands on,
// and before it wrote (see confirm); so the entry was in the log when we claimed, and the delivery stands on one from before our claim. And it was
// at most maxAhead entries beyond the position that we claimed. That is the window.
//
// Against a late delivery every decision but one is safe: mapped is written with a condition on the last delivery, which then fails; the sequence that stale
// looks at only grows; the others do not look at the memory. Only unchanged would go unnoticed: the late delivery is the last now, and the request that was
// not sent is not what the destination has. So for an order with entries in the window, unchanged is trusted only against a delivery that we made since the
// claim (the late one then fails), or one that was decided on the order's last entry in the window or later (the late one would be older). For
// others it is trusted at once. A destination may get a request a second time for that reason, after a crash, never after a release.
//
// Where it stops: an owner that was already superseded twice, and was paused in the very moment between its confirmation and its write, is not covered once
// the owner between them has moved the position on.
type doubt struct {
	until uint64 // the window ends with this sequence
	left  int    // or after this many entries
	last  map[uint64]cause.Entry
}

var orderSeed = maphash.MakeSeed()

// newDoubt covers what lay in the log at a claim, up to the given sequence; the zero value covers nothing.
func newDoubt(until uint64) doubt {
	return doubt{until: until, left: maxAhead, last: map[uint64]cause.Entry{}}
}

// floor takes the next entry of the partition, and returns the one from which on a delivery that is not ours is trusted for it. Two orders that share
// a hash share their doubts.
func (d *doubt) floor(entry cause.Entry, shop, order string) cause.Entry {
	if d.last == nil {
		return cause.Entry{}
	}
	var h maphash.Hash
	h.SetSeed(orderSeed)
	_, _ = h.WriteString(shop)
	_ = h.WriteByte('.')
	_, _ = h.WriteString(order)
	key := h.Sum64()
	if entry.Seq <= d.until && d.left > 0 {
		d.left--
		d.last[key] = entry
		return cause.Entry{Seq: math.MaxUint64}
	}
	return d.last[key]
}
