package demo

import (
	"context"
	"errors"
	"slices"
	"sync"
)

// scope is parts that run beside the story.
type scope struct {
	stops []func()
	errs  []error
	mu    sync.Mutex
}

// begin runs a part with a context of its own; an error of it ends the story.
func (s *scope) begin(ctx context.Context, fail context.CancelCauseFunc, run func(context.Context) error) {
	own, cancel := context.WithCancel(context.WithoutCancel(ctx))
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := run(own); err != nil && !errors.Is(err, context.Canceled) {
			s.mu.Lock()
			s.errs = append(s.errs, err)
			s.mu.Unlock()
			fail(err)
		}
	}()
	s.stops = append(s.stops, func() {
		cancel()
		<-ended
	})
}

// end stops the parts, the last first, and returns what went wrong with them.
func (s *scope) end() error {
	for _, stop := range slices.Backward(s.stops) {
		stop()
	}
	return errors.Join(s.errs...)
}
