package lane

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	v1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/internal/partition"
	"github.com/orderwire/orderwire/services/internal/topology"
)

// Deliveries before the head of a lane on record are sent, whatever the lane is doing when they come, and then what the record covered.
func TestBelowTheHead(t *testing.T) {
	key := topology.Key{Destination: "d", Shop: "s", Order: "1"}
	for name, c := range map[string]struct {
		state v1.Lane_State
		// meanwhile begins something that ends after the deliveries were read.
		meanwhile func(b *bench) (end func())
	}{
		"waiting": {v1.Lane_WAITING, func(*bench) func() { return func() {} }},
		"sending": {v1.Lane_WAITING, func(b *bench) func() {
			b.now = b.now.Add(time.Hour)
			j := b.started("1:85")[0]
			return func() { b.finish(j, broken) }
		}},
		"given back": {v1.Lane_WAITING, func(b *bench) func() {
			b.now = b.now.Add(time.Hour)
			j := b.started("1:85")[0]
			return func() { b.Return(j, b.now, 0) }
		}},
		"its last is delivered": {v1.Lane_WAITING, func(b *bench) func() {
			b.now = b.now.Add(time.Hour)
			j := b.started("1:85")[0]
			return func() {
				j.Found(nil, 86)
				b.finish(j, delivered)
			}
		}},
		"dead": {v1.Lane_DEAD, func(*bench) func() { return func() {} }},
		"its letter fails": {v1.Lane_DEAD, func(b *bench) func() {
			j := b.started("1:85")[0]
			return func() { b.Postpone(j, b.now) }
		}},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			w := partition.NewWindow(&v1.Cursor{Low: 80})
			b.Book = New(Config{Log: w, Policies: func(string) Policy { return b.policy }, Expire: expireAfter})
			b.Restore(b.now, key, &v1.Lane{
				State: c.state, DeadReason: v1.Reason_EXHAUSTED, Oldest: 85, Newest: 86, Attempts: 3, Next: timestamppb.New(b.now.Add(time.Hour)), StoredAt: timestamppb.New(b.now),
			})
			end := c.meanwhile(b)
			for _, seq := range []uint64{83, 84, 86} {
				b.Read(b.now, key, &Message{Seq: seq, Stored: b.now, Delivery: &v1.Delivery{}})
			}
			require.EqualValues(t, 80, w.Position().Low, "no record covers them yet")
			end()
			for w.Len() > 0 {
				require.NotEmpty(t, b.commit())
			}
			j := b.started("1:83")[0]
			require.EqualValues(t, 1, j.Number)
			require.EqualValues(t, 86, j.Newest)
			_, look := b.Finish(j, End{At: b.now, Result: &delivered, Delivery: &v1.Delivery{}})
			require.Equal(t, &Look{From: 84, UpTo: 86}, look)
		})
	}
}

// A clock that is set back keeps no live lane waiting, whether it waits for its turn or has a delivery under way.
func TestClockIsSetBack(t *testing.T) {
	b := newBench(t)
	b.policy.Concurrency = 1
	b.read("1")
	b.read("1")
	b.read("2")
	j := b.started("1:1")[0]
	b.now = b.now.Add(-time.Hour)
	b.started()
	b.finish(j, delivered)
	b.commit()
	j = b.jobs2()
	b.finish(j, delivered)
	b.commit()
	b.jobs2()
}

// A destination that is down is tried with two attempts at a time, and has all its slots after a success.
func TestDownDestinationHasTwoSlots(t *testing.T) {
	b := newBench(t)
	b.policy.Concurrency = downAfter
	for i := range downAfter {
		b.read(string(rune('a' + i)))
	}
	jobs, _ := b.jobs()
	require.Len(t, jobs, downAfter)
	for _, j := range jobs {
		b.finish(j, broken)
	}
	b.commit()
	b.now = b.now.Add(time.Minute)
	jobs, _ = b.jobs()
	require.Len(t, jobs, downSlots)
	b.finish(jobs[0], broken)
	b.commit()
	b.jobs2()
	b.finish(jobs[1], delivered)
	b.commit()
	jobs, _ = b.jobs()
	require.Len(t, jobs, downAfter-3, "one is delivered, one waits again, one is under way")
}
