package partition_test

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/orderwire/orderwire/services/internal/jet"
	"github.com/orderwire/orderwire/services/internal/partition"
)

// fault is what happens to one request of a store.
type fault struct {
	kind  string
	delay time.Duration
}

// The kinds of faults.
const (
	ok           = "ok"
	lostRequest  = "lost request"  // it never arrives
	lostReply    = "lost reply"    // it is carried out, and nobody hears of it
	doubled      = "doubled"       // it arrives twice, and the second answer counts
	late         = "late"          // nobody hears of it, and it arrives after a delay
	lateAndTwice = "late, doubled" // it is carried out, nobody hears of it, and it arrives once more after a delay
	slow         = "slow"          // the answer takes a while
	oldRead      = "old read"      // a commit is lost, and a leader that was deposed answers reads: with what was there before
	failedRead   = "failed read"   // a commit is lost, and reads fail
)

var kinds = []string{ok, lostRequest, lostReply, doubled, late, lateAndTwice, slow, oldRead, failedRead}

// faulty is a real store behind a bad network: each request meets the next fault of a list, and none when it is used up.
type faulty struct {
	partition.Store
	mu     sync.Mutex
	faults []fault
	seen   map[string][]*jet.Stored // what reads have shown
	late   sync.WaitGroup
}

func newFaulty(s partition.Store, faults ...fault) *faulty {
	return &faulty{Store: s, faults: faults, seen: map[string][]*jet.Stored{}}
}

func (f *faulty) next() fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.faults) == 0 {
		return fault{kind: ok}
	}
	next := f.faults[0]
	f.faults = f.faults[1:]
	return next
}

func (f *faulty) Commit(ctx context.Context, msgs []*nats.Msg) (uint64, error) {
	next := f.next()
	switch next.kind {
	case lostRequest, oldRead, failedRead:
		return 0, jet.ErrNoAck
	case lostReply:
		_, _ = f.Store.Commit(ctx, msgs)
		return 0, jet.ErrNoAck
	case doubled:
		_, _ = f.Store.Commit(ctx, msgs)
	case late, lateAndTwice:
		if next.kind == lateAndTwice {
			_, _ = f.Store.Commit(ctx, msgs)
		}
		f.late.Go(func() {
			elapse(next.delay)
			_, _ = f.Store.Commit(context.WithoutCancel(ctx), clone(msgs))
		})
		return 0, jet.ErrNoAck
	case slow:
		seq, err := f.Store.Commit(ctx, msgs)
		elapse(next.delay)
		return seq, err
	}
	return f.Store.Commit(ctx, msgs)
}

func (f *faulty) Last(ctx context.Context, subject string) (*jet.Stored, error) {
	next := f.next()
	switch next.kind {
	case lostRequest, lostReply, late, failedRead:
		return nil, errors.New("read: time-out")
	case slow:
		elapse(next.delay)
	}
	m, err := f.Store.Last(ctx, subject)
	f.mu.Lock()
	defer f.mu.Unlock()
	if err == nil {
		f.seen[subject] = append(f.seen[subject], m)
	}
	if next.kind == oldRead && len(f.seen[subject]) > 0 {
		return f.seen[subject][int(next.delay)%len(f.seen[subject])], nil
	}
	return m, err
}

// clone copies messages: the publisher writes their Reply.
func clone(msgs []*nats.Msg) []*nats.Msg {
	out := make([]*nats.Msg, len(msgs))
	for i, m := range msgs {
		out[i] = &nats.Msg{Subject: m.Subject, Header: m.Header, Data: m.Data}
	}
	return out
}
