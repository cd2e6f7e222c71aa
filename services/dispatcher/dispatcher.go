package dispatcher

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/orderwire/orderwire/services/dispatcher/attempt"
	"github.com/orderwire/orderwire/services/dispatcher/worker"
	"github.com/orderwire/orderwire/services/internal/clock"
	"github.com/orderwire/orderwire/services/internal/jet"
	"github.com/orderwire/orderwire/services/internal/partition"
	"github.com/orderwire/orderwire/services/internal/record"
	"github.com/orderwire/orderwire/services/internal/topology"
)

// Dispatcher is one process.
type Dispatcher struct {
	cfg    Config
	js     jetstream.JetStream
	client *attempt.Client
	worker worker.Config
	reader *reader

	mu      sync.Mutex
	workers map[int]*worker.Worker
}

// New makes a dispatcher.
func New(cfg Config) (*Dispatcher, error) {
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("make dispatcher: %w", err)
	}
	cfg = cfg.WithDefaults()
	js, err := jetstream.New(cfg.NC)
	if err != nil {
		return nil, fmt.Errorf("make dispatcher: %w", err)
	}
	d := &Dispatcher{
		cfg: cfg, js: js, client: attempt.New(cfg.Client), workers: map[int]*worker.Worker{},
		reader: newReader(cfg.NC, js, cfg.Partitions, cfg.Logger),
	}
	d.worker = worker.Config{
		NC: cfg.NC, JS: js, Store: cfg.Store, Sender: d.client, Owner: partition.NewOwner(), Partitions: cfg.Partitions,
		Configuration: cfg.Configuration.Current, Slots: worker.NewSlots(cfg.MaxAttempts), DrainTimeout: cfg.DrainTimeout,
		Clock: clock.New(), Fill: worker.NewFill(cfg.Logger, cfg.Registerer),
		Logger: cfg.Logger, Metrics: worker.NewMetrics(cfg.Registerer), Observe: cfg.Observe,
	}
	cfg.Registerer.MustRegister(gauges{d})
	return d, nil
}

// Run works until ctx ends, then drains and returns nil. It returns an error when the streams are not what they must be, or another process works on the same
// partitions.
func (d *Dispatcher) Run(ctx context.Context) error {
	if err := topology.Check(ctx, d.js, d.cfg.Partitions); err != nil {
		return fmt.Errorf("start dispatcher: %w", err)
	}
	publisher, err := jet.NewPublisher(d.cfg.NC, ackTimeout)
	if err != nil {
		return fmt.Errorf("start dispatcher: %w", err)
	}
	defer publisher.Close()
	defer d.client.Close()
	d.worker.Publisher = publisher
	d.worker.Records = record.NewWriter(record.Config{Publisher: publisher, Batch: d.cfg.SyncAlways, Logger: d.cfg.Logger})
	if d.worker.Store == nil {
		d.worker.Store = partition.NewStore(d.cfg.NC, publisher)
	}
	if d.worker.Expire, err = d.expire(ctx); err != nil {
		return fmt.Errorf("start dispatcher: %w", err)
	}
	if err := d.look(ctx); err != nil { // before anything can expire
		return fmt.Errorf("start dispatcher: %w", err)
	}
	inner, stop := context.WithCancel(context.WithoutCancel(ctx))
	var helpers sync.WaitGroup
	helpers.Go(func() { d.reader.run(inner) })
	helpers.Go(func() { d.reload(inner) })
	helpers.Go(func() { d.watch(inner) })
	err = d.cfg.Assigner.Run(ctx, d.work)
	stop()
	helpers.Wait()
	return err
}

// expire is the age at which a delivery dies: one day before its stream drops it.
func (d *Dispatcher) expire(ctx context.Context) (time.Duration, error) {
	s, err := d.js.Stream(ctx, topology.Deliveries)
	if err != nil {
		return 0, fmt.Errorf("look up stream %s: %w", topology.Deliveries, err)
	}
	age := s.CachedInfo().Config.MaxAge
	if age == 0 {
		return 0, nil
	}
	if age <= expireBefore {
		return 0, fmt.Errorf("stream %s keeps deliveries for %s: more than %s is needed. Try: orderwire stream ensure, which reports such drift", topology.Deliveries, age, expireBefore)
	}
	return age - expireBefore, nil
}

// work is what the assigner runs for each partition.
func (d *Dispatcher) work(ctx context.Context, p int) error {
	w, err := worker.Claim(ctx, &d.worker, p)
	if err != nil {
		return err
	}
	d.set(p, w)
	defer d.set(p, nil)
	w.Configure() // the configuration may have changed while it was loading
	leave := d.reader.join(p, w.From(ctx), w.Read)
	defer leave()
	return w.Run(ctx)
}

// set notes the worker of a partition; nil when there is none.
func (d *Dispatcher) set(p int, w *worker.Worker) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if w == nil {
		delete(d.workers, p)
		return
	}
	d.workers[p] = w
}

func (d *Dispatcher) all() []*worker.Worker {
	d.mu.Lock()
	defer d.mu.Unlock()
	all := make([]*worker.Worker, 0, len(d.workers))
	for _, w := range d.workers {
		all = append(all, w)
	}
	return all
}
