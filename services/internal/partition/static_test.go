package partition_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orderwire/orderwire/services/internal/partition"
	"github.com/orderwire/orderwire/services/internal/topology"
)

func states(s *partition.Static) (all []string) {
	for _, st := range s.Status() {
		all = append(all, fmt.Sprintf("%d %s", st.Partition, st.State))
	}
	return all
}

func TestStaticRunsUntilCtxEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := partition.NewStatic([]int{4, 1, 1}, nil)
		require.Equal(t, []string{"1 idle", "4 idle"}, states(s))
		ctx, cancel := context.WithCancel(t.Context())
		var drained atomic.Int32
		done := make(chan error, 1)
		go func() {
			done <- s.Run(ctx, func(ctx context.Context, _ int) error {
				<-ctx.Done()
				elapse(10 * time.Second) // attempts under way finish
				drained.Add(1)
				return ctx.Err()
			})
		}()
		synctest.Wait()
		require.Equal(t, []string{"1 working", "4 working"}, states(s))
		cancel()
		require.NoError(t, <-done)
		require.EqualValues(t, 2, drained.Load())
		require.Equal(t, []string{"1 idle", "4 idle"}, states(s))
	})
}

func TestStaticStartsFailedWorkAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := partition.NewStatic([]int{1}, slog.New(slog.DiscardHandler))
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		var tries []time.Time
		require.NoError(t, s.Run(ctx, func(context.Context, int) error {
			tries = append(tries, time.Now())
			if len(tries) > 1 {
				require.Equal(t, []string{"1 working"}, states(s))
			}
			if len(tries)%2 == 0 {
				return nil
			}
			return errors.New("no")
		}))
		require.Greater(t, len(tries), 80, "it goes on")
		require.Less(t, len(tries), 400, "it waits longer and longer")
		require.Less(t, tries[1].Sub(tries[0]), time.Second)
	})
}

func TestStaticEndsWhenAnotherProcessHasAPartition(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := partition.NewStatic([]int{1, 2, 3}, slog.New(slog.DiscardHandler))
		drained := atomic.Int32{}
		err := s.Run(t.Context(), func(ctx context.Context, p int) error {
			if p == 2 {
				elapse(time.Minute)
				return fmt.Errorf("commit: %w", partition.ErrFenced)
			}
			<-ctx.Done()
			drained.Add(1)
			return nil
		})
		require.ErrorIs(t, err, partition.ErrFenced)
		require.ErrorContains(t, err, "partition 2")
		require.ErrorContains(t, err, "Try:")
		require.EqualValues(t, 2, drained.Load())
	})
}

// A stopped partition leaves the others alone, says so once, and goes on by itself when it has been recovered; recovering a running one starts it again.
func TestStaticWaitsForRecovery(t *testing.T) {
	virtual(t, func(t *testing.T, l *pipeline) {
		l.claim(partition.Dispatcher, "first")
		log := l.deliver(3)
		l.purge(topology.DispatchCursor(p))
		var out bytes.Buffer
		s := partition.NewStatic([]int{p, p + 1}, slog.New(slog.NewTextHandler(&out, nil)))
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		claims := make(chan *partition.Chain, 10)
		go func() {
			done <- s.Run(ctx, func(ctx context.Context, i int) error {
				cfg := l.config(partition.Dispatcher, "d1")
				cfg.Partition = i
				c, err := partition.Claim(ctx, cfg)
				if err != nil {
					return err
				}
				if i == p {
					claims <- c
				}
				for ctx.Err() == nil {
					elapse(time.Second)
					if err := c.Commit(ctx, partition.Position{Low: c.Claimed().GetLow()}, nil); err != nil {
						return err
					}
				}
				return nil
			})
		}()
		elapse(time.Hour)
		require.Equal(t, []string{"3 stopped", "4 working"}, states(s))
		requireStopped(t, s.Status()[0].Err, "no cursor")
		require.Greater(t, time.Since(s.Status()[0].Since), 50*time.Minute)

		_, err := recoverAs(t.Context(), l.config(partition.Dispatcher, ""), partition.End)
		require.NoError(t, err)
		require.GreaterOrEqual(t, (<-claims).Claimed().GetLow(), log[2])
		elapse(time.Minute + time.Second/2) // between two commits
		require.Equal(t, []string{"3 working", "4 working"}, states(s))

		r, err := partition.Recover(t.Context(), l.config(partition.Dispatcher, ""), partition.Request{Position: partition.Beginning, Apply: true, Force: true})
		require.NoError(t, err)
		require.True(t, r.Applied)
		require.Zero(t, (<-claims).Claimed().GetLow())
		cancel()
		require.NoError(t, <-done)
		require.Equal(t, 1, strings.Count(out.String(), "level=ERROR"), out.String())
	})
}
