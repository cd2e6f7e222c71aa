package record

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/cenkalti/backoff/v4"
	"github.com/nats-io/nats.go"

	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/internal/jet"
)

// window is how many records are published at once, each with its own acknowledgement.
const window = 512

// Config of a writer.
type Config struct {
	// Publisher must outlive the writer.
	Publisher *jet.Publisher
	// Batch stores in atomic batches, shared by concurrent calls: for servers that sync always, where a batch costs as much as a single message.
	Batch bool
	// Logger is slog.Default when nil.
	Logger *slog.Logger
}

// Writer stores records. It is safe for concurrent use.
type Writer struct {
	cfg   Config
	group *group // nil: without batches
}

// NewWriter makes a writer.
func NewWriter(cfg Config) *Writer {
	if cfg.Logger == nil {
		cfg.Logger = slog.Default()
	}
	w := &Writer{cfg: cfg}
	if cfg.Batch {
		w.group = &group{pub: cfg.Publisher, log: cfg.Logger}
	}
	return w
}

// Store returns nil when all records are stored, and else when ctx ends (some may be stored then), or at once when a record is not one: without id or reason,
// or too large.
func (w *Writer) Store(ctx context.Context, outcomes []*orderwirev1.Outcome) error {
	msgs := make([]*nats.Msg, len(outcomes))
	for i, o := range outcomes {
		var err error
		if msgs[i], err = message(o); err != nil {
			return fmt.Errorf("store outcomes: %w", err)
		}
	}
	if len(msgs) == 0 {
		return nil
	}
	store := w.each
	if w.group != nil {
		store = w.group.store
	}
	if err := store(ctx, msgs); err != nil {
		return fmt.Errorf("store %d outcomes: %w", len(msgs), err)
	}
	return nil
}

// each publishes the messages for themselves, and those again that are not known to be stored.
func (w *Writer) each(ctx context.Context, msgs []*nats.Msg) error {
	wait := newWait()
	for try := 1; ; try++ {
		var left []*nats.Msg
		var last error
		for rest := msgs; len(rest) > 0; {
			part := rest[:min(window, len(rest))]
			rest = rest[len(part):]
			for i, a := range w.cfg.Publisher.All(ctx, part) {
				if a.Err != nil {
					left, last = append(left, part[i]), a.Err
				}
			}
		}
		if len(left) == 0 {
			return nil
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		complain(w.cfg.Logger, try, len(left), last)
		msgs = left
		if err := pause(ctx, wait.NextBackOff()); err != nil {
			return err
		}
	}
}

// newWait paces what is tried until it succeeds: 20 ms, doubling to 2 s, each +-50 %.
func newWait() *backoff.ExponentialBackOff {
	return backoff.NewExponentialBackOff(backoff.WithInitialInterval(20*time.Millisecond), backoff.WithMultiplier(2),
		backoff.WithMaxInterval(2*time.Second), backoff.WithMaxElapsedTime(0))
}

// complain logs the second, fourth, eighth ... try: the first failure is often a time-out that the next resolves.
func complain(log *slog.Logger, try, n int, err error) {
	if try > 1 && try&(try-1) == 0 {
		log.Warn("outcomes are not known to be stored, trying again", "try", try, "records", n, "err", err)
	}
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
