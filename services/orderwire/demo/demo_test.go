package demo_test

import (
	"context"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/orderwire/audit"
	"github.com/orderwire/orderwire/services/orderwire/demo"
)

// run a short demonstration, and count what it showed.
func run(t *testing.T, ctx context.Context, change func(*demo.Config)) (report *audit.Report, attempts int, err error) {
	t.Helper()
	t.Setenv("TMPDIR", t.TempDir())
	c := demo.Config{
		Orders: 30, Seed: 1, Fail: .2, Deadline: time.Minute, Logger: slog.New(slog.DiscardHandler),
		Started: func(demo.Places) {}, Attempt: func(*orderwirev1.Outcome) { attempts++ }, Done: func(*audit.Report, bool) {},
	}
	change(&c)
	report, err = demo.Run(ctx, c)
	left, globErr := filepath.Glob(filepath.Join(os.TempDir(), "orderwire-*"))
	require.NoError(t, globErr)
	require.Empty(t, left, "the temporary folder is gone")
	return report, attempts, err
}

func TestNothingIsLost(t *testing.T) {
	r, attempts, err := run(t, t.Context(), func(*demo.Config) {})
	require.NoError(t, err)
	require.True(t, r.OK(), r.Problems)
	require.True(t, r.Idle)
	require.Greater(t, r.Events, 60)
	require.Equal(t, r.Events, r.Decided(), "one destination: one decision for each event")
	require.Equal(t, r.Decisions["mapped"], r.Delivered)
	require.Zero(t, r.Lost+r.Dead+r.Waiting+r.OrderViolations+r.BadSignatures)
	require.Equal(t, r.Attempts, attempts, "each attempt was shown once")
	require.Greater(t, r.Attempts, r.Delivered, "some failed")
	require.Positive(t, r.Latency.P50)
	require.GreaterOrEqual(t, r.Latency.P99, r.Latency.P50)
}

func TestStayUntilTold(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := 0
	r, _, err := run(t, ctx, func(c *demo.Config) {
		c.Orders, c.Fail, c.Stay = 2, 0, true
		c.Started = func(p demo.Places) {
			_, err := os.Stat(p.Event)
			require.NoError(t, err)
		}
		c.Done = func(_ *audit.Report, complete bool) {
			require.True(t, complete)
			done++
			cancel()
		}
	})
	require.NoError(t, err)
	require.Equal(t, 1, done)
	require.True(t, r.Idle)
}

func TestStoppedInTheMiddle(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	r, _, err := run(t, ctx, func(c *demo.Config) {
		c.Orders, c.Rate = 100, 10
		c.Attempt = func(*orderwirev1.Outcome) { cancel() }
		c.Done = func(_ *audit.Report, complete bool) {
			require.False(t, complete, "even when what was published is delivered")
		}
	})
	require.NoError(t, err)
	require.NotNil(t, r)
	require.Zero(t, r.Lost, r.Problems)
}

func TestDeadline(t *testing.T) {
	_, _, err := run(t, t.Context(), func(c *demo.Config) { c.Orders, c.Rate, c.Deadline = 100, 1, time.Second })
	require.ErrorIs(t, err, demo.ErrLate)
	require.ErrorContains(t, err, "not done at the deadline of 1s")
}

func TestNoFolder(t *testing.T) {
	t.Setenv("TMPDIR", "/nonexistent")
	_, err := demo.Run(t.Context(), demo.Config{Orders: 1})
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.ErrorContains(t, err, "Try: TMPDIR=")
}
