// Package kill proves that `orderwire up` may be killed (SIGKILL) at any moment: nothing is lost, order holds, and the mapper writes each delivery once.
//
// The length of the proof is set by flags: go test ./kill -args -events 5000 -kills 20 -seed 7.
package kill

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"github.com/orderwire/orderwire/services/e2e/stack"
	"github.com/orderwire/orderwire/services/orderwire/audit"
	"github.com/orderwire/orderwire/services/orderwire/receiver"
)

var (
	events = flag.Int("events", 800, "events to publish, about")
	kills  = flag.Int("kills", 4, "SIGKILLs at random moments while they are published")
	seed   = flag.Uint64("seed", 0, "of the moments and of the receiver's faults; 0: a new one")
)

func TestMain(m *testing.M) { stack.Main(m) }

// impatient is a retry list for a test that has seconds.
const impatient = "retry: {after: [50ms, 100ms, 200ms, 400ms, 800ms], attempts: 60}"

// names of the lives that are published. Together they get mapped, unmapped, unchanged, missing and stale.
var names = []string{"whole-life", "cancelled", "same-status-twice", "late-tracking", "late-transaction", "sent-twice"}

func run(t *testing.T, faults receiver.Faults, during func(r *stack.Receiver)) {
	if *seed == 0 {
		*seed = rand.Uint64()
	}
	rng := rand.New(rand.NewPCG(*seed, 1))
	faults.Seed = *seed
	t.Logf("seed %d", *seed)
	r := stack.NewReceiver(t, faults)
	u := stack.NewUp(t, "destinations:\n"+stack.Destination("openapp", r.URL, impatient)+"routes:\n"+stack.Route("*", "openapp"))
	u.Start()
	orders := stack.Orders(t, "acme", 1, *events*10/34, names...)
	pace := 250.0
	took := time.Duration(float64(*events) / pace * float64(time.Second))
	ctx, cancel := context.WithTimeout(t.Context(), took*4+2*time.Minute)
	defer cancel()
	published := make(chan int, 1)
	go func() {
		published <- stack.Publish(ctx, t, func() *nats.Conn { nc, _ := u.Connect(); return nc }, orders, pace)
	}()
	nc, js := u.Connect()
	var n int
	for k := 0; ; k++ {
		moment := time.After(time.Duration(rng.Int64N(int64(2 * took / time.Duration(*kills+1)))))
		if k == *kills {
			moment = nil
		}
		select {
		case <-moment:
			u.Kill()
			u.Start()
			continue
		case n = <-published:
		}
		for ; k < *kills; k++ { // those that were to come later hit the rest of the work
			u.Kill()
			u.Start()
			<-time.After(time.Duration(rng.Int64N(int64(500 * time.Millisecond))))
		}
		break
	}
	during(r)
	report := stack.Settled(t, nc, js, 3*time.Minute, r)
	check(t, n, report)
	t.Logf("RESULT %s", result(report, n))
	require.NoError(t, u.Stop(), "a graceful end")
}

func check(t *testing.T, published int, r *audit.Report) {
	require.Empty(t, r.Problems)
	require.True(t, r.OK())
	require.GreaterOrEqual(t, r.Events, published, "an event whose acknowledgement was lost is stored twice")
	require.Equal(t, r.Events, r.Decided(), "one decision per entry")
	require.Equal(t, r.Deliveries, r.Decisions["mapped"], "one delivery per mapped event")
	require.Equal(t, r.Deliveries, r.Delivered)
	require.Zero(t, r.Lost)
	require.Zero(t, r.OrderViolations)
	require.Zero(t, r.BadSignatures)
	require.Zero(t, r.Dead)
	require.Zero(t, r.Waiting)
	require.Positive(t, r.Decisions["unchanged"])
	require.Positive(t, r.Decisions["stale"])
	require.Positive(t, r.Decisions["missing"])
}

func result(r *audit.Report, published int) string {
	return fmt.Sprintf(`{"published":%d,"events":%d,"deliveries":%d,"attempts":%d,"kills":%d,"lost":%d,"order_violations":%d,"duplicates":%d,"seed":%d}`,
		published, r.Events, r.Deliveries, r.Attempts, *kills, r.Lost, r.OrderViolations, r.Duplicates, *seed)
}

func TestKilledWhileTheReceiverFails(t *testing.T) {
	run(t, receiver.Faults{Ratio: 0.2, SlowFor: receiver.Duration(300 * time.Millisecond)}, func(*stack.Receiver) {})
}

func TestKilledWhileTheReceiverIsDown(t *testing.T) {
	run(t, receiver.Faults{Down: true}, func(r *stack.Receiver) {
		require.Zero(t, r.Stats().Accepted)
		require.NoError(t, r.SetFaults(receiver.Faults{}))
	})
}
