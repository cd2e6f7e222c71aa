package dispatcher

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	v1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/internal/partition"
	"github.com/orderwire/orderwire/services/internal/topology"
)

// A lane record that somebody deleted is written anew: the partition goes on, with the attempts that it knows of, and a dead delivery gets its letter.
func TestLaneRecordIsGone(t *testing.T) {
	inBubble(t, func(r *rig) {
		r.answers(func(h hit) answer {
			if h.order == "bad" {
				return answer{status: 400}
			}
			return answer{status: 500}
		})
		r.deaf(true)
		p := r.start()
		r.publish("alpha", "1", 1)
		r.publish("alpha", "bad", 1)
		r.within(time.Second, "lanes", func() bool { return len(r.lanes()) == 2 && r.lane("alpha", "bad").GetState() == v1.Lane_DEAD })
		s, err := r.js.Stream(context.Background(), topology.State)
		require.NoError(r, err)
		require.NoError(r, s.Purge(context.Background(), jetstream.WithPurgeSubject(topology.LaneFilter(topology.Partition(parts, "alpha")))))
		r.publish("alpha", "1", 1) // makes the record longer
		r.within(time.Second, "a new record", func() bool { return r.lane("alpha", "1").GetNewest() > r.lane("alpha", "1").GetOldest() })
		require.EqualValues(r, 1, r.lane("alpha", "1").GetAttempts())
		r.answers(nil)
		r.deaf(false)
		r.within(2*time.Minute, "everything", func() bool { return len(r.lettersOf("alpha")) == 1 && r.deliveredAll() && len(r.lanes()) == 0 })
		require.Equal(r, v1.Reason_PERMANENT, r.lettersOf("alpha")[0].GetReason())
		require.Equal(r, "alpha-bad-1", r.lettersOf("alpha")[0].GetDelivery().GetDelivery().GetId())
		p.stop()
		require.NoError(r, p.err)
	})
}

// A lane record that cannot be read stops its partition, by name, and no other.
func TestLaneRecordIsBroken(t *testing.T) {
	for name, m := range map[string]*nats.Msg{
		"record":  {Subject: topology.LaneSubject(topology.Partition(parts, "alpha"), "alpha", "shop", "1"), Data: []byte("\xff\xff")},
		"subject": {Subject: strings.TrimSuffix(topology.LaneFilter(topology.Partition(parts, "alpha")), ">") + "a.b.=ZZ", Data: []byte("x")},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(r *rig) {
				require.NoError(r, r.pub.One(context.Background(), m).Err)
				p := r.start()
				r.within(time.Minute, "a stopped partition", func() bool {
					err := p.Ready(context.Background())
					return err != nil && strings.Contains(err.Error(), m.Subject) && strings.Contains(err.Error(), "1 of 2 partitions")
				})
				var stop *partition.StoppedError
				for _, s := range p.cfg.Assigner.Status() {
					if s.Err != nil {
						require.ErrorAs(r, s.Err, &stop)
					}
				}
				require.NotNil(r, stop)
			})
		})
	}
}

// A host whose clock is 40 days ahead lets nothing expire, and waits no longer than it should.
func TestHostsClockIsAhead(t *testing.T) {
	inBubble(t, func(r *rig) {
		r.source.set(onlyAlpha)
		r.answers(func(hit) answer { return answer{status: 500} })
		r.publish("alpha", "1", 1)
		r.publish("beta", "1", 1)
		r.prepare = func(d *Dispatcher) {
			d.worker.Clock.Set(time.Now(), time.Now(), time.Now().Add(40*24*time.Hour))
		}
		r.start()
		r.within(10*time.Second, "lanes", func() bool { return len(r.lanes()) == 2 && r.lane("alpha", "1").GetAttempts() > 0 })
		time.Sleep(10 * time.Minute)
		require.Empty(r, r.letters())
	})
}

// However many orders wait, STATE keeps room for what makes them fewer: the reader waits, the partition can be claimed anew, and all goes out in the end.
func TestStateIsNearlyFull(t *testing.T) {
	inBubble(t, func(r *rig) {
		const limit, orders = 1 << 20, 1000
		stream, err := r.js.Stream(context.Background(), topology.State)
		require.NoError(r, err)
		tiny := stream.CachedInfo().Config
		tiny.MaxBytes = limit
		_, err = r.js.UpdateStream(context.Background(), tiny)
		require.NoError(r, err)
		fill := func() float64 {
			i, err := stream.Info(context.Background())
			require.NoError(r, err)
			return float64(i.State.Bytes) / limit
		}
		r.source.set(hourly)
		r.answers(func(hit) answer { return answer{status: 500, body: strings.Repeat("x", 2000)} })
		var msgs []*nats.Msg
		for i := range orders {
			msgs = append(msgs, r.delivery("alpha", fmt.Sprint(strings.Repeat("o", 40), i)))
		}
		r.store(msgs)
		registry := prometheus.NewRegistry()
		p := r.start(func(c *Config) { c.Registerer = registry })
		r.within(time.Hour, "nearly full", func() bool { return fill() > .8 })
		n, err := testutil.GatherAndCount(registry, "orderwire_dispatcher_state_fill")
		require.NoError(r, err)
		require.Equal(r, 1, n)
		for range 3 {
			time.Sleep(time.Minute)
			require.Less(r, fill(), .97)
		}
		p.crash()
		p = r.start()
		r.within(time.Minute, "a new owner", func() bool { return p.Ready(context.Background()) == nil })
		r.answers(nil)
		r.within(5*time.Hour, "everything", func() bool { return r.deliveredAll() && len(r.lanes()) == 0 })
		require.Empty(r, r.letters())
	})
}
