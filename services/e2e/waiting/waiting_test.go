// Package waiting proves that orders which wait behind a dead destination keep their attempt counts over a restart, and do not hold up another destination.
//
// It prints the other destination's latency without, with, and again without the waiting orders: figures to be read, since a busy machine makes any
// bound on them fail. With the default flags all that wait are tried again every ten seconds while it is measured, which is the hardest case, and not how they
// wait by default. The size is set by flags: go test ./waiting -args -orders 10000 -samples 1000 -retry "5s, 30s, 2m" -tried 3.
package waiting

import (
	"context"
	"flag"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/e2e/stack"
	"github.com/orderwire/orderwire/services/internal/jet"
	"github.com/orderwire/orderwire/services/internal/topology"
	"github.com/orderwire/orderwire/services/orderwire/receiver"
)

var (
	orders  = flag.Int("orders", 1000, "orders that wait")
	retries = flag.String("retry", "10s", "the dead destination's retry list")
	tried   = flag.Uint("tried", 1, "how often each order was tried when the healthy destination is measured beside them")
	samples = flag.Int("samples", 200, "deliveries to the healthy destination in each measurement, at 100 per second")
)

func TestMain(m *testing.M) { stack.Main(m) }

func TestOrdersThatWait(t *testing.T) {
	dead := stack.FreeAddress(t)
	healthy := stack.NewReceiver(t, receiver.Faults{})
	deadName, healthyName := neighbours()
	u := stack.NewUp(t, "destinations:\n"+
		stack.Destination(deadName, "http://"+dead+receiver.DefaultBase, "retry: {after: ["+*retries+"], attempts: 200}")+
		stack.Destination(healthyName, healthy.URL, "")+
		"routes:\n"+stack.Route("waits", deadName)+stack.Route("flows", healthyName))
	u.Start()
	nc, js := u.Connect()
	connect := func() *nats.Conn { nc, _ := u.Connect(); return nc }
	first := 1
	sample := func() time.Duration {
		before := len(healthy.Accepted())
		some := stack.Orders(t, "flows", first, *samples, "created-paid")
		first += *samples
		stack.Publish(t.Context(), t, connect, some, 100)
		require.Eventually(t, func() bool { return len(healthy.Accepted()) == before+*samples }, time.Minute, 10*time.Millisecond)
		return p99(t, nc, js, healthy, before)
	}

	began := time.Now()
	phase := func(name string) {
		t.Logf("%6.1f s  %s", time.Since(began).Seconds(), name)
		began = time.Now()
	}
	sample() // warm
	a1 := sample()
	phase("without")
	stack.Publish(t.Context(), t, connect, stack.Orders(t, "waits", 1, *orders, "whole-life"), 0)
	phase("published")
	lanes := func() map[string]*orderwirev1.Lane { return readLanes(t, nc, js) }
	wait := func() bool {
		all := lanes()
		for _, l := range all {
			if l.GetAttempts() < uint32(*tried) {
				return false
			}
		}
		return len(all) == *orders
	}
	require.Eventually(t, wait, 5*time.Minute, 200*time.Millisecond, "all wait, each tried once at least")
	phase("all wait")
	b := sample()
	phase("with")

	before := lanes()
	u.Kill()
	u.Start()
	require.Eventually(t, nc.IsConnected, 30*time.Second, 10*time.Millisecond)
	after := lanes()
	phase("killed and started")
	require.Len(t, after, *orders)
	for subject, l := range before {
		require.GreaterOrEqual(t, after[subject].GetAttempts(), l.GetAttempts(), subject)
		require.Equal(t, l.GetOldest(), after[subject].GetOldest(), subject)
	}
	more := func() bool { // the restarted process goes on from the counts it found
		for subject, l := range lanes() {
			if l.GetAttempts() <= before[subject].GetAttempts() {
				return false
			}
		}
		return true
	}
	require.Eventually(t, more, 5*time.Minute, 200*time.Millisecond, "each tried again")
	phase("each tried again")

	back := stack.NewReceiverAt(t, dead, receiver.Faults{})
	report := stack.Settled(t, nc, js, 10*time.Minute, healthy, back)
	require.True(t, report.OK(), report.Problems)
	require.Equal(t, report.Deliveries, report.Delivered)
	require.Len(t, back.Accepted(), *orders*4, "everything, once the destination is back")
	require.Zero(t, back.Stats().OrderViolations)
	phase("delivered")
	a2 := sample()
	phase("without again")
	t.Logf(`RESULT {"orders":%d,"samples":%d,"p99_ms":{"without":%.2f,"with":%.2f,"without_again":%.2f},"ratio":%.2f,"lost":%d,"order_violations":%d}`,
		*orders, *samples, ms(a1), ms(b), ms(a2), 2*b.Seconds()/(a1+a2).Seconds(), report.Lost, report.OrderViolations)
	require.NoError(t, u.Stop())
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// neighbours are the names of two destinations that share a partition: the hardest case.
func neighbours() (a, b string) {
	a = "dead"
	for i := 0; ; i++ {
		b = fmt.Sprintf("healthy-%d", i)
		if topology.Partition(topology.DefaultPartitions, a) == topology.Partition(topology.DefaultPartitions, b) {
			return a, b
		}
	}
}

// readLanes reads the lane records of the partition.
func readLanes(t *testing.T, nc *nats.Conn, js jetstream.JetStream) map[string]*orderwirev1.Lane {
	lanes := map[string]*orderwirev1.Lane{}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	filter := []string{topology.LaneFilter(topology.Partition(topology.DefaultPartitions, "dead"))}
	err := jet.ReadLastPerSubject(ctx, nc, js, topology.State, filter, func(s *jet.Stored) error {
		if len(s.Data) == 0 {
			delete(lanes, s.Subject)
			return nil
		}
		l := &orderwirev1.Lane{}
		lanes[s.Subject] = l
		return proto.Unmarshal(s.Data, l)
	})
	require.NoError(t, err)
	return lanes
}

// p99 of the time from the server's storing of the event to the receiver's taking of its delivery, over the deliveries taken after the first n.
func p99(t *testing.T, nc *nats.Conn, js jetstream.JetStream, r *stack.Receiver, n int) time.Duration {
	taken := map[string]time.Time{}
	for _, a := range r.Accepted()[n:] {
		taken[a.ID] = a.At
	}
	var all []time.Duration
	end := fmt.Errorf("all found")
	err := jet.Read(t.Context(), nc, js, jet.ReadConfig{Stream: topology.Deliveries, Filters: []string{"deliver.>"}}, func(s *jet.Stored) error {
		d := &orderwirev1.Delivery{}
		if err := proto.Unmarshal(s.Data, d); err != nil {
			return err
		}
		if at, ok := taken[d.GetId()]; ok {
			all = append(all, at.Sub(d.GetPublishedAt().AsTime()))
		}
		if len(all) == len(taken) {
			return end
		}
		return nil
	})
	require.ErrorIs(t, err, end)
	slices.Sort(all)
	return all[len(all)*99/100]
}
