package worker

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/orderwire/orderwire/services/dispatcher/lane"
	"github.com/orderwire/orderwire/services/dispatcher/retry"
	"github.com/orderwire/orderwire/services/internal/jet"
	"github.com/orderwire/orderwire/services/internal/partition"
	"github.com/orderwire/orderwire/services/internal/topology"
)

// Worker works on one partition.
type Worker struct {
	cfg       *Config
	partition int
	log       *slog.Logger
	chain     *partition.Chain

	mu     sync.Mutex
	book   *lane.Book
	window *partition.Window
	timer  *time.Timer

	// Signals: there are outcomes to store, changes to commit, room to read; nothing is under way any more.
	store, commit, room, idle chan struct{}
	// work is the context of everything, attempts that of attempts and letters, feed that of reading.
	work, attempts, feed context.Context //nolint:containedctx // the worker's own life, in three steps; not a caller's
	end                  context.CancelCauseFunc
	cut, close           context.CancelFunc
	jobs                 sync.WaitGroup
	said                 complaints
	unknown              unknowns
}

// Claim makes the partition ours and loads what waits in it. The error is the one of partition.Claim, or ctx's.
func Claim(ctx context.Context, cfg *Config, p int) (*Worker, error) {
	log := cfg.Logger.With("partition", p)
	chain, err := partition.Claim(ctx, partition.Config{
		Service: partition.Dispatcher, Partition: p, Partitions: cfg.Partitions, Owner: cfg.Owner, Store: cfg.Store, JS: cfg.JS, Logger: cfg.Logger,
	})
	if err != nil {
		return nil, err
	}
	w := &Worker{
		cfg: cfg, partition: p, log: log, chain: chain, window: partition.NewWindow(chain.Claimed()),
		store: make(chan struct{}, 1), commit: make(chan struct{}, 1), room: make(chan struct{}, 1), idle: make(chan struct{}, 1),
	}
	if err := w.load(ctx); err != nil {
		return nil, fmt.Errorf("load the lanes of partition %d: %w", p, err)
	}
	// What is under way outlives ctx: see drain.
	base := context.WithoutCancel(ctx)
	w.work, w.end = context.WithCancelCause(base)
	w.attempts, w.cut = context.WithCancel(w.work)
	w.feed, w.close = context.WithCancel(w.work)
	w.timer = time.AfterFunc(time.Hour, w.look)
	w.timer.Stop()
	return w, nil
}

// Run works until ctx ends, and then drains and releases. It returns earlier when the partition is lost: the error is one of partition's.
func (w *Worker) Run(ctx context.Context) error {
	var stages sync.WaitGroup
	stages.Go(w.storeOutcomes)
	stages.Go(w.commitChanges)
	w.look()
	select {
	case <-ctx.Done():
		clean := w.drain()
		w.stop(errDrained)
		stages.Wait()
		w.jobs.Wait()
		w.release(clean)
		return nil
	case <-w.work.Done():
		err := context.Cause(w.work)
		w.stop(err)
		stages.Wait()
		w.jobs.Wait()
		return err
	}
}

// stop lets nothing new start and ends what is under way.
func (w *Worker) stop(cause error) {
	w.mu.Lock()
	w.book.Drain()
	w.timer.Stop()
	w.mu.Unlock()
	w.close()
	w.cut()
	w.end(cause)
}

// Read takes an entry, as soon as there is room. It returns false when the worker does not take any more.
func (w *Worker) Read(ctx context.Context, s *jet.Stored) bool {
	for {
		took := false
		w.update(func(b *lane.Book, now time.Time) {
			if took = b.Room() && !w.cfg.Fill.full.Load() && w.feed.Err() == nil; took {
				w.take(b, now, s)
			}
		})
		if took {
			return true
		}
		select {
		case <-w.room:
		case <-w.feed.Done():
			return false
		case <-ctx.Done():
			return false
		}
	}
}

func (w *Worker) take(b *lane.Book, now time.Time, s *jet.Stored) {
	key, err := topology.ParseDelivery(s.Subject)
	if err != nil || key.P != w.partition { // the mapper writes no such subject
		w.log.Error("entry is no delivery and is passed over", "subject", s.Subject, "sequence", s.Seq, "err", err)
		b.Unreadable(s.Seq, s.Time)
		return
	}
	b.Read(now, key, decode(s))
}

// Configure takes over a configuration that changed.
func (w *Worker) Configure() {
	w.update(func(b *lane.Book, now time.Time) { b.Configure(now) })
}

// Waiting tells what waits in the partition.
func (w *Worker) Waiting() []lane.Waiting {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.book.Waiting()
}

func (w *Worker) policy(destination string) lane.Policy {
	d, _, ok := w.cfg.Configuration().Destination(destination)
	w.unknown.note(w.log, destination, !ok)
	if !ok {
		return lane.Policy{}
	}
	return lane.Policy{Known: true, Concurrency: d.Concurrency, Retry: retry.For(d.Retry)}
}

// Wake makes the worker look again: STATE may have room now.
func (w *Worker) Wake() { w.look() }

// look lets the book start what is due.
func (w *Worker) look() { w.update(func(*lane.Book, time.Time) {}) }

// update changes the book, starts what may start now, and wakes who has something to do.
func (w *Worker) update(change func(b *lane.Book, now time.Time)) {
	w.mu.Lock()
	now := w.cfg.Clock.Now()
	change(w.book, now)
	jobs, next := w.book.Start(now, func() bool { return w.cfg.Slots.take(w) })
	if next.IsZero() {
		w.timer.Stop()
	} else {
		w.timer.Reset(next.Sub(now))
	}
	for _, j := range jobs {
		w.jobs.Go(func() { w.do(j) })
	}
	store, commit := w.book.Pending()
	poke(w.store, store)
	poke(w.commit, commit)
	poke(w.room, w.book.Room())
	poke(w.idle, w.feed.Err() != nil && !w.book.Busy())
	w.mu.Unlock()
}

func poke(signal chan struct{}, on bool) {
	if !on {
		return
	}
	select {
	case signal <- struct{}{}:
	default:
	}
}
