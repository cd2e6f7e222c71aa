package mapper

import (
	"context"
	"time"

	"github.com/cenkalti/backoff/v4"
)

// newWait paces what is tried until it succeeds: 20 ms, growing to 2 s.
func newWait() *backoff.ExponentialBackOff {
	return backoff.NewExponentialBackOff(backoff.WithInitialInterval(20*time.Millisecond), backoff.WithMultiplier(2),
		backoff.WithMaxInterval(2*time.Second), backoff.WithMaxElapsedTime(0))
}

// pause waits, unless ctx ends.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// untilDone repeats what fails for no fault of the event's: the server or the network is away. It fails only when ctx ends.
func (m *Mapper) untilDone(ctx context.Context, what string, do func() error) error {
	wait := newWait()
	for try := 1; ; try++ {
		err := do()
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err == nil {
			return nil
		}
		m.metrics.retries.Inc()
		if try&(try-1) == 0 && try > 1 {
			m.cfg.Logger.Warn("cannot "+what+" yet, trying again", "try", try, "err", err)
		}
		if err := pause(ctx, wait.NextBackOff()); err != nil {
			return err
		}
	}
}
