package dispatcher

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	v1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/internal/jet"
	"github.com/orderwire/orderwire/services/internal/partition"
	"github.com/orderwire/orderwire/services/internal/topology"
)

// flaky loses requests and replies of commits.
type flaky struct {
	partition.Store
	dice func() float64
}

func newFlaky(r *rig, nc *nats.Conn, dice func() float64) flaky {
	pub, err := jet.NewPublisher(nc, time.Second)
	require.NoError(r, err)
	return flaky{partition.NewStore(nc, pub), dice}
}

func (f flaky) Commit(ctx context.Context, msgs []*nats.Msg) (uint64, error) {
	x := f.dice()
	if x < .1 {
		return 0, errors.New("request lost")
	}
	seq, err := f.Store.Commit(ctx, msgs)
	if x > .9 {
		return 0, errors.New("reply lost")
	}
	return seq, err
}

// Crashes at random moments, and commits whose requests or replies are lost, lose nothing, keep each order's order, and never lower an attempt count that was committed.
func TestCrashes(t *testing.T) {
	for seed := range uint64(4) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			inBubble(t, func(r *rig) {
				random := rand.New(rand.NewPCG(seed, 1))
				var mu sync.Mutex
				dice := func() float64 {
					mu.Lock()
					defer mu.Unlock()
					return random.Float64()
				}
				r.answers(func(hit) answer {
					switch x := dice(); {
					case x < .25:
						return answer{status: 500}
					case x < .3:
						return answer{status: 429, header: map[string]string{"Retry-After": "2"}}
					case x < .5:
						time.Sleep(time.Duration(x * float64(4*time.Second)))
					}
					return answer{}
				})
				counts := map[string]uint32{}
				for range 15 {
					p := r.start(func(c *Config) { c.Store = newFlaky(r, c.NC, dice) })
					for range 10 {
						r.publish([]string{"alpha", "beta"}[int(dice()*2)], fmt.Sprint(int(dice()*5)), 1+int(dice()*3))
						time.Sleep(time.Duration(dice() * float64(time.Second)))
					}
					p.crash()
					for k, l := range r.lanes() {
						id := fmt.Sprint(k, l.GetOldest())
						require.GreaterOrEqual(r, l.GetAttempts(), counts[id])
						counts[id] = l.GetAttempts()
					}
				}
				r.answers(nil)
				r.start()
				r.within(10*time.Hour, "everything", func() bool { return r.deliveredAll() && len(r.lanes()) == 0 })
				r.checkOrder()
				require.Empty(r, r.letters())
			})
		})
	}
}

func (r *rig) deliveredAll() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	newest := map[string]int64{}
	for _, h := range r.hits {
		newest[h.destination+h.order] = max(newest[h.destination+h.order], h.sequence)
	}
	for k, n := range r.sent {
		if newest[k] < n {
			return false
		}
	}
	return true
}

// checkOrder: a request repeats its predecessor in the lane (a retry or a duplicate) or is the one after it.
func (r *rig) checkOrder() {
	r.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	last := map[string]int64{}
	for _, h := range r.hits {
		k := h.destination + h.order
		require.Contains(r, []int64{last[k], last[k] + 1}, h.sequence, "%+v", h)
		last[k] = h.sequence
	}
}

// An owner that was superseded gets nothing in any more, and says so.
func TestStaleOwnerIsFenced(t *testing.T) {
	inBubble(t, func(r *rig) {
		release := make(chan struct{})
		r.answers(func(h hit) answer {
			if h.attempt == 1 && h.sequence == 1 {
				<-release
			}
			return answer{}
		})
		old := r.start()
		r.publish("alpha", "1", 1)
		r.within(time.Second, "an attempt under way", func() bool { return len(r.of("alpha", "1")) == 1 })
		r.answers(nil)
		r.start()
		r.within(5*time.Second, "the new owner's attempt", func() bool { return len(r.of("alpha", "1")) == 2 })
		r.publish("alpha", "1", 1)
		r.within(5*time.Second, "the next", func() bool { return len(r.of("alpha", "1")) >= 3 })
		before := r.cursor("alpha")
		close(release)
		<-old.done
		require.ErrorIs(r, old.err, partition.ErrFenced)
		require.Equal(r, before.GetOwner(), r.cursor("alpha").GetOwner())
	})
}

func (r *rig) cursor(destination string) *v1.Cursor {
	s, err := jet.LastFromLeader(context.Background(), r.nc, topology.State, topology.DispatchCursor(topology.Partition(parts, destination)))
	require.NoError(r, err)
	c := &v1.Cursor{}
	require.NoError(r, proto.Unmarshal(s.Data, c))
	return c
}

// deaf is a rig whose DEAD_LETTERS takes nothing: a delivery dies, and its letter cannot be stored.
func (r *rig) deaf(full bool) {
	s, err := r.js.Stream(context.Background(), topology.DeadLetters)
	require.NoError(r, err)
	c := s.CachedInfo().Config
	c.MaxMsgs = -1
	if full {
		c.MaxMsgs = 1
	}
	_, err = r.js.UpdateStream(context.Background(), c)
	require.NoError(r, err)
	if full {
		_, err = r.js.Publish(context.Background(), topology.DeadSubject("x", "y", "z", 1), nil)
		require.NoError(r, err)
	}
}

func (r *rig) lettersOf(destination string) []*v1.DeadLetter {
	return slices.DeleteFunc(r.letters(), func(d *v1.DeadLetter) bool { return d.GetDestination() != destination })
}

// While DEAD_LETTERS is full the lane of a dead delivery waits and others go on; a new owner finishes the letter and makes no attempt.
func TestFullDeadLettersAndTakeover(t *testing.T) {
	inBubble(t, func(r *rig) {
		r.answers(func(h hit) answer {
			if h.order == "bad" && h.sequence == 1 {
				return answer{status: 422, body: "no"}
			}
			return answer{}
		})
		r.deaf(true)
		p := r.start()
		r.publish("alpha", "bad", 2)
		r.publish("alpha", "good", 2)
		r.within(time.Second, "the other order", func() bool { return len(r.of("alpha", "good")) == 2 })
		time.Sleep(10 * time.Minute)
		require.Equal(r, []int64{1}, r.sequences("alpha", "bad"), "the next waits for the letter")
		require.Equal(r, v1.Lane_DEAD, r.lane("alpha", "bad").GetState())
		require.Equal(r, v1.Reason_PERMANENT, r.lane("alpha", "bad").GetDeadReason())
		p.crash()
		r.start()
		time.Sleep(10 * time.Minute)
		require.Equal(r, []int64{1}, r.sequences("alpha", "bad"))
		r.deaf(false)
		r.within(2*time.Minute, "the next", func() bool { return len(r.of("alpha", "bad")) == 2 })
		require.Equal(r, []int64{1, 2}, r.sequences("alpha", "bad"))
		require.Len(r, r.lettersOf("alpha"), 1)
		d := r.lettersOf("alpha")[0]
		require.Equal(r, "status 422", d.GetDetail())
		require.Equal(r, "no", string(d.GetDelivery().GetLast().GetResponse()))
		r.within(time.Minute, "no lane left", func() bool { return len(r.lanes()) == 0 })
	})
}

// A letter that is there already counts as stored: an owner may have died between storing it and stepping on.
func TestLetterThatIsThere(t *testing.T) {
	inBubble(t, func(r *rig) {
		r.answers(func(h hit) answer {
			if h.sequence == 1 {
				return answer{status: 400}
			}
			return answer{}
		})
		seq := r.publish("alpha", "1", 2)[0]
		r.putLetter(seq, "alpha-1-1", 1001)
		r.start()
		r.within(time.Minute, "the next", func() bool { return len(r.of("alpha", "1")) == 2 && len(r.lanes()) == 0 })
		require.Len(r, r.letters(), 1)
	})
}

func (r *rig) putLetter(n uint64, id string, cause uint64) {
	r.Helper()
	data, err := proto.Marshal(&v1.DeadLetter{
		Cause: cause, What: &v1.DeadLetter_Delivery{Delivery: &v1.DeadDelivery{Delivery: &v1.Delivery{Id: id}}},
	})
	require.NoError(r, err)
	_, err = r.js.Publish(context.Background(), topology.DeadSubject("alpha", "shop", "1", n), data)
	require.NoError(r, err)
}

// A letter of another delivery, which had this sequence before DELIVERIES was re-created, is not taken for ours.
func TestLetterOfAnother(t *testing.T) {
	inBubble(t, func(r *rig) {
		r.answers(func(h hit) answer { return answer{status: 400} })
		r.putLetter(r.publish("alpha", "1", 1)[0], "another", 7)
		r.start()
		r.within(time.Minute, "a second letter", func() bool { return len(r.letters()) == 2 && len(r.lanes()) == 0 })
		require.Equal(r, "alpha-1-1", r.letters()[1].GetDelivery().GetDelivery().GetId())
	})
}

// A waiting delivery whose message somebody deleted is on record as removed, and the lane steps on.
func TestRemoved(t *testing.T) {
	inBubble(t, func(r *rig) {
		r.answers(func(hit) answer { return answer{status: 500} })
		seqs := r.publish("alpha", "1", 3)
		r.start()
		r.within(time.Second, "a lane", func() bool { return r.lane("alpha", "1").GetAttempts() == 1 })
		s, err := r.js.Stream(context.Background(), topology.Deliveries)
		require.NoError(r, err)
		for _, gone := range []uint64{seqs[0], seqs[2]} { // the head, and the end
			require.NoError(r, s.DeleteMsg(context.Background(), gone))
		}
		r.answers(nil)
		r.within(time.Minute, "no lane left", func() bool { return len(r.lanes()) == 0 })
		require.Equal(r, []int64{1, 2}, r.sequences("alpha", "1"))
		var removed []uint64
		for _, o := range r.outcomes("1") {
			if o.GetReason() == v1.Reason_REMOVED {
				removed = append(removed, o.GetAttempt().GetDelivery())
				require.Equal(r, "REF1", o.GetReference())
			}
		}
		require.Equal(r, []uint64{seqs[0], seqs[2]}, removed)
		require.Empty(r, r.letters())
	})
}

// Deliveries for a destination that the configuration does not have wait without an attempt, and go when it comes.
func TestUnknownDestination(t *testing.T) {
	inBubble(t, func(r *rig) {
		r.source.set(onlyAlpha)
		p := r.start()
		r.publish("beta", "1", 2)
		r.publish("alpha", "1", 1)
		r.within(time.Second, "alpha", func() bool { return len(r.of("alpha", "1")) == 1 })
		time.Sleep(10 * time.Minute)
		require.EqualValues(r, 2, r.lane("beta", "1").GetNewest()-r.lane("beta", "1").GetOldest()+1)
		require.Zero(r, r.lane("beta", "1").GetAttempts())
		p.stop()
		r.start()
		time.Sleep(10 * time.Minute)
		require.Empty(r, r.of("beta", "1"))
		r.source.set(twoDestinations)
		r.within(10*time.Second, "beta", func() bool { return len(r.of("beta", "1")) == 2 })
		require.Equal(r, 1, r.of("beta", "1")[0].attempt)
	})
}

// Retry-After holds the whole destination, and costs no attempt.
func TestRetryAfter(t *testing.T) {
	inBubble(t, func(r *rig) {
		until := time.Now().Add(10 * time.Minute)
		r.answers(func(h hit) answer {
			if h.destination == "alpha" && time.Now().Before(until) {
				return answer{status: 503, header: map[string]string{"Retry-After": "600"}}
			}
			return answer{}
		})
		r.start()
		r.publish("alpha", "0", 1)
		r.within(5*time.Second, "the first answer", func() bool { return r.lane("alpha", "0") != nil })
		for i := range 20 {
			r.publish("alpha", fmt.Sprint(i), 1)
		}
		r.publish("beta", "1", 1)
		r.within(time.Second, "beta", func() bool { return len(r.of("beta", "1")) == 1 })
		r.within(11*time.Minute, "alpha", func() bool { return len(r.lanes()) == 0 })
		for i := range 20 {
			for n, h := range r.of("alpha", fmt.Sprint(i)) {
				require.True(r, i == 0 && n == 0 || !h.at.Before(until), "nothing is sent meanwhile")
				require.Equal(r, 1, h.attempt)
			}
		}
	})
}

// A graceful stop lets attempts under way finish and records them; what the drain time-out cuts off leaves no trace and is made again.
func TestDrain(t *testing.T) {
	for _, c := range []struct {
		name  string
		takes time.Duration
		again int
	}{{"in time", 5 * time.Second, 0}, {"too late", 14 * time.Second, 1}} {
		t.Run(c.name, func(t *testing.T) {
			inBubble(t, func(r *rig) {
				r.answers(func(hit) answer { time.Sleep(c.takes); return answer{} })
				p := r.start(func(cfg *Config) { cfg.DrainTimeout = 10 * time.Second })
				r.publish("alpha", "1", 2)
				r.within(time.Second, "an attempt", func() bool { return len(r.of("alpha", "1")) == 1 })
				began := time.Now()
				p.stop()
				require.NoError(r, p.err)
				require.LessOrEqual(r, time.Since(began), 10*time.Second)
				require.Empty(r, r.cursor("alpha").GetOwner(), "released")
				require.Len(r, r.outcomes("1"), 1-c.again)
				r.answers(nil)
				r.start()
				r.within(time.Minute, "the rest", func() bool { return len(r.outcomes("1")) == 2 })
				require.Len(r, r.of("alpha", "1"), 2+c.again)
				for _, h := range r.of("alpha", "1") {
					require.Equal(r, 1, h.attempt)
				}
			})
		})
	}
}

// A delivery that cannot be decoded is a dead letter with its bytes, and stops nobody.
func TestUndecodable(t *testing.T) {
	inBubble(t, func(r *rig) {
		m := &nats.Msg{Subject: topology.DeliverySubject(topology.Partition(parts, "alpha"), "alpha", "shop", "1"), Data: []byte("\xff\xff")}
		require.NoError(r, r.pub.One(context.Background(), m).Err)
		r.publish("alpha", "1", 1)
		r.start()
		r.within(time.Minute, "the next", func() bool { return len(r.of("alpha", "1")) == 1 && len(r.lanes()) == 0 })
		require.Equal(r, v1.Reason_MALFORMED, r.letters()[0].GetReason())
		require.Equal(r, m.Data, r.letters()[0].GetEntry().GetData())
	})
}
