package partition_test

import (
	"context"
	"strconv"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/internal/jet"
	"github.com/orderwire/orderwire/services/internal/partition"
	"github.com/orderwire/orderwire/services/internal/topology"
)

// waits is the record of an order of which the deliveries from oldest to newest wait.
func (l *pipeline) waits(order string, oldest, newest uint64) *nats.Msg {
	l.t.Helper()
	m := &orderwirev1.Lane{State: orderwirev1.Lane_WAITING, Oldest: oldest, Newest: newest, Attempts: 7, StoredAt: stamp(l.at(oldest).LowAt)}
	data, err := proto.Marshal(m)
	require.NoError(l.t, err)
	return lane(order, string(data))
}

// order is the one that the delivery with a sequence belongs to.
func (l *pipeline) order(seq uint64) string {
	l.t.Helper()
	m, err := jet.GetFromLeader(l.t.Context(), l.nc, topology.Deliveries, seq)
	require.NoError(l.t, err)
	k, err := topology.ParseDelivery(m.Subject)
	require.NoError(l.t, err)
	return k.Order
}

// lanes stores a lane record for each delivery, as the dispatcher does, and one marker of a deleted one.
func (l *pipeline) lanes(c *partition.Chain, log []uint64) {
	l.t.Helper()
	var records []*nats.Msg
	for _, seq := range log {
		records = append(records, l.waits(l.order(seq), seq, seq))
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
			low: func([]uint64) uint64 { return 0 }, lanes: 0, // they are read again
		},
		"record deleted, from the end": {
			lose: func(l *pipeline) { l.purge(topology.DispatchCursor(p)) }, position: partition.End,
			low: func(log []uint64) uint64 { return log[9] + 1 }, lanes: 5, // one of the next partition is the last
		},
		"record deleted, from a sequence": {
			lose: func(l *pipeline) { l.purge(topology.DispatchCursor(p)) }, position: "7",
			low: func([]uint64) uint64 { return 7 }, lanes: 4,
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
		"DELIVERIES re-created and longer, no cursor left": {
			lose: func(l *pipeline) {
				l.purge("dispatch.cursor.*")
				l.recreate(topology.Deliveries)
				l.deliver(20)
			}, position: partition.End, low: func([]uint64) uint64 { return 40 }, lanes: 0,
		},
	} {
		t.Run(name, func(t *testing.T) {
			virtual(t, func(t *testing.T, l *pipeline) {
				chain := l.claim(partition.Dispatcher, "d1")
				log := l.deliver(10)
				l.lanes(chain, log[:5])
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
				require.Equal(t, 5-c.lanes, r.Chosen.Clears)
				require.Zero(t, r.Chosen.Cuts)
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
	for name, c := range map[string]struct {
		lose    func(l *pipeline)
		stopped string
	}{
		"re-created":       {func(l *pipeline) { l.recreate(topology.Deliveries) }, "DELIVERIES was re-created"},
		"no cursor":        {func(l *pipeline) { l.purge(topology.DispatchCursor(p)) }, "not recovered to the end"},
		"nothing is wrong": {func(*pipeline) {}, "not recovered to the end"},
	} {
		t.Run(name, func(t *testing.T) {
			virtual(t, func(t *testing.T, l *pipeline) {
				chain := l.claim(partition.Dispatcher, "d1")
				log := l.deliver(partition.MaxRecords + 10)
				l.lanes(chain, log[:partition.MaxRecords-1])
				l.lanes(chain, log[partition.MaxRecords-1:])
				c.lose(l)
				cfg := l.config(partition.Dispatcher, "")
				ctx, cancel := context.WithCancel(t.Context())
				cfg.Store = &crash{Store: l.store, after: 1, die: cancel}
				_, err := partition.Recover(ctx, cfg, partition.Request{Position: partition.Beginning, Apply: true, Force: true})
				require.ErrorIs(t, err, context.Canceled)
				_, err = partition.Claim(t.Context(), l.config(partition.Dispatcher, "d2"))
				requireStopped(t, err, c.stopped)
				require.ErrorIs(t, chain.Commit(t.Context(), partition.Position{}, []*nats.Msg{lane("late", "x")}), partition.ErrFenced)
				r, err := recoverAs(t.Context(), l.config(partition.Dispatcher, ""), partition.Beginning)
				require.NoError(t, err)
				require.Equal(t, 10, r.Chosen.Clears)
				l.claim(partition.Dispatcher, "d2")
			})
		})
	}
}

// crash ends a process after some commits.
type crash struct {
	partition.Store
	after int
	die   context.CancelFunc
}

func (c *crash) Commit(ctx context.Context, msgs []*nats.Msg) (uint64, error) {
	if c.after == 0 {
		return 0, jet.ErrNoAck
	}
	seq, err := c.Store.Commit(ctx, msgs)
	if c.after--; c.after == 0 {
		c.die()
	}
	return seq, err
}
