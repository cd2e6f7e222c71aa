package dispatcher

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/orderwire/orderwire/services/internal/jet"
	"github.com/orderwire/orderwire/services/internal/topology"
)

// gather is how long the reader waits for more partitions to join before it starts again: at the start of a process they all do.
const gather = 20 * time.Millisecond

// reader reads DELIVERIES once for all partitions of the process.
type reader struct {
	nc    *nats.Conn
	js    jetstream.JetStream
	count int
	log   *slog.Logger

	mu      sync.Mutex
	feeds   map[int]*feed
	changed chan struct{}
}

// feed is one partition's share.
type feed struct {
	// next is the first sequence that it had not got when the life began that serves it.
	next uint64
	// take is called by one goroutine at a time. It returns false when its ctx has ended, or when it takes no more.
	take func(ctx context.Context, s *jet.Stored) bool
}

func newReader(nc *nats.Conn, js jetstream.JetStream, count int, log *slog.Logger) *reader {
	return &reader{nc: nc, js: js, count: count, log: log, feeds: map[int]*feed{}, changed: make(chan struct{}, 1)}
}

// join adds a partition, from a sequence on. leave takes it away; take may still be running then.
func (r *reader) join(p int, from uint64, take func(ctx context.Context, s *jet.Stored) bool) (leave func()) {
	f := &feed{next: from, take: take}
	r.mu.Lock()
	r.feeds[p] = f
	r.mu.Unlock()
	r.poke()
	return func() {
		r.mu.Lock()
		if r.feeds[p] == f {
			delete(r.feeds, p)
		}
		r.mu.Unlock()
		r.poke()
	}
}

func (r *reader) poke() {
	select {
	case r.changed <- struct{}{}:
	default:
	}
}

// run reads until ctx ends, and starts again when the partitions change.
func (r *reader) run(ctx context.Context) {
	for ctx.Err() == nil {
		l := r.plan()
		if len(l.feeds) == 0 {
			select {
			case <-r.changed:
			case <-ctx.Done():
			}
			pause(ctx, gather)
			continue
		}
		alive, end := context.WithCancel(ctx)
		go func() {
			select {
			case <-r.changed:
				pause(alive, gather)
			case <-alive.Done():
			}
			end()
		}()
		err := jet.Read(alive, r.nc, r.js, jet.ReadConfig{
			Stream: topology.Deliveries, Filters: topology.DeliveryFilters(r.count, slices.Collect(maps.Keys(l.feeds))), From: l.next, Logger: r.log,
		}, func(s *jet.Stored) error { return r.hand(alive, l, s) })
		end()
		r.passed(l)
		if err != nil && !errors.Is(err, context.Canceled) {
			r.log.Warn("reading deliveries failed, starting again", "err", err)
			pause(ctx, time.Second)
		}
	}
}

// life is one run over the stream, for the feeds that had joined when it began.
type life struct {
	feeds map[int]*feed
	// next is the first sequence that it has not passed.
	next uint64
}

// plan begins a life where the feed that is furthest behind is.
func (r *reader) plan() *life {
	r.mu.Lock()
	defer r.mu.Unlock()
	l := &life{feeds: maps.Clone(r.feeds)}
	for _, f := range l.feeds {
		if l.next == 0 || f.next < l.next {
			l.next = f.next
		}
	}
	return l
}

// passed notes how far a life that has ended got: all its feeds have what there was for them, so one without entries keeps nobody behind.
func (r *reader) passed(l *life) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, f := range l.feeds {
		f.next = max(f.next, l.next)
	}
}

// hand gives an entry to its partition, unless that has it already. A partition that joined since the life began gets nothing from it: it may want what this
// life has passed.
func (r *reader) hand(ctx context.Context, l *life, s *jet.Stored) error {
	key, err := topology.ParseDelivery(s.Subject)
	if err != nil {
		r.log.Error("entry is no delivery and is passed over", "subject", s.Subject, "sequence", s.Seq, "err", err)
		return nil
	}
	f := l.feeds[key.P]
	r.mu.Lock()
	here := f != nil && r.feeds[key.P] == f
	r.mu.Unlock()
	// The life's end must not leave an entry half-way: the feed takes it, or has left.
	if here && s.Seq >= f.next && !f.take(ctx, s) && ctx.Err() != nil {
		return ctx.Err()
	}
	l.next = s.Seq + 1
	return nil
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
