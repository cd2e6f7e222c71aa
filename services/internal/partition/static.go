package partition

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v4"
)

const (
	// restartFirst and restartLongest bound the wait before a failed work is started again.
	restartFirst   = 500 * time.Millisecond
	restartLongest = 30 * time.Second
	// stoppedEvery is how often a stopped partition is asked again. It only reads until it has been recovered.
	stoppedEvery = 30 * time.Second
	// stoppedGrace is how long work that was asked again must last until the partition counts as recovered. A claim that fails takes two or three seconds.
	stoppedGrace = 10 * time.Second
)

// Static is the assigner of a process that was configured to have certain partitions. Run may be called once.
type Static struct {
	partitions []int
	logger     *slog.Logger

	mu     sync.Mutex
	status map[int]Status
	asked  map[int]time.Time // when the work of a stopped partition was started again that has not returned yet
}

var _ Assigner = (*Static)(nil)

// NewStatic makes an assigner of the given partitions; a nil logger is slog.Default.
func NewStatic(partitions []int, logger *slog.Logger) *Static {
	if logger == nil {
		logger = slog.Default()
	}
	s := &Static{logger: logger, status: map[int]Status{}, asked: map[int]time.Time{}}
	for _, p := range partitions {
		if _, twice := s.status[p]; !twice {
			s.partitions = append(s.partitions, p)
			s.status[p] = Status{Partition: p, Since: time.Now()}
		}
	}
	slices.Sort(s.partitions)
	return s
}

// Status implements Assigner.
func (s *Static) Status() []Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]Status, 0, len(s.partitions))
	for _, p := range s.partitions {
		st := s.status[p]
		if at, ok := s.asked[p]; ok && time.Since(at) > stoppedGrace {
			st = Status{Partition: p, State: Working, Since: at}
		}
		all = append(all, st)
	}
	return all
}

// Run implements Assigner. It ends with an error that wraps ErrFenced when another process works on one of the partitions: both would take them from
// each other for ever.
func (s *Static) Run(ctx context.Context, work func(ctx context.Context, p int) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var (
		wg     sync.WaitGroup
		once   sync.Once
		fenced error
	)
	for _, p := range s.partitions {
		wg.Go(func() {
			if err := s.keep(ctx, p, work); err != nil {
				once.Do(func() {
					fenced = err
					cancel(err)
				})
			}
		})
	}
	wg.Wait()
	return fenced
}

// keep works on one partition until ctx ends (nil) or another process has it.
func (s *Static) keep(ctx context.Context, p int, work func(ctx context.Context, p int) error) error {
	log := s.logger.With("partition", p)
	wait := backoff.NewExponentialBackOff(backoff.WithInitialInterval(restartFirst), backoff.WithMultiplier(2),
		backoff.WithMaxInterval(restartLongest), backoff.WithMaxElapsedTime(0))
	said := "" // a stopped partition is logged once, not each time it is asked again
	for ctx.Err() == nil {
		began := time.Now()
		if said == "" {
			s.set(p, Working, nil)
		} else {
			s.ask(p, began)
		}
		err := work(ctx, p)
		if ctx.Err() != nil {
			break
		}
		if time.Since(began) > restartLongest {
			wait.Reset()
		}
		if time.Since(began) > stoppedGrace {
			said = ""
		}
		delay := wait.NextBackOff()
		var stop *StoppedError
		switch {
		case errors.Is(err, ErrFenced) && !recovered(err):
			s.set(p, Stopped, err)
			return fmt.Errorf("partition %d: %w: another process is configured with it, too. Try: give each process partitions of its own", p, err)
		case errors.As(err, &stop):
			delay = stoppedEvery
			if said != err.Error() {
				said = err.Error()
				log.Error(said)
			}
			s.set(p, Stopped, err)
		default:
			if err == nil {
				err = errors.New("work ended by itself")
			}
			said = ""
			s.set(p, Waiting, err)
			log.Warn("work on the partition failed, starting it again", "err", err, "wait", delay)
		}
		if pause(ctx, delay) != nil {
			break
		}
	}
	s.set(p, Idle, nil)
	return nil //nolint:nilerr // ctx has ended, and what work returned then only says so
}

// recovered says that it was a person who took the partition away, by Recover: then nobody has it.
func recovered(err error) bool {
	var fenced *fencedError
	return errors.As(err, &fenced) && fenced.owner == ""
}

func (s *Static) set(p int, state State, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.asked, p)
	if old := s.status[p]; old.State == Stopped && state == Stopped {
		s.status[p] = Status{Partition: p, State: state, Since: old.Since, Err: err}
		return
	}
	s.status[p] = Status{Partition: p, State: state, Since: time.Now(), Err: err}
}

func (s *Static) ask(p int, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked[p] = at
}
