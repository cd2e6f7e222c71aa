package dispatcher

import (
	"errors"
	"log/slog"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/orderwire/orderwire/services/dispatcher/attempt"
	"github.com/orderwire/orderwire/services/dispatcher/worker"
	"github.com/orderwire/orderwire/services/internal/config"
	"github.com/orderwire/orderwire/services/internal/partition"
	"github.com/orderwire/orderwire/services/internal/topology"
)

const (
	// DefaultMaxAttempts is how many attempts may be under way in a process.
	DefaultMaxAttempts = 512
	// DefaultDrainTimeout lets an attempt with the default time-out of 15 s finish.
	DefaultDrainTimeout = 25 * time.Second
	// ackTimeout is how long the server may take for an acknowledgement.
	ackTimeout = 2 * time.Second
	// expireBefore is how long before the stream would drop a delivery it is dead-lettered.
	expireBefore = 24 * time.Hour
)

// Config of a dispatcher. NC, Configuration and Assigner are needed.
type Config struct {
	NC            *nats.Conn
	Configuration config.Source
	// Assigner hands out the partitions.
	Assigner partition.Assigner
	// Partitions is the pipeline's count; 0 means topology.DefaultPartitions.
	Partitions int
	// SyncAlways says that the server syncs each message to the disk: outcomes then go in atomic batches, one sync each.
	SyncAlways bool
	// MaxAttempts bounds the attempts under way in this process; 0 means DefaultMaxAttempts.
	MaxAttempts int
	// DrainTimeout bounds how long Run takes after its context ended; 0 means DefaultDrainTimeout.
	DrainTimeout time.Duration
	// Client makes requests.
	Client attempt.Config
	// Store replaces the store of cursors and lane records; nil means STATE. For tests that lose replies.
	Store  partition.Store
	Logger *slog.Logger
	// Registerer takes the metrics; nil for none.
	Registerer prometheus.Registerer
	// Observe is called after each attempt; nil for nobody. It must not block.
	Observe func(worker.Attempt)
}

// WithDefaults fills what is zero.
func (c Config) WithDefaults() Config {
	if c.Partitions == 0 {
		c.Partitions = topology.DefaultPartitions
	}
	if c.MaxAttempts == 0 {
		c.MaxAttempts = DefaultMaxAttempts
	}
	if c.DrainTimeout == 0 {
		c.DrainTimeout = DefaultDrainTimeout
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	if c.Registerer == nil {
		c.Registerer = prometheus.NewRegistry()
	}
	return c
}

// Validate says what is missing or wrong.
func (c Config) Validate() error {
	var errs []error
	if c.NC == nil {
		errs = append(errs, errors.New("a NATS connection is needed"))
	}
	if c.Configuration == nil {
		errs = append(errs, errors.New("a configuration is needed"))
	}
	if c.Assigner == nil {
		errs = append(errs, errors.New("an assigner of partitions is needed"))
	}
	if c.MaxAttempts < 0 || c.DrainTimeout < 0 || c.Partitions < 0 {
		errs = append(errs, errors.New("numbers and durations cannot be negative"))
	}
	return errors.Join(errs...)
}
