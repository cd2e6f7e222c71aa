package partition_test

import (
	"context"
	"strconv"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/internal/partition"
	"github.com/orderwire/orderwire/services/internal/topology"
)

// lanes stores lane records as the dispatcher does, and one marker of a deleted one.
func (l *pipeline) lanes(c *partition.Chain, n int) {
	l.t.Helper()
	var records []*nats.Msg
	for i := range n {
		records = append(records, lane(strconv.Itoa(i), "waits"))
	}
	gone := lane("gone", "")
	gone.Header.Set("Nats-TTL", "60s")
	require.NoError(l.t, c.Commit(l.t.Context(), partition.Position{Low: c.Claimed().GetLow()}, append(records, gone)))
}

func TestRecover(t *testing.T) {
	for name, c := range map[string]struct {
		lose     func(l *pipeline)
		position string
		low      func(log []uint64) uint64
		done     bool // the runs stay
		lanes    int  // that are left
		refused  string
	}{
		"nothing is wrong":          {lose: func(*pipeline) {}, position: partition.End, refused: "nothing is wrong"},
		"no position":               {lose: func(l *pipeline) { l.purge(topology.DispatchCursor(p)) }, refused: "no position was chosen"},
		"not a position":            {lose: func(l *pipeline) { l.purge(topology.DispatchCursor(p)) }, position: "middle", refused: "is none"},
		"a sequence beyond the end": {lose: func(l *pipeline) { l.purge(topology.DispatchCursor(p)) }, position: "1000", refused: "beyond the end"},
		"no current position":       {lose: func(l *pipeline) { l.purge(topology.DispatchCursor(p)) }, position: partition.Current, refused: "the partition has none"},
		"record deleted, from the beginning": {
			lose: func(l *pipeline) { l.purge(topology.DispatchCursor(p)) }, position: partition.Beginning,
			low: func([]uint64) uint64 { return 0 }, lanes: 5,
		},
		"record deleted, from the end": {
			lose: func(l *pipeline) { l.purge(topology.DispatchCursor(p)) }, position: partition.End,
			low: func(log []uint64) uint64 { return log[9] + 1 }, lanes: 5, // one of the next partition is the last
		},
		"record deleted, from a sequence": {
			lose: func(l *pipeline) { l.purge(topology.DispatchCursor(p)) }, position: "7",
			low: func([]uint64) uint64 { return 7 }, lanes: 5,
		},
		"DELIVERIES re-created": {
			lose: func(l *pipeline) { l.recreate(topology.Deliveries); l.deliver(1) }, position: partition.Beginning,
			low: func([]uint64) uint64 { return 0 }, lanes: 0,
		},
		"DELIVERIES re-created, record deleted": {
			lose: func(l *pipeline) {
				l.purge(topology.DispatchCursor(p))
				l.recreate(topology.Deliveries)
				l.deliver(1)
			}, position: partition.Beginning, low: func([]uint64) uint64 { return 0 }, lanes: 0,
		},
	} {
		t.Run(name, func(t *testing.T) {
			virtual(t, func(t *testing.T, l *pipeline) {
				chain := l.claim(partition.Dispatcher, "d1")
				log := l.deliver(10)
				l.lanes(chain, 5)
				require.NoError(t, chain.Commit(t.Context(), partition.Position{Low: log[3], Done: []*orderwirev1.Run{{First: log[5], Last: log[6]}}}, nil))
				c.lose(l)
				cfg := l.config(partition.Dispatcher, "")
				before := l.cursor(topology.DispatchCursor(p))
				dry, err := partition.Recover(t.Context(), cfg, partition.Request{})
				require.NoError(t, err)
				require.Equal(t, 5, dry.Lanes)
				require.False(t, dry.Applied)
				require.Equal(t, before.GetToken(), l.cursor(topology.DispatchCursor(p)).GetToken(), "a dry run changed something")
				require.Equal(t, topology.Deliveries, dry.Log.Stream)
				for _, choice := range dry.Choices {
					require.NotEmpty(t, choice.Means)
				}

				r, err := recoverAs(t.Context(), cfg, c.position)
				if c.refused != "" {
					require.ErrorContains(t, err, c.refused)
					require.False(t, r.Applied)
					return
				}
				require.NoError(t, err)
				require.NotNil(t, r.Problem)
				require.True(t, r.Applied)
				require.Equal(t, c.low(log), r.Chosen.Low)
				require.Equal(t, c.lanes == 0, r.ClearLanes)
				next := l.claim(partition.Dispatcher, "d2")
				require.Equal(t, c.low(log), next.Claimed().GetLow())
				require.Empty(t, next.Claimed().GetDone())
				left, err := partition.Recover(t.Context(), cfg, partition.Request{})
				require.NoError(t, err)
				require.Equal(t, c.lanes, left.Lanes)
				require.Nil(t, left.Problem)
				require.Error(t, chain.Commit(t.Context(), partition.Position{Low: log[9]}, nil))
			})
		})
	}
}

// The mapper's place in ORDERS is sound when only DELIVERIES is another one.
func TestRecoverKeepsCurrentPosition(t *testing.T) {
	virtual(t, func(t *testing.T, l *pipeline) {
		for i := range 9 {
			require.NoError(t, l.pub.One(t.Context(), nats.NewMsg(topology.EventSubject("acme", strconv.Itoa(i)))).Err)
		}
		m := l.claim(partition.Mapper, "m1")
		at := partition.Position{Low: 4, Done: []*orderwirev1.Run{{First: 6, Last: 8}}}
		require.NoError(t, m.Commit(t.Context(), at, nil))
		l.recreate(topology.Deliveries)
		_, err := partition.Claim(t.Context(), l.config(partition.Mapper, "m2"))
		requireStopped(t, err, "DELIVERIES was re-created")
		_, err = recoverAs(t.Context(), l.config(partition.Mapper, ""), partition.Current)
		require.NoError(t, err)
		got := l.claim(partition.Mapper, "m2").Claimed()
		require.Equal(t, at.Low, got.GetLow())
		require.Equal(t, at.Done[0].GetLast(), got.GetDone()[0].GetLast())
	})
}

// A crash in the middle leaves the partition stopped, and Recover can be called again.
func TestRecoverCanBeRepeated(t *testing.T) {
	virtual(t, func(t *testing.T, l *pipeline) {
		chain := l.claim(partition.Dispatcher, "d1")
		l.deliver(3)
		l.lanes(chain, 5)
		l.recreate(topology.Deliveries)
		cfg := l.config(partition.Dispatcher, "")
		ctx, cancel := context.WithCancel(t.Context())
		cfg.Store = &crash{Store: l.store, after: 1, die: cancel}
		_, err := recoverAs(ctx, cfg, partition.Beginning)
		require.ErrorIs(t, err, context.Canceled)
		_, err = partition.Claim(t.Context(), l.config(partition.Dispatcher, "d2"))
		requireStopped(t, err, "DELIVERIES was re-created")
		require.ErrorIs(t, chain.Commit(t.Context(), partition.Position{}, []*nats.Msg{lane("late", "x")}), partition.ErrFenced)
		r, err := recoverAs(t.Context(), l.config(partition.Dispatcher, ""), partition.Beginning)
		require.NoError(t, err)
		require.True(t, r.ClearLanes)
		l.claim(partition.Dispatcher, "d2")
	})
}

// crash ends a process after some commits.
type crash struct {
	partition.Store
	after int
	die   context.CancelFunc
}

func (c *crash) Commit(ctx context.Context, msgs []*nats.Msg) (uint64, error) {
	seq, err := c.Store.Commit(ctx, msgs)
	if c.after--; c.after == 0 {
		c.die()
	}
	return seq, err
}
