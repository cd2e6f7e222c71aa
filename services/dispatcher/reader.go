package dispatcher

import (
	"context"
	"errors"
	"log/slog"
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
	// next is the first sequence that it has not got.
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
		partitions, from := r.plan()
		if len(partitions) == 0 {
			select {
			case <-r.changed:
			case <-ctx.Done():
			}
			pause(ctx, gather)
			continue
		}
		life, end := context.WithCancel(ctx)
		go func() {
			select {
			case <-r.changed:
				pause(life, gather)
			case <-life.Done():
			}
			end()
		}()
		err := jet.Read(life, r.nc, r.js, jet.ReadConfig{
			Stream: topology.Deliveries, Filters: topology.DeliveryFilters(r.count, partitions), From: from, Logger: r.log,
		}, func(s *jet.Stored) error { return r.hand(life, s) })
		end()
		if err != nil && !errors.Is(err, context.Canceled) {
			r.log.Warn("reading deliveries failed, starting again", "err", err)
			pause(ctx, time.Second)
		}
	}
}

// plan says what to read, and from where.
func (r *reader) plan() (partitions []int, from uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for p, f := range r.feeds {
		partitions = append(partitions, p)
		if from == 0 || f.next < from {
			from = f.next
		}
	}
	return partitions, from
}

// hand gives an entry to its partition, unless that has it already.
func (r *reader) hand(ctx context.Context, s *jet.Stored) error {
	key, err := topology.ParseDelivery(s.Subject)
	if err != nil {
		r.log.Error("entry is no delivery and is passed over", "subject", s.Subject, "sequence", s.Seq, "err", err)
		return nil
	}
	r.mu.Lock()
	f := r.feeds[key.P]
	r.mu.Unlock()
	if f == nil || s.Seq < f.next {
		return nil
	}
	// The life's end must not leave an entry half-way: the feed takes it, or has left.
	if f.take(ctx, s) {
		r.mu.Lock()
		f.next = s.Seq + 1
		r.mu.Unlock()
		return nil
	}
	return ctx.Err()
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
