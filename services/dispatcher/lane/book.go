package lane

import (
	"container/list"
	"time"

	"github.com/orderwire/orderwire/services/dispatcher/retry"
	"github.com/orderwire/orderwire/services/internal/topology"
)

const (
	// MaxMessages bounds the entries of a partition that are read and not yet settled, and so what it keeps in memory.
	MaxMessages = 1024
	// MaxUncommitted bounds the outcomes that are not yet durable.
	MaxUncommitted = 64
	// MaxDoubt is how old an outcome that is not yet durable may be while attempts are started.
	MaxDoubt = 2 * time.Second
	// Patience is how long a lane waits in memory for its destination before its record takes it over.
	Patience = time.Second
	// slack is how long a slot may be free while lanes wait until that counts as our own slowness, and not the destination's.
	slack = 10 * time.Millisecond
	// downAfter is how many failures in a row, with no success between, make a destination one that cannot take deliveries now. It is tried all the same;
	// but what comes new waits on record.
	downAfter = 8
	// downSlots bounds the attempts under way to such a destination: when it hangs, each holds one of the process's slots for as long as its time-out.
	downSlots = 2
	// downShare bounds the outcomes of such a destination that are not yet durable, so that it cannot use up what all may have.
	downShare = MaxUncommitted / 4
	// maxQueued bounds what one busy lane keeps in memory: a hot order must not fill the window.
	maxQueued = 16
	// maxLetters bounds the letters that are being stored at a time.
	maxLetters = 8
)

// Log is the partition's entries that were read and not yet settled (partition.Window).
type Log interface {
	// Add reports false when there is nothing to do for the entry.
	Add(seq uint64, at time.Time) bool
	Settle(seq uint64) bool
	// Len is the number of entries that are not settled.
	Len() int
}

// Policy is what the configuration says about a destination.
type Policy struct {
	// Known is false for a destination that the configuration does not have: its lanes wait.
	Known bool
	// Concurrency is how many lanes may be under way at a time.
	Concurrency int
	Retry       retry.Policy
}

// Config of a book.
type Config struct {
	Partition int
	Log       Log
	// Policies answers for every destination, also for those it does not know.
	Policies func(destination string) Policy
	// Expire is the age at which a delivery dies undelivered; 0 means never.
	Expire time.Duration
}

// Book holds the lanes of one partition. Not safe for concurrent use.
type Book struct {
	cfg          Config
	destinations map[string]*destination
	// wakes holds the destinations that have something to do at a known time.
	wakes queue[*destination]
	// letters holds dead lanes whose letter is to be stored, expiry waiting parked lanes by the age of their head.
	letters, expiry queue[*Lane]
	lettering       int
	// now is the last time that Start was told.
	now      instant
	draining bool

	// finished waits for OUTCOMES, then its lanes are in dirty (a record changes) or clean (the cursor alone moves).
	finished     []*Finished
	dirty, clean []*Lane
	applied      int
	// doubt holds the outcomes that are not yet durable, oldest first.
	doubt []doubtful
	// moved: the position changed, and nothing else did.
	moved bool
}

// destination is what the book knows of one.
type destination struct {
	name   string
	policy Policy
	lanes  map[orderKey]*Lane
	// queue holds the waiting lanes by the time they are due.
	queue queue[*Lane]
	// live lists those of them that are not parked.
	live     list.List
	inFlight int
	// doubt counts its outcomes that are not yet durable.
	doubt int
	// full is since when all slots are taken without a break, freed when the last such break began.
	full, freed instant
	// failures counts failed attempts since the last success.
	failures int
	held     instant
	wake     instant
	inWakes  int32
}

// doubtful is an outcome that is not yet durable.
type doubtful struct {
	at   instant
	dest *destination
}

// New makes an empty book.
func New(cfg Config) *Book {
	return &Book{
		cfg:          cfg,
		destinations: map[string]*destination{},
		wakes: queue[*destination]{
			less:  func(a, b *destination) bool { return a.wake < b.wake },
			place: func(d *destination) *int32 { return &d.inWakes },
		},
		letters: byDue(),
		expiry: queue[*Lane]{
			less:  func(a, b *Lane) bool { return a.head.stored < b.head.stored },
			place: func(l *Lane) *int32 { return &l.inExpiry },
		},
	}
}

func byDue() queue[*Lane] {
	return queue[*Lane]{
		less: func(a, b *Lane) bool {
			if a.due != b.due {
				return a.due < b.due
			}
			return a.oldest() < b.oldest()
		},
		place: func(l *Lane) *int32 { return &l.inDue },
	}
}

// Configure takes the policies anew, after the configuration changed.
func (b *Book) Configure(now time.Time) {
	for name, d := range b.destinations {
		if len(d.lanes) == 0 {
			b.wakes.remove(d)
			delete(b.destinations, name)
			continue
		}
		d.policy = b.cfg.Policies(d.name)
		if b.behind(d, at(now)) {
			b.spill(d)
		}
		b.refresh(d)
	}
}

func (b *Book) destination(name string) *destination {
	d := b.destinations[name]
	if d == nil {
		d = &destination{name: name, policy: b.cfg.Policies(name), lanes: map[orderKey]*Lane{}, queue: byDue()}
		b.destinations[name] = d
	}
	return d
}

// lane finds or makes a lane.
func (b *Book) lane(k topology.Key) *Lane {
	d := b.destination(k.Destination)
	key := orderKey{k.Shop, k.Order}
	l := d.lanes[key]
	if l == nil {
		l = &Lane{dest: d, order: key}
		d.lanes[key] = l
	}
	return l
}

func (b *Book) key(l *Lane) topology.Key {
	return topology.Key{P: b.cfg.Partition, Destination: l.dest.name, Shop: l.order.shop, Order: l.order.order}
}

// enqueue makes a lane wait for its turn.
func (b *Book) enqueue(l *Lane) {
	l.state = waiting
	if l.dead != 0 {
		b.letters.add(l)
		return
	}
	d := l.dest
	d.queue.add(l)
	if l.parked {
		if b.cfg.Expire > 0 && l.head.stored > 0 {
			b.expiry.add(l)
		}
	} else {
		l.live = d.live.PushBack(l)
	}
	b.refresh(d)
}

// dequeue takes a waiting lane out of every queue.
func (b *Book) dequeue(l *Lane) {
	if l.dead != 0 {
		b.letters.remove(l)
		return
	}
	l.dest.queue.remove(l)
	b.expiry.remove(l)
	if l.live != nil {
		l.dest.live.Remove(l.live)
		l.live = nil
	}
	b.refresh(l.dest)
}

func (d *destination) down() bool { return d.failures >= downAfter }

// tested reports whether as much as may be is under way to a destination that is down.
func (d *destination) tested() bool {
	return d.down() && (d.inFlight >= downSlots || d.doubt+d.inFlight >= downShare)
}

// slot reports whether another attempt may be under way.
func (d *destination) slot(now instant) bool {
	return d.policy.Known && now >= d.held && d.inFlight < d.policy.Concurrency && !d.tested()
}

// refresh says when the destination has something to do next. What it cannot do now is looked at again when what it waits for comes.
func (b *Book) refresh(d *destination) {
	b.wakes.remove(d)
	top, some := d.queue.top()
	switch {
	case !some || !d.policy.Known:
		return
	case d.tested(): // an outcome or a commit comes
		return
	case d.inFlight < d.policy.Concurrency:
		d.wake = max(top.due, d.held)
	case d.live.Len() > 0: // no slot: its lanes must not wait in memory for ever
		d.wake = max(top.due, d.full).add(Patience) + 1
	default:
		return
	}
	b.wakes.add(d)
}
