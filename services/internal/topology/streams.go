package topology

import (
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Names of the streams.
const (
	Orders      = "ORDERS"
	Deliveries  = "DELIVERIES"
	State       = "STATE"
	Outcomes    = "OUTCOMES"
	DeadLetters = "DEAD_LETTERS"
)

// Names lists the streams in the order in which they are made.
var Names = []string{Orders, Deliveries, State, Outcomes, DeadLetters}

const (
	// DefaultPartitions is how many parts the logs have.
	DefaultPartitions = 16
	// MaxPartitions bounds the configuration; beyond, cursors cost more than they give.
	MaxPartitions = 256
	// MinServerVersion has atomic batches, which commits rely on.
	MinServerVersion = "2.12.0"

	// metaPartitions is the metadata key that every stream carries.
	metaPartitions = "orderwire_partitions"
	// ordersWindow is the smallest duplicate window: Nats-Msg-Id is not relied on, and a shop could suppress another's event with it.
	ordersWindow = 100 * time.Millisecond
)

// DefaultMaxBytes is what the streams may hold when nothing else is configured: 2.75 GiB in all, which a disk with 4 GiB free can hold, and about
// 700,000 events of 1.5 KB.
var DefaultMaxBytes = map[string]int64{
	Orders:      1 << 30,
	Deliveries:  768 << 20,
	State:       256 << 20,
	Outcomes:    512 << 20,
	DeadLetters: 256 << 20,
}

// Config says how the streams are made.
type Config struct {
	// Replicas is 1 or 3; 0 means 1.
	Replicas int
	// Partitions is how many parts the logs have; 0 means DefaultPartitions. It can never change for a pipeline that holds data.
	Partitions int
	// MaxBytes per stream; a stream without an entry has its default.
	MaxBytes map[string]int64
}

// WithDefaults fills what is zero.
func (c Config) WithDefaults() Config {
	if c.Replicas == 0 {
		c.Replicas = 1
	}
	if c.Partitions == 0 {
		c.Partitions = DefaultPartitions
	}
	bytes := make(map[string]int64, len(DefaultMaxBytes))
	for name, n := range DefaultMaxBytes {
		bytes[name] = n
		if own := c.MaxBytes[name]; own != 0 {
			bytes[name] = own
		}
	}
	c.MaxBytes = bytes
	return c
}

// Validate says what is wrong with the configuration.
func (c Config) Validate() error {
	if c.Replicas != 1 && c.Replicas != 3 {
		return fmt.Errorf("replicas is %d: streams have 1 or 3", c.Replicas)
	}
	if c.Partitions < 1 || c.Partitions > MaxPartitions {
		return fmt.Errorf("partitions is %d: between 1 and %d", c.Partitions, MaxPartitions)
	}
	for name, n := range c.MaxBytes {
		if _, known := DefaultMaxBytes[name]; !known {
			return fmt.Errorf("max bytes of %q: there is no such stream; the streams are %v", name, Names)
		}
		if n < 1<<20 {
			return fmt.Errorf("max bytes of %s is %d: at least 1 MiB (1048576)", name, n)
		}
	}
	return nil
}

// Streams is the table of streams.
func (c Config) Streams() []jetstream.StreamConfig {
	streams := []jetstream.StreamConfig{
		{
			Name:        Orders,
			Description: "Events of shops and commands of operators, by partition.",
			Subjects:    []string{eventRoot + ".*.*", commandRoot + ".*.*"},
			Discard:     jetstream.DiscardNew, // back-pressure: the shop keeps the row in its outbox
			MaxAge:      OrdersMaxAge,
			MaxMsgSize:  MaxEntryBytes,
			Duplicates:  ordersWindow,
			SubjectTransform: &jetstream.SubjectTransformConfig{
				Source:      "*.*.*",
				Destination: fmt.Sprintf("{{wildcard(1)}}.{{partition(%d,2,3)}}.{{wildcard(2)}}.{{wildcard(3)}}", c.Partitions),
			},
		},
		{
			Name:               Deliveries,
			Description:        "Requests that destinations are to receive, by partition of the destination. Written by the mapper alone.",
			Subjects:           []string{deliveryRoot + ".*.*.*.*"},
			Discard:            jetstream.DiscardNew,
			MaxAge:             DeliveriesMaxAge,
			AllowDirect:        true,
			AllowAtomicPublish: true,
		},
		{
			Name:               State,
			Description:        "Positions, waiting lanes, shop pins: the last record of each.",
			Subjects:           []string{"mapper.cursor.*", "mapper.shop.*", "dispatch.cursor.*", laneRoot + ".*.*.*.*", "dispatch.health.*.*"},
			Discard:            jetstream.DiscardNew,
			MaxMsgsPerSubject:  1,
			AllowDirect:        true,
			AllowAtomicPublish: true,
			AllowMsgTTL:        true,
		},
		{
			Name:               Outcomes,
			Description:        "Decisions and attempts, by order.",
			Subjects:           []string{outcomeRoot + ".*.*.*"},
			Discard:            jetstream.DiscardOld,
			MaxAge:             OutcomesMaxAge,
			AllowDirect:        true,
			AllowAtomicPublish: true,
		},
		{
			Name:                 DeadLetters,
			Description:          "What could not be delivered or understood, one letter per subject.",
			Subjects:             []string{deadRoot + ".*.*.*.*"},
			Discard:              jetstream.DiscardNew,
			DiscardNewPerSubject: true,
			MaxMsgsPerSubject:    1,
			MaxAge:               DeadLettersMaxAge,
		},
	}
	for i := range streams {
		s := &streams[i]
		s.Replicas = c.Replicas
		s.MaxBytes = c.MaxBytes[s.Name]
		s.Storage = jetstream.FileStorage
		s.Retention = jetstream.LimitsPolicy
		s.Metadata = map[string]string{metaPartitions: strconv.Itoa(c.Partitions)}
		if s.Duplicates == 0 {
			s.Duplicates = ordersWindow
		}
	}
	return streams
}
