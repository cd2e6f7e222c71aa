package mapper

import (
	"errors"
	"log/slog"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/orderwire/orderwire/services/internal/config"
	"github.com/orderwire/orderwire/services/internal/partition"
	"github.com/orderwire/orderwire/services/internal/topology"
)

// DefaultDrainTimeout is how long Run may take once its context has ended.
const DefaultDrainTimeout = 25 * time.Second

// Config of one mapper process. NC, Configuration and Assigner are needed.
type Config struct {
	NC *nats.Conn
	// Configuration says what is routed where. It is asked once for each group of entries, so that a reload never splits one.
	Configuration config.Source
	// Assigner says which partitions are ours.
	Assigner partition.Assigner
	// Partitions is the pipeline's count; 0 means topology.DefaultPartitions.
	Partitions int
	// SyncAlways says that the server syncs each message to the disk: decision records then go in atomic batches, one sync each.
	SyncAlways bool
	// MemorySize is how many last deliveries are cached; 0 means memory.DefaultSize.
	MemorySize int
	// DrainTimeout bounds how long Run takes after its context ended; 0 means DefaultDrainTimeout.
	DrainTimeout time.Duration
	// Logger is slog.Default when nil.
	Logger *slog.Logger
	// Registerer takes the metrics; nil for none.
	Registerer prometheus.Registerer
}

// WithDefaults fills what is zero.
func (c Config) WithDefaults() Config {
	if c.Partitions == 0 {
		c.Partitions = topology.DefaultPartitions
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
	if c.Partitions < 0 || c.MemorySize < 0 || c.DrainTimeout < 0 {
		errs = append(errs, errors.New("numbers and durations cannot be negative"))
	}
	return errors.Join(errs...)
}
