package partition_test

import (
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/internal/jet"
	"github.com/orderwire/orderwire/services/internal/partition"
	"github.com/orderwire/orderwire/services/internal/topology"
)

// What becomes of lane records with each position: none may cover what was never sent, and none may keep from being read again what is to be.
func TestRecoverFitsLanes(t *testing.T) {
	const last = 20 // of DELIVERIES; the partition has the odd ones, and the orders are even
	whole, shorter := uint64(last), uint64(last+10)
	type lanes map[string][2]uint64
	all := lanes{"4": {5, 17}, "8": {9, 9}, "10": {11, 30}, "18": {19, 19}}
	for name, c := range map[string]struct {
		length   uint64 // of DELIVERIES, by the cursor
		position string
		forge    func(l *pipeline) []*nats.Msg // further records, all cleared
		left     lanes
		lose     func(l *pipeline)
		cuts     int
		runs     bool // stay
	}{
		"current, all sound":         {length: whole, position: partition.Current, runs: true, left: lanes{"4": {5, 17}, "8": {9, 9}, "10": {11, last}, "18": {19, 19}}, cuts: 1},
		"current, shorter":           {length: shorter, position: partition.Current, left: lanes{"4": {5, 17}}},
		"from the beginning":         {length: shorter, position: partition.Beginning, left: lanes{}},
		"from the beginning, forced": {length: whole, position: partition.Beginning, left: lanes{}},
		"from a sequence":            {length: shorter, position: "12", left: lanes{"4": {5, 17}, "8": {9, 9}, "10": {11, last}}, cuts: 1},
		"from the end":               {length: shorter, position: partition.End, left: lanes{"4": {5, 17}, "8": {9, 9}, "10": {11, last}, "18": {19, 19}}, cuts: 1},
		"beyond the end": {
			length: shorter, position: partition.End, left: lanes{"4": {5, 17}, "8": {9, 9}, "10": {11, last}, "18": {19, 19}}, cuts: 1,
			forge: func(l *pipeline) []*nats.Msg { return []*nats.Msg{l.record("2", 25, 26, time.Now())} },
		},
		"grown again, another message": { // the runs are none of this stream
			length: whole, position: partition.Current, left: lanes{"4": {5, 17}},
			forge: func(l *pipeline) []*nats.Msg {
				return []*nats.Msg{l.record("6", 7, 7, l.at(7).LowAt.Add(time.Nanosecond)), l.record("2", 13, 13, l.at(13).LowAt)}
			},
		},
		"grown again, from the end": {
			length: whole, position: partition.End, left: lanes{"4": {5, 17}, "8": {9, 9}, "10": {11, last}, "18": {19, 19}}, cuts: 1,
			forge: func(l *pipeline) []*nats.Msg {
				return []*nats.Msg{l.record("6", 7, 7, l.at(7).LowAt.Add(time.Nanosecond)), l.record("2", 13, 13, l.at(13).LowAt)}
			},
		},
		"current, beyond the end": { // as are all that may be read again
			length: whole, position: partition.Current, left: lanes{"4": {5, 17}},
			forge: func(l *pipeline) []*nats.Msg { return []*nats.Msg{l.record("2", 25, 26, time.Now())} },
		},
		"the oldest has aged": { // and is not read again
			length: shorter, position: partition.Beginning, left: lanes{"4": {5, 17}},
			lose: func(l *pipeline) {
				s, err := l.js.Stream(l.t.Context(), topology.Deliveries)
				require.NoError(l.t, err)
				require.NoError(l.t, s.Purge(l.t.Context(), jetstream.WithPurgeSequence(7)))
			},
		},
		"older than the stream": {
			length: shorter, position: partition.End, left: lanes{"4": {5, 17}, "8": {9, 9}, "10": {11, last}, "18": {19, 19}}, cuts: 1,
			forge: func(l *pipeline) []*nats.Msg {
				l.remove(7)
				return []*nats.Msg{l.record("6", 7, 7, time.Now().Add(-time.Hour))}
			},
		},
		"unreadable": {
			length: whole, position: partition.Current, runs: true, left: lanes{"4": {5, 17}, "8": {9, 9}, "10": {11, last}, "18": {19, 19}}, cuts: 1,
			forge: func(*pipeline) []*nats.Msg { return []*nats.Msg{lane("6", "what is this")} },
		},
	} {
		t.Run(name, func(t *testing.T) {
			virtual(t, func(t *testing.T, l *pipeline) {
				chain := l.claim(partition.Dispatcher, "d1")
				l.deliver(last / 2)
				var records []*nats.Msg
				for order, r := range all {
					records = append(records, l.waits(order, r[0], r[1]))
				}
				if c.forge != nil {
					records = append(records, c.forge(l)...)
				}
				cleared := len(records) - len(c.left)
				pos := l.at(5)
				pos.Done = []*orderwirev1.Run{{First: 15, Last: 17}}
				require.NoError(t, chain.Commit(t.Context(), pos, records))
				l.lengthen(c.length)
				if c.lose != nil {
					c.lose(l)
				}
				dry, err := partition.Recover(t.Context(), l.config(partition.Dispatcher, ""), partition.Request{Position: c.position})
				require.NoError(t, err)
				r, err := partition.Recover(t.Context(), l.config(partition.Dispatcher, ""), partition.Request{Position: c.position, Apply: true, Force: dry.Problem == nil})
				require.NoError(t, err)
				require.Equal(t, dry.Chosen, r.Chosen)
				require.Equal(t, len(records), r.Lanes)
				require.Equal(t, cleared, r.Chosen.Clears)
				require.Equal(t, c.cuts, r.Chosen.Cuts)
				left := lanes{}
				err = jet.ReadLastPerSubject(t.Context(), l.nc, l.js, topology.State, []string{topology.LaneFilter(p)}, func(s *jet.Stored) error {
					if len(s.Data) > 0 {
						k, err := topology.ParseLane(s.Subject)
						require.NoError(t, err)
						m := &orderwirev1.Lane{}
						require.NoError(t, proto.Unmarshal(s.Data, m))
						require.EqualValues(t, 7, m.GetAttempts())
						left[k.Order] = [2]uint64{m.GetOldest(), m.GetNewest()}
					}
					return nil
				})
				require.NoError(t, err)
				require.Equal(t, c.left, left)
				next := l.claim(partition.Dispatcher, "d2").Claimed()
				require.Equal(t, r.Chosen.Low, next.GetLow())
				require.Equal(t, c.runs, len(next.GetDone()) > 0)
			})
		})
	}
}

// record is a lane record of deliveries that may not exist.
func (l *pipeline) record(order string, oldest, newest uint64, at time.Time) *nats.Msg {
	l.t.Helper()
	data, err := proto.Marshal(&orderwirev1.Lane{Oldest: oldest, Newest: newest, Attempts: 7, StoredAt: stamp(at)})
	require.NoError(l.t, err)
	return lane(order, string(data))
}

// remove deletes a delivery, as an operator may.
func (l *pipeline) remove(seq uint64) {
	l.t.Helper()
	s, err := l.js.Stream(l.t.Context(), topology.Deliveries)
	require.NoError(l.t, err)
	require.NoError(l.t, s.DeleteMsg(l.t.Context(), seq))
}

// lengthen makes the cursor remember a longer DELIVERIES than there is.
func (l *pipeline) lengthen(last uint64) {
	l.t.Helper()
	c := l.cursor(topology.DispatchCursor(p))
	c.Log.Last = last
	m := nats.NewMsg(topology.DispatchCursor(p))
	var err error
	m.Data, err = proto.Marshal(c)
	require.NoError(l.t, err)
	require.NoError(l.t, l.pub.One(l.t.Context(), m).Err)
}
