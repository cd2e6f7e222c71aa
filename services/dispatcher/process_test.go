package dispatcher

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"github.com/orderwire/orderwire/services/dispatcher/worker"
	"github.com/orderwire/orderwire/services/internal/partition"
	"github.com/orderwire/orderwire/services/internal/topology"
)

// hands is an assigner that a test gives and takes partitions with.
type hands struct {
	begin chan int
	mu    sync.Mutex
	end   map[int]context.CancelFunc
	ended chan int
}

func newHands() *hands {
	return &hands{begin: make(chan int), end: map[int]context.CancelFunc{}, ended: make(chan int, 16)}
}

func (h *hands) Run(ctx context.Context, work func(context.Context, int) error) error {
	var all sync.WaitGroup
	defer all.Wait()
	for {
		select {
		case <-ctx.Done():
			return nil
		case p := <-h.begin:
			inner, cancel := context.WithCancel(ctx)
			h.mu.Lock()
			h.end[p] = cancel
			h.mu.Unlock()
			all.Go(func() {
				defer cancel()
				_ = work(inner, p)
				h.ended <- p
			})
		}
	}
}

func (h *hands) Status() []partition.Status { return nil }

func (h *hands) take(p int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.end[p]()
}

// elsewhere is a destination in another partition than alpha's; beta is in the same.
const elsewhere = "gamma"

// A partition comes and goes at any time, and the others of the process go on.
func TestPartitionsComeAndGo(t *testing.T) {
	alpha, other := topology.Partition(parts, "alpha"), topology.Partition(parts, elsewhere)
	require.NotEqual(t, alpha, other)
	inBubble(t, func(r *rig) {
		r.source.set(strings.ReplaceAll(twoDestinations, "beta", elsewhere))
		h := newHands()
		r.start(func(c *Config) { c.Assigner = h })
		published := 0
		both := func(delivered ...string) {
			published++
			for _, d := range []string{"alpha", elsewhere} {
				r.publish(d, "1", 1)
			}
			for _, d := range delivered {
				r.within(5*time.Second, d, func() bool { return len(r.of(d, "1")) == published })
			}
		}
		h.begin <- alpha
		both("alpha")
		both("alpha")
		h.begin <- other
		both("alpha", elsewhere)
		h.take(alpha)
		require.Equal(r, alpha, <-h.ended)
		both(elsewhere)
		both(elsewhere)
		require.Len(r, r.of("alpha", "1"), 3)
		h.begin <- alpha
		both("alpha", elsewhere)
		r.checkOrder()
	})
}

// The bound on attempts holds for the process, and a slot that is given back goes to whoever waits for one.
func TestMaxAttempts(t *testing.T) {
	inBubble(t, func(r *rig) {
		var mu sync.Mutex
		now, most := 0, 0
		r.answers(func(hit) answer {
			mu.Lock()
			now++
			most = max(most, now)
			mu.Unlock()
			time.Sleep(100 * time.Millisecond)
			mu.Lock()
			now--
			mu.Unlock()
			return answer{}
		})
		for i := range 10 {
			r.publish("alpha", fmt.Sprint(i), 1)
			r.publish("beta", fmt.Sprint(i), 1)
		}
		r.start(func(c *Config) { c.MaxAttempts = 3 })
		r.within(5*time.Second, "all", func() bool { return len(r.to("alpha"))+len(r.to("beta")) == 20 })
		mu.Lock()
		defer mu.Unlock()
		require.Equal(r, 3, most)
	})
}

func TestReadyAndMetrics(t *testing.T) {
	inBubble(t, func(r *rig) {
		r.answers(func(h hit) answer {
			if h.order == "bad" {
				return answer{status: 500}
			}
			return answer{}
		})
		r.source.set(onlyAlpha)
		registry := prometheus.NewPedanticRegistry()
		var seen []worker.Attempt
		var mu sync.Mutex
		p := r.start(func(c *Config) {
			c.Registerer = registry
			c.Observe = func(a worker.Attempt) {
				mu.Lock()
				defer mu.Unlock()
				seen = append(seen, a)
			}
		})
		require.ErrorContains(r, p.Ready(r.Context()), "2 of 2 partitions are missing: partition 0 is not loaded yet")
		r.within(time.Second, "ready", func() bool { return p.Ready(r.Context()) == nil })
		r.publish("alpha", "good", 1)
		r.publish("alpha", "bad", 1)
		r.publish("beta", "1", 1)
		r.within(5*time.Second, "outcomes", func() bool { return len(r.lanes()) == 2 && len(r.outcomes("good")) == 1 })
		require.NoError(r, testutil.GatherAndCompare(registry, strings.NewReader(`
# HELP orderwire_dispatcher_attempts_total Attempts by destination and class.
# TYPE orderwire_dispatcher_attempts_total counter
orderwire_dispatcher_attempts_total{class="delivered",destination="alpha"} 1
orderwire_dispatcher_attempts_total{class="transient",destination="alpha"} 1
# HELP orderwire_dispatcher_waiting_orders Orders with deliveries that wait, by destination; _unknown: not in the configuration.
# TYPE orderwire_dispatcher_waiting_orders gauge
orderwire_dispatcher_waiting_orders{destination="_unknown"} 1
orderwire_dispatcher_waiting_orders{destination="alpha"} 1
# HELP orderwire_dispatcher_unknown_destinations Destinations with waiting deliveries that the configuration does not have.
# TYPE orderwire_dispatcher_unknown_destinations gauge
orderwire_dispatcher_unknown_destinations 1
`), "orderwire_dispatcher_attempts_total", "orderwire_dispatcher_waiting_orders", "orderwire_dispatcher_unknown_destinations"))
		mu.Lock()
		defer mu.Unlock()
		require.Len(r, seen, 2)
	})
}

func TestConfigIsChecked(t *testing.T) {
	_, err := New(Config{MaxAttempts: -1})
	for _, want := range []string{"a NATS connection", "a configuration", "an assigner", "negative"} {
		require.ErrorContains(t, err, want)
	}
}
