package partition_test

import (
	"context"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"github.com/orderwire/orderwire/services/internal/partition"
	"github.com/orderwire/orderwire/services/internal/topology"
)

// Whatever happens to requests and replies, a commit returns when it is stored, once.
func TestCommitUnderFaults(t *testing.T) {
	for name, faults := range map[string][]fault{
		"none":                                  nil,
		"lost request":                          {{kind: lostRequest}},
		"lost reply":                            {{kind: lostReply}},
		"lost reply, and the read fails":        {{kind: lostReply}, {kind: failedRead}},
		"lost reply, and the read is old":       {{kind: lostReply}, {kind: oldRead}},
		"the second of two copies is heard":     {{kind: doubled}},
		"late, the retry is first":              {{kind: late, delay: time.Minute}},
		"late, and it meets the retry":          {{kind: late, delay: 20 * time.Millisecond}, {kind: ok}, {kind: slow, delay: time.Second}},
		"a second copy after later commits":     {{kind: lateAndTwice, delay: time.Minute}},
		"half an hour without any answer":       outage(2000),
		"answers that are lost again and again": {{kind: lostReply}, {kind: failedRead}, {kind: lostReply}, {kind: failedRead}, {kind: lostReply}},
		"a leader that was deposed for long":    {{kind: lostRequest}, {kind: oldRead}, {kind: oldRead}, {kind: oldRead}, {kind: oldRead}, {kind: oldRead}, {kind: oldRead}},
	} {
		t.Run(name, func(t *testing.T) {
			virtual(t, func(t *testing.T, l *pipeline) {
				log := l.deliver(10)
				store := newFaulty(l.store)
				cfg := l.config(partition.Dispatcher, "d1")
				cfg.Store = store
				c, err := partition.Claim(t.Context(), cfg)
				require.NoError(t, err)
				n := c.Claimed().GetN()
				store.faults = faults
				for i, seq := range log {
					pos := l.at(seq)
					require.NoError(t, c.Commit(t.Context(), pos, []*nats.Msg{lane("7", "newest")}))
					cur := l.cursor(topology.DispatchCursor(p))
					require.Equal(t, seq, cur.GetLow())
					require.Equal(t, pos.LowAt, cur.GetLowAt().AsTime())
					require.Equal(t, n+uint64(i)+1, cur.GetN())
					require.GreaterOrEqual(t, cur.GetLog().GetLast(), seq)
				}
				elapse(time.Hour)
				store.late.Wait()
				require.Equal(t, log[9], l.cursor(topology.DispatchCursor(p)).GetLow())
				require.NoError(t, c.Release(t.Context(), partition.Position{Low: log[9]}, nil))
				require.Empty(t, l.cursor(topology.DispatchCursor(p)).GetOwner())
				require.Error(t, c.Commit(t.Context(), partition.Position{Low: log[9]}, nil))
			})
		})
	}
}

func outage(requests int) (f []fault) {
	for range requests {
		f = append(f, fault{kind: lostRequest})
	}
	return f
}

func TestStaleOwnerIsFenced(t *testing.T) {
	virtual(t, func(t *testing.T, l *pipeline) {
		log := l.deliver(3)
		old := l.claim(partition.Dispatcher, "old")
		require.NoError(t, old.Commit(t.Context(), partition.Position{Low: log[0]}, nil))
		next := l.claim(partition.Dispatcher, "next")
		require.Equal(t, log[0], next.Claimed().GetLow())
		err := old.Commit(t.Context(), partition.Position{Low: log[2]}, []*nats.Msg{lane("7", "stale")})
		require.ErrorIs(t, err, partition.ErrFenced)
		require.ErrorContains(t, err, "next")
		require.ErrorIs(t, old.Release(t.Context(), partition.Position{Low: log[2]}, nil), partition.ErrFenced)
		m, err := l.store.Last(t.Context(), topology.LaneFilter(p))
		require.NoError(t, err)
		require.Nil(t, m, "the record of a fenced commit was stored")
		require.NoError(t, next.Commit(t.Context(), partition.Position{Low: log[1]}, nil))
	})
}

// A commit that ctx left unknown is finished before the next one, records included: its position may be stored already.
func TestUnknownCommitIsFinishedFirst(t *testing.T) {
	for _, kind := range []string{lostRequest, lostReply} {
		t.Run(kind, func(t *testing.T) {
			virtual(t, func(t *testing.T, l *pipeline) {
				log := l.deliver(3)
				store := newFaulty(l.store)
				cfg := l.config(partition.Dispatcher, "d1")
				cfg.Store = store
				c, err := partition.Claim(t.Context(), cfg)
				require.NoError(t, err)
				store.faults = append([]fault{{kind: kind}}, outage(1000)...)
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				require.ErrorIs(t, c.Commit(ctx, partition.Position{Low: log[0]}, []*nats.Msg{lane("7", "kept")}), context.DeadlineExceeded)
				store.faults = nil
				require.NoError(t, c.Release(t.Context(), partition.Position{Low: log[1]}, nil))
				require.Equal(t, log[1], l.cursor(topology.DispatchCursor(p)).GetLow())
				m, err := l.store.Last(t.Context(), topology.LaneFilter(p))
				require.NoError(t, err)
				require.Equal(t, "kept", string(m.Data))
			})
		})
	}
}

func TestCommitRefusesMistakes(t *testing.T) {
	virtual(t, func(t *testing.T, l *pipeline) {
		log := l.deliver(3)
		c := l.claim(partition.Dispatcher, "d1")
		require.NoError(t, c.Commit(t.Context(), partition.Position{Low: log[1]}, nil))
		require.ErrorContains(t, c.Commit(t.Context(), partition.Position{Low: log[0]}, nil), "before the one that is committed")
		records := make([]*nats.Msg, partition.MaxRecords+1)
		for i := range records {
			records[i] = lane(string(rune('a'+i%26))+time.Duration(i).String(), "x")
		}
		require.ErrorContains(t, c.Commit(t.Context(), partition.Position{Low: log[1]}, records), "at most")
		require.NoError(t, c.Commit(t.Context(), partition.Position{Low: log[2]}, records[1:]))
	})
}

func TestRunningOwnerNoticesOtherStreams(t *testing.T) {
	for name, c := range map[string]struct {
		change func(l *pipeline)
		what   string
	}{
		"log re-created":    {func(l *pipeline) { l.recreate(topology.Orders) }, "ORDERS was re-created"},
		"output re-created": {func(l *pipeline) { l.recreate(topology.Deliveries) }, "DELIVERIES was re-created"},
		"nothing":           {func(*pipeline) {}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			virtual(t, func(t *testing.T, l *pipeline) {
				m := l.claim(partition.Mapper, "m1")
				m.SawOutput(l.deliver(3)[2])
				c.change(l)
				require.NoError(t, m.Commit(t.Context(), partition.Position{}, nil), "a look at each commit would cost a request")
				elapse(2 * time.Minute)
				err := m.Commit(t.Context(), partition.Position{}, nil)
				if c.what == "" {
					require.NoError(t, err)
					require.NoError(t, m.Check(t.Context()))
					return
				}
				requireStopped(t, err, c.what)
				requireStopped(t, m.Commit(t.Context(), partition.Position{}, nil), c.what)
			})
		})
	}
}

// A server that came back without what it had acknowledged: the owner gives up, and the next claim finds out.
func TestForgottenCursorEndsTheChain(t *testing.T) {
	for name, lose := range map[string]func(l *pipeline){
		"STATE purged":     func(l *pipeline) { l.purge(">") },
		"STATE re-created": func(l *pipeline) { l.recreate(topology.State) },
	} {
		t.Run(name, func(t *testing.T) {
			virtual(t, func(t *testing.T, l *pipeline) {
				log := l.deliver(3)
				c := l.claim(partition.Dispatcher, "d1")
				require.NoError(t, c.Commit(t.Context(), partition.Position{Low: log[0]}, nil))
				lose(l)
				require.ErrorIs(t, c.Commit(t.Context(), partition.Position{Low: log[1]}, nil), partition.ErrForgotten)
				_, err := partition.Claim(t.Context(), l.config(partition.Dispatcher, "d1"))
				requireStopped(t, err, "no cursor")
			})
		})
	}
}
