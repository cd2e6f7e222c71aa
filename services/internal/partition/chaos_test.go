package partition_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"pgregory.net/rapid"

	"github.com/orderwire/orderwire/services/internal/partition"
)

// life is one owner: a process from its start to its death.
type life struct {
	start, length time.Duration
	pauses        []time.Duration // taken between its steps: a process that is stopped, and goes on as if nothing had been
	faults        []fault
	release       bool
	seed          uint64
}

// Several owners work on one partition at once, over a network that loses, doubles and delays, with pauses and sudden deaths, on a real server in virtual
// time. Each believes that the partition is its own. What was really stored is then audited: see audit.
func TestOwnersUnderFaults(t *testing.T) {
	spans := func(most time.Duration) *rapid.Generator[time.Duration] {
		return rapid.Custom(func(t *rapid.T) time.Duration {
			return time.Duration(rapid.IntRange(0, int(most/time.Millisecond)).Draw(t, "ms")) * time.Millisecond
		})
	}
	faults := rapid.Custom(func(t *rapid.T) fault {
		return fault{kind: rapid.SampledFrom(kinds).Draw(t, "kind"), delay: spans(10*time.Second).Draw(t, "delay")}
	})
	lives := rapid.Custom(func(t *rapid.T) life {
		return life{
			start: spans(20*time.Second).Draw(t, "start"), length: spans(30*time.Second).Draw(t, "length"),
			pauses: rapid.SliceOfN(spans(15*time.Second), 0, 4).Draw(t, "pauses"), faults: rapid.SliceOfN(faults, 0, 30).Draw(t, "faults"),
			release: rapid.Bool().Draw(t, "release"), seed: rapid.Uint64().Draw(t, "seed"),
		}
	})
	rapid.Check(t, func(rt *rapid.T) {
		all := rapid.SliceOfN(lives, 1, 5).Draw(rt, "lives")
		entries := rapid.IntRange(1, 40).Draw(rt, "entries")
		var found error
		virtual(t, func(_ *testing.T, l *pipeline) {
			a := watch(l)
			a.log = l.deliver(entries)
			for _, seq := range a.log {
				a.times[seq] = l.at(seq).LowAt
			}
			var wg sync.WaitGroup
			for i, life := range all {
				o := &owner{life: life, id: "owner" + strconv.Itoa(i), l: l, audit: a, rand: rand.New(rand.NewPCG(life.seed, 0))}
				wg.Go(func() { o.live() })
			}
			wg.Wait()
			(&owner{life: life{length: time.Hour, release: true}, id: "last", l: l, audit: a, rand: rand.New(rand.NewPCG(1, 0))}).live()
			found = a.verdict()
		})
		if found != nil {
			rt.Fatal(found)
		}
	})
}

// owner works on the partition as a service does: it settles an entry by doing it or by a record, and commits.
type owner struct {
	life
	id    string
	l     *pipeline
	audit *audit
	rand  *rand.Rand
}

func (o *owner) live() {
	elapse(o.start)
	ctx, cancel := context.WithTimeout(o.l.t.Context(), o.length)
	defer cancel()
	cfg := o.l.config(partition.Dispatcher, o.id)
	store := newFaulty(o.l.store, o.faults...)
	defer store.late.Wait()
	cfg.Store = store
	chain, err := partition.Claim(ctx, cfg)
	if err != nil {
		o.ended(ctx, err, 0)
		return
	}
	o.audit.claimed(o.id, chain.Sequence())
	claimed := chain.Claimed()
	w := partition.NewWindow(claimed)
	var open []uint64
	for next := 0; ; {
		for n := o.rand.IntN(8); n >= 0 && next < len(o.audit.log); next++ {
			if seq := o.audit.log[next]; seq > claimed.GetLow() {
				n--
				fresh := w.Add(seq, o.audit.times[seq])
				if fresh == covered(claimed.GetLow(), claimed.GetDone(), seq) {
					o.audit.fail(fmt.Errorf("%s: entry %d is offered: %v, and covered by the claim: %v", o.id, seq, fresh, !fresh))
				}
				if fresh {
					open = append(open, seq)
				}
			}
		}
		var records []*nats.Msg
		for n := o.rand.IntN(6); n > 0 && len(open) > 0; n-- {
			i := o.rand.IntN(len(open))
			seq := open[i]
			open = append(open[:i:i], open[i+1:]...)
			w.Settle(seq)
			parked := o.rand.IntN(3) == 0
			if parked {
				records = append(records, lane(strconv.FormatUint(seq, 10), o.id))
			}
			o.audit.settled(o.id, seq, parked)
		}
		if len(o.pauses) > 0 && o.rand.IntN(3) == 0 {
			elapse(o.pauses[0])
			o.pauses = o.pauses[1:]
		}
		if ctx.Err() != nil {
			return
		}
		commit, end := chain.Commit, next == len(o.audit.log) && len(open) == 0
		if end && o.release {
			commit = chain.Release
		}
		if err := commit(ctx, w.Position(), records); err != nil {
			o.ended(ctx, err, chain.Sequence())
			return
		}
		o.audit.acknowledged(o.id, chain.Sequence())
		if end {
			return
		}
		elapse(time.Duration(o.rand.IntN(500)) * time.Millisecond)
	}
}

// ended judges why a life ended: by being fenced, or by its own death.
func (o *owner) ended(ctx context.Context, err error, after uint64) {
	switch {
	case errors.Is(err, partition.ErrFenced):
		o.audit.fenced(o.id, after)
	case ctx.Err() == nil:
		o.audit.fail(fmt.Errorf("%s: %w", o.id, err))
	}
}
