package worker

import (
	"context"
	"log/slog"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/dispatcher/attempt"
	"github.com/orderwire/orderwire/services/internal/clock"
	"github.com/orderwire/orderwire/services/internal/config"
	"github.com/orderwire/orderwire/services/internal/jet"
	"github.com/orderwire/orderwire/services/internal/partition"
)

// Sender makes attempts (attempt.Client).
type Sender interface {
	Do(ctx context.Context, r attempt.Request) attempt.Result
}

// Records stores outcomes and returns when all are durable, or ctx has ended (record.Writer).
type Records interface {
	Store(ctx context.Context, outcomes []*orderwirev1.Outcome) error
}

// Config is what the workers of a process share.
type Config struct {
	NC        *nats.Conn
	JS        jetstream.JetStream
	Publisher *jet.Publisher
	Store     partition.Store
	Records   Records
	Sender    Sender
	// Owner is the process: see partition.NewOwner.
	Owner string
	// Partitions is the pipeline's count.
	Partitions int
	// Configuration is the one in force.
	Configuration func() *config.Config
	// Expire is the age at which a delivery dies undelivered; 0 means never.
	Expire time.Duration
	Slots  *Slots
	// Clock is the time that everything here goes by.
	Clock *clock.Clock
	Fill  *Fill
	// DrainTimeout bounds how long the end takes.
	DrainTimeout time.Duration
	Logger       *slog.Logger
	Metrics      *Metrics
	// Observe is called after each attempt; nil for nobody. It must not block.
	Observe func(Attempt)
}
