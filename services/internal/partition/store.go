package partition

import (
	"context"

	"github.com/nats-io/nats.go"

	"github.com/orderwire/orderwire/services/internal/jet"
	"github.com/orderwire/orderwire/services/internal/topology"
)

// Store keeps cursors and records. It is the seam at which tests lose requests and replies.
type Store interface {
	// Commit stores the messages, all or none, and returns the sequence of the last. An error means that the outcome is unknown. It must not change
	// the messages: they may be given to it again.
	Commit(ctx context.Context, msgs []*nats.Msg) (uint64, error)
	// Last reads the last message of a subject, which may hold wildcards, from the leader; nil when there is none.
	Last(ctx context.Context, subject string) (*jet.Stored, error)
}

// NewStore is the store that is STATE.
func NewStore(nc *nats.Conn, pub *jet.Publisher) Store { return &stateStore{nc: nc, pub: pub} }

type stateStore struct {
	nc  *nats.Conn
	pub *jet.Publisher
}

func (s *stateStore) Commit(ctx context.Context, msgs []*nats.Msg) (uint64, error) {
	return s.pub.Batch(ctx, msgs)
}

func (s *stateStore) Last(ctx context.Context, subject string) (*jet.Stored, error) {
	return jet.LastFromLeader(ctx, s.nc, topology.State, subject)
}
