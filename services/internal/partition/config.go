package partition

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/cenkalti/backoff/v4"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nuid"

	"github.com/orderwire/orderwire/services/internal/jet"
	"github.com/orderwire/orderwire/services/internal/topology"
)

// MaxRecords is the most records that go with one commit.
const MaxRecords = jet.BatchMax - 1

// Config says which partition of which service is meant, and who asks.
type Config struct {
	// Service is Mapper or Dispatcher.
	Service string
	// Partition is from 0.
	Partition int
	// Partitions is the pipeline's count; 0 means topology.DefaultPartitions.
	Partitions int
	// Owner is new at every start of a process: see NewOwner.
	Owner string
	// Store is where cursors and records are kept: see NewStore.
	Store Store
	// JS answers what the streams are.
	JS jetstream.JetStream
	// Logger is slog.Default when nil.
	Logger *slog.Logger
}

// NewOwner is a random id for one start of a process.
func NewOwner() string { return nuid.Next() }

func (c Config) withDefaults() Config {
	if c.Partitions == 0 {
		c.Partitions = topology.DefaultPartitions
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	c.Logger = c.Logger.With("service", c.Service, "partition", c.Partition)
	return c
}

func (c Config) validate() error {
	if _, ok := services[c.Service]; !ok {
		return fmt.Errorf("service %q has no partitions: %s or %s", c.Service, Mapper, Dispatcher)
	}
	if c.Partition < 0 || c.Partition >= c.Partitions {
		return fmt.Errorf("partition %d does not exist: the pipeline has %d, from 0", c.Partition, c.Partitions)
	}
	if c.Store == nil || c.JS == nil {
		return errors.New("a store and a JetStream context are needed")
	}
	return nil
}

func (c Config) service() service { return services[c.Service] }

func (c Config) subject() string { return c.service().cursor(c.Partition) }

// newWait paces what is tried until it succeeds: 20 ms, doubling to 2 s, each +-50 %.
func newWait() *backoff.ExponentialBackOff {
	return backoff.NewExponentialBackOff(backoff.WithInitialInterval(20*time.Millisecond), backoff.WithMultiplier(2),
		backoff.WithMaxInterval(2*time.Second), backoff.WithMaxElapsedTime(0))
}
