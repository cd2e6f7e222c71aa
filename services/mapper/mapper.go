package mapper

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/orderwire/orderwire/services/internal/clock"
	"github.com/orderwire/orderwire/services/internal/jet"
	"github.com/orderwire/orderwire/services/internal/partition"
	"github.com/orderwire/orderwire/services/internal/record"
	"github.com/orderwire/orderwire/services/internal/topology"
	"github.com/orderwire/orderwire/services/mapper/memory"
	"github.com/orderwire/orderwire/services/mapper/pin"
	"github.com/orderwire/orderwire/services/mapper/quarantine"
)

// ackTimeout is how long an acknowledgement is waited for. Then the outcome is unknown, and looked up.
const ackTimeout = 5 * time.Second

// Mapper is one process.
type Mapper struct {
	cfg   Config
	js    jetstream.JetStream
	pub   *jet.Publisher
	owner string // new at every start of a process
	wiring
	metrics    *metrics
	members    *members
	memory     *memory.Memory
	pins       *pin.Pins              // the planner's
	quarantine *quarantine.Quarantine // the settler's
	unmapped   *seen                  // the settler's, as is refused
	refused    *seen
	room       *room
	clock      *clock.Clock

	queue              chan *work  // read, and not planned
	planned, delivered chan *group // between the stages; unbuffered, so that each is at most one group ahead

	claims  atomic.Uint64
	reading atomic.Pointer[reading] // nil while nothing is read
	settled atomic.Uint64           // sequence in ORDERS of the last entry that was settled
}

// New makes a mapper. It writes nothing before Run.
func New(cfg Config) (*Mapper, error) {
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("make a mapper: %w", err)
	}
	cfg = cfg.WithDefaults()
	js, err := jetstream.New(cfg.NC)
	if err != nil {
		return nil, fmt.Errorf("make a mapper: %w", err)
	}
	pub, err := jet.NewPublisher(cfg.NC, ackTimeout)
	if err != nil {
		return nil, fmt.Errorf("make a mapper: %w", err)
	}
	at := func(name string) *stream { return &stream{name: name, nc: cfg.NC, js: js, pub: pub} }
	return newMapper(cfg, js, pub, wiring{
		deliveries: at(topology.Deliveries), letters: at(topology.DeadLetters), state: partition.NewStore(cfg.NC, pub),
		records: record.NewWriter(record.Config{Publisher: pub, Batch: cfg.SyncAlways, Logger: cfg.Logger}),
	})
}

func newMapper(cfg Config, js jetstream.JetStream, pub *jet.Publisher, w wiring) (*Mapper, error) {
	m := &Mapper{
		cfg: cfg, js: js, pub: pub, owner: partition.NewOwner(), wiring: w, metrics: newMetrics(), members: newMembers(), room: &room{logger: cfg.Logger}, unmapped: &seen{}, refused: &seen{}, clock: clock.New(),
		memory: memory.New(memory.Config{Size: cfg.MemorySize, Source: w.deliveries}), pins: pin.New(w.state), quarantine: quarantine.New(w.letters),
		queue: make(chan *work, maxGroup), planned: make(chan *group), delivered: make(chan *group),
	}
	if err := m.metrics.register(cfg.Registerer); err != nil {
		return nil, fmt.Errorf("make a mapper: %w", err)
	}
	return m, nil
}

// Run works until ctx ends; then it finishes what is under way, stores the positions, releases the partitions and returns nil. What cannot be finished within Config.DrainTimeout
// (DELIVERIES may be full) is done again by the partition's next owner. It returns earlier, with an error, when the assigner does. Once only.
func (m *Mapper) Run(ctx context.Context) error {
	defer m.pub.Close()
	if err := topology.Check(ctx, m.js, m.cfg.Partitions); err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return fmt.Errorf("start the mapper: %w", err)
	}
	pipe, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	late := context.AfterFunc(ctx, func() {
		_ = pause(pipe, m.cfg.DrainTimeout) // pipe may end before
		stop()
	})
	defer late()
	var stages sync.WaitGroup
	for _, stage := range []func(context.Context){m.read, m.plan, m.deliver, m.settle, m.watch} {
		stages.Go(func() { stage(pipe) })
	}
	err := m.cfg.Assigner.Run(ctx, func(ctx context.Context, p int) error { return m.hold(ctx, pipe, p) })
	stop()
	stages.Wait()
	if err != nil {
		return fmt.Errorf("run the mapper: %w", err)
	}
	return nil
}
