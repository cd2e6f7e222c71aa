package demo

import (
	"context"
	"fmt"
	"sync/atomic"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"google.golang.org/protobuf/proto"

	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/internal/jet"
	"github.com/orderwire/orderwire/services/internal/topology"
)

// follower hands over each attempt once, as it is put on record.
type follower struct {
	shown atomic.Int64
	more  chan struct{} // has room for one
}

func newFollower() *follower { return &follower{more: make(chan struct{}, 1)} }

// run follows until ctx ends.
func (f *follower) run(ctx context.Context, nc *nats.Conn, js jetstream.JetStream, show func(*orderwirev1.Outcome)) error {
	seen := map[string]bool{}
	return jet.Read(ctx, nc, js, jet.ReadConfig{Stream: topology.Outcomes, Filters: []string{">"}}, func(s *jet.Stored) error {
		o := &orderwirev1.Outcome{}
		if err := proto.Unmarshal(s.Data, o); err != nil {
			return fmt.Errorf("read outcome %d: %w", s.Seq, err)
		}
		if o.GetAttempt() == nil || seen[o.GetId()] {
			return nil
		}
		seen[o.GetId()] = true
		show(o)
		f.shown.Add(1)
		select {
		case f.more <- struct{}{}:
		default:
		}
		return nil
	})
}

// until waits until that many were shown, or ctx ends.
func (f *follower) until(ctx context.Context, n int) {
	for f.shown.Load() < int64(n) {
		select {
		case <-f.more:
		case <-ctx.Done():
			return
		}
	}
}
