package mapper

import (
	"sync"
	"time"

	"github.com/orderwire/orderwire/services/internal/partition"
	"github.com/orderwire/orderwire/services/mapper/memory"
)

// idleAdvance is how far, in sequences of ORDERS, the position of a partition without entries may fall behind what was read. The next claim reads from the
// oldest position on.
const idleAdvance = 10_000

// owned is a partition from its claim until it is released or lost.
type owned struct {
	p     int
	claim memory.Claim
	chain *partition.Chain // the holder's
	read  uint64           // the reader's: the last entry that it handed on
	doubt doubt            // the planner's

	// gone is closed when the partition is lost, changed holds a token when there may be a position to store, room when one was stored.
	gone, changed, room chan struct{}

	mu      sync.Mutex
	lost    error
	leaving bool
	quiet   chan struct{} // closed when nothing is under way and it is leaving
	open    int           // entries that were begun and not ended
	ahead   int           // entries that were begun and no stored position covers
	ended   int           // those of them that ended
	stored  uint64        // the position that is stored
	output  uint64        // the newest message of DELIVERIES that was stored for it
	pos     partition.Position
}

func newOwned(p int, claim memory.Claim, chain *partition.Chain, d doubt) *owned {
	c := chain.Claimed()
	o := &owned{
		p: p, claim: claim, chain: chain, doubt: d, read: c.GetLow(), stored: c.GetLow(), pos: partition.Position{Low: c.GetLow()},
		gone: make(chan struct{}), changed: make(chan struct{}, 1), room: make(chan struct{}, 1), quiet: make(chan struct{}),
	}
	if c.GetLowAt() != nil {
		o.pos.LowAt = c.GetLowAt().AsTime()
	}
	return o
}

// begin takes an entry into work. It says no when the partition is being given up, or lost: whoever has it next will read the entry.
func (o *owned) begin() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.leaving || o.lost != nil {
		return false
	}
	o.open++
	o.ahead++
	return true
}

// full reports whether no entry may be begun before a position was stored.
func (o *owned) full() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.ahead >= maxAhead && !o.leaving && o.lost == nil
}

// over reports whether the partition is somebody else's: nothing more is written for it.
func (o *owned) over() bool {
	select {
	case <-o.gone:
		return true
	default:
		return false
	}
}

// lose gives the partition up without a word, since it is not ours to release. It reports whether that is news.
func (o *owned) lose(err error) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.lost != nil {
		return false
	}
	o.lost = err
	close(o.gone)
	return true
}

// why returns what lose was given.
func (o *owned) why() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.lost
}

// end settles an entry. Entries are settled in the log's order; one of a lost partition only ends.
func (o *owned) end(seq uint64, at time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.open--
	if o.lost == nil {
		o.ended++
		o.move(seq, at)
	}
	if o.leaving && o.open == 0 {
		close(o.quiet)
	}
}

// pass notes that everything up to an entry of other partitions was settled, and so all that this one has there.
func (o *owned) pass(seq uint64, at time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.leaving && o.lost == nil { // else entries may have been turned away
		o.move(seq, at)
	}
}

func (o *owned) move(seq uint64, at time.Time) {
	if seq > o.pos.Low {
		o.pos = partition.Position{Low: seq, LowAt: at}
	}
	if o.ended > 0 || o.pos.Low > o.stored+idleAdvance {
		signal(o.changed)
	}
}

// position is what a commit may say now; covered goes to committed when it was stored. It is not due when nothing of the partition was settled since.
func (o *owned) position() (pos partition.Position, covered int, due bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.pos, o.ended, o.ended > 0 || o.pos.Low > o.stored+idleAdvance
}

func (o *owned) committed(pos partition.Position, covered int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.stored = pos.Low
	o.ahead -= covered
	o.ended -= covered
	signal(o.room)
}

// wrote notes a delivery that is stored for the partition.
func (o *owned) wrote(seq uint64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.output = max(o.output, seq)
}

// written is the newest delivery that was stored for the partition since its claim. Those of other partitions may be in another stream: one that was
// re-created under them, and not found to be yet.
func (o *owned) written() uint64 {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.output
}

// leave stops taking entries. The channel is closed when the last one under way has ended.
func (o *owned) leave() <-chan struct{} {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.leaving {
		o.leaving = true
		signal(o.room) // nobody stores positions any more
		if o.open == 0 {
			close(o.quiet)
		}
	}
	return o.quiet
}

// signal leaves a token, unless there is one.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
