package mapper

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"github.com/orderwire/orderwire/services/internal/jet"
	"github.com/orderwire/orderwire/services/internal/natsd/natstest"
	"github.com/orderwire/orderwire/services/internal/partition"
	"github.com/orderwire/orderwire/services/internal/topology"
)

// moving is an assigner whose partitions a test moves.
type moving struct {
	mu   sync.Mutex
	ctx  context.Context
	work func(ctx context.Context, p int) error
	wg   sync.WaitGroup
	give map[int]context.CancelFunc
	errs chan error
	up   chan struct{}
}

func newMoving() *moving {
	return &moving{give: map[int]context.CancelFunc{}, errs: make(chan error, 100), up: make(chan struct{})}
}

func (a *moving) Run(ctx context.Context, work func(ctx context.Context, p int) error) error {
	a.ctx, a.work = ctx, work
	close(a.up)
	<-ctx.Done()
	a.wg.Wait()
	return nil
}

func (a *moving) Status() []partition.Status { return nil }

func (a *moving) add(partitions ...int) {
	<-a.up
	for _, p := range partitions {
		ctx, cancel := context.WithCancel(a.ctx)
		a.mu.Lock()
		a.give[p] = cancel
		a.mu.Unlock()
		a.wg.Go(func() { a.errs <- a.work(ctx, p) })
	}
}

// take takes partitions away and waits until they are released.
func (a *moving) take(t testing.TB, partitions ...int) {
	t.Helper()
	for _, p := range partitions {
		a.give[p]()
		require.NoError(t, <-a.errs)
	}
}

// Partitions move between two processes while events flow: nothing is lost, nothing doubled, and the order of each order's events is kept.
func TestPartitionsMoveBetweenProcesses(t *testing.T) {
	bubble(t, small(4), func(r *rig) {
		s := &shop{rig: r}
		one, two := newMoving(), newMoving()
		first := r.start(Config{Configuration: fixed(t, twoTargets), Assigner: one}, nil)
		second := r.start(Config{Configuration: fixed(t, twoTargets), Assigner: two}, nil)
		var causes []uint64
		statuses := []string{"P", "R"}
		round := 0
		flow := func() {
			for order := range uint64(20) {
				causes = append(causes, s.send(itoa(order), statuses[round%2], nil))
			}
			r.publish("orders.acme.*", nil, []byte("literal"))
			round++
			time.Sleep(20 * time.Millisecond)
		}
		one.add(0, 1, 2, 3)
		flow()
		one.take(t, 0, 2)
		flow()
		two.add(0, 2)
		flow()
		one.take(t, 1, 3)
		two.add(1, 3)
		flow()
		two.take(t, 0)
		one.add(0)
		flow()
		r.settled()
		first.end(t)
		second.end(t)
		require.ElementsMatch(t, causes, r.causes())
		require.Len(t, r.letters(), 5)
		last := map[string]uint64{}
		all, subjects := r.deliveries()
		for i, d := range all {
			require.Greater(t, d.GetCause(), last[subjects[i]])
			last[subjects[i]] = d.GetCause()
		}
		for p := range 4 {
			require.Empty(t, r.cursor(p).GetOwner(), "released")
		}
	})
}

// A process reads its own partitions only, and what has none belongs to partition 0.
func TestTwoProcessesShareThePartitions(t *testing.T) {
	bubble(t, small(4), func(r *rig) {
		s := &shop{rig: r}
		even := r.start(Config{Configuration: fixed(t, twoTargets), Assigner: partition.NewStatic([]int{0, 2}, nil)}, nil)
		odd := r.start(Config{Configuration: fixed(t, twoTargets), Assigner: partition.NewStatic([]int{1, 3}, nil)}, nil)
		var causes []uint64
		for order := range uint64(20) {
			causes = append(causes, s.send(itoa(order), "P", nil))
		}
		literal := r.publish("orders.acme.>", nil, nil)
		r.settled()
		require.NoError(t, even.Ready(r.Context()))
		require.NoError(t, odd.Ready(r.Context()))
		odd.end(t)
		even.end(t)
		require.ElementsMatch(t, causes, r.causes())
		require.Equal(t, []string{"malformed"}, r.decided("", literal))
		require.ErrorContains(t, even.Ready(r.Context()), "partition 0 is not read yet")
	})
}

// Another process claims: the first stops at once, with an error that says so, and writes nothing more.
func TestSupersededOwnerStops(t *testing.T) {
	bubble(t, small(2), func(r *rig) {
		s := &shop{rig: r}
		first := r.start(Config{Configuration: fixed(t, twoTargets)}, nil)
		s.send("1", "P", nil)
		r.settled()
		second := r.start(Config{Configuration: fixed(t, twoTargets)}, nil)
		time.Sleep(time.Second)
		for order := range uint64(10) {
			s.send(itoa(order), "R", nil)
		}
		<-first.done
		require.ErrorIs(t, first.err, partition.ErrFenced)
		r.settled()
		second.end(t)
		require.Len(t, r.causes(), 11)
	})
}

// The log that a partition was read from is re-created under its owner: it stops, since positions and causes mean nothing any more.
func TestStreamRecreatedUnderItsOwner(t *testing.T) {
	bubble(t, small(1), func(r *rig) {
		s := &shop{rig: r}
		run := r.start(Config{Configuration: fixed(t, twoTargets)}, nil)
		s.send("1", "P", nil)
		r.settled()
		require.NoError(t, r.js.DeleteStream(r.Context(), topology.Orders))
		natstest.Streams(r, r.js, small(1))
		time.Sleep(3 * checkEvery)
		var stopped *partition.StoppedError
		require.ErrorAs(t, run.cfg.Assigner.Status()[0].Err, &stopped)
		require.ErrorContains(t, run.Ready(r.Context()), "orderwire recover")
		require.Zero(t, run.settled.Load(), "of this stream")
		run.end(t)
	})
}

// held lets a test stop a process in the midst of its writes, as a pause of the whole machine does.
type held struct {
	deliveries
	partition.Store
	mu      sync.Mutex
	pass    int // deliveries that pass
	commits int // cursors that pass
	resume  chan struct{}
}

func (h *held) Publish(ctx context.Context, msgs []*nats.Msg) []jet.Ack {
	h.hold(ctx, &h.pass)
	return h.deliveries.Publish(ctx, msgs)
}

func (h *held) Commit(ctx context.Context, msgs []*nats.Msg) (uint64, error) {
	h.hold(ctx, &h.commits)
	return h.Store.Commit(ctx, msgs)
}

func (h *held) hold(ctx context.Context, left *int) {
	h.mu.Lock()
	*left--
	wait := *left < 0
	h.mu.Unlock()
	if wait {
		select {
		case <-h.resume:
		case <-ctx.Done():
		}
	}
}

type heldDeliveries struct{ *held }

func (h heldDeliveries) Last(ctx context.Context, subject string) (*jet.Stored, error) {
	return h.deliveries.Last(ctx, subject)
}

type heldState struct{ *held }

func (h heldState) Last(ctx context.Context, subject string) (*jet.Stored, error) {
	return h.Store.Last(ctx, subject)
}

// An owner with an older configuration is paused just before it writes its second delivery of an order. Its successor finds the first, for which the second
// entry's request says nothing new by its own configuration, and must not rely on that: the late delivery would be the last, and nobody would notice.
func TestLateDeliveryOfAFormerOwner(t *testing.T) {
	bubble(t, small(1), func(r *rig) {
		s := &shop{rig: r}
		h := &held{pass: 1, commits: 3, resume: make(chan struct{})} // the dispatcher's cursors, our claim, the shop's pin; then no position
		old := strings.Replace(twoTargets, "Q: ORDERED", "Q: SHIPPED", 1)
		paused := r.start(Config{Configuration: fixed(t, old)}, func(w wiring) wiring {
			h.deliveries, h.Store = w.deliveries, w.state
			w.deliveries, w.state = heldDeliveries{h}, heldState{h}
			return w
		})
		causes := []uint64{s.send("7", "P", nil)}
		time.Sleep(time.Second)
		require.Equal(t, causes, r.causes())
		causes = append(causes, s.send("7", "Q", nil))
		time.Sleep(time.Second)
		require.Zero(t, r.cursor(0).GetLow())

		successor := r.start(Config{Configuration: fixed(t, twoTargets)}, nil)
		r.settled()
		close(h.resume)
		<-paused.done
		require.ErrorIs(t, paused.err, partition.ErrFenced)
		causes = append(causes, s.send("7", "P", nil), s.send("7", "R", nil))
		r.settled()
		successor.end(t)
		var targets []string
		all, _ := r.deliveries()
		for _, d := range all {
			targets = append(targets, d.GetTarget())
		}
		require.Equal(t, []string{"ORDERED", "ORDERED", "SHIPPED"}, targets)
		require.Equal(t, []string{"mapped", "mapped", "unchanged", "mapped"}, r.decided("a", causes...))
	})
}
