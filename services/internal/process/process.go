package process

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// cleanupTimeout bounds all clean-ups together.
const cleanupTimeout = 5 * time.Second

// Process is what a service gets to build itself from.
type Process struct {
	Env     Env
	Log     *slog.Logger
	Metrics *prometheus.Registry // what /metrics shows; Go's and the process's own metrics are in it
	Checks  *Checks              // what /readyz asks

	name     string
	mu       sync.Mutex
	cleanups []cleanup
	stopping bool
}

type cleanup struct {
	name string
	run  func(context.Context) error
}

func newProcess(name string, env Env, log *slog.Logger) *Process {
	p := &Process{Env: env, Log: log, Metrics: prometheus.NewRegistry(), Checks: &Checks{}, name: name}
	build := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "orderwire_build_info", Help: "1, labelled with the service and its version.",
		ConstLabels: prometheus.Labels{"service": name, "version": Version()},
	}, func() float64 { return 1 })
	p.Metrics.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), build)
	p.state(errStarting)
	return p
}

// Ready says that the service is built and works. Before that /readyz answers "starting", whatever the other checks say.
func (p *Process) Ready() { p.state(nil) }

// state is the check "process": nil, errStarting or errStopping, which nothing follows.
func (p *Process) state(state error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stopping {
		return
	}
	p.stopping = errors.Is(state, errStopping)
	p.Checks.Add("process", func(context.Context) error { return state })
}

// OnStop registers a clean-up. Clean-ups run after the service's function has returned, the last registered first; the context bounds them
// all together.
func (p *Process) OnStop(name string, run func(context.Context) error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cleanups = append(p.cleanups, cleanup{name, run})
}

// stop runs the clean-ups, each also after the failure of another.
func (p *Process) stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), cleanupTimeout)
	defer cancel()
	p.mu.Lock()
	cleanups := p.cleanups
	p.cleanups = nil
	p.mu.Unlock()
	var errs []error
	for _, c := range slices.Backward(cleanups) {
		err := c.run(ctx)
		p.Log.Debug("cleaned up", "what", c.name, "err", err)
		if err != nil {
			errs = append(errs, fmt.Errorf("clean up %s: %w", c.name, err))
		}
	}
	return errors.Join(errs...)
}

// Connect connects to NATS as the environment says (see the function Connect), adds the check "nats" and the metrics of the connection, and
// drains it at the end. Call it once.
func (p *Process) Connect(ctx context.Context) (*nats.Conn, error) {
	opts, err := p.Env.NATS.Options(p.Log)
	if err != nil {
		return nil, err
	}
	connecting := errors.New("not connected yet")
	p.Checks.Add("nats", func(context.Context) error { return connecting })
	nc, err := Connect(ctx, ConnectConfig{Name: p.name, Servers: p.Env.NATS.Servers(), Options: opts, Logger: p.Log})
	if err != nil {
		return nil, err
	}
	p.OnStop("connection to NATS", func(ctx context.Context) error { return Drain(ctx, nc) })
	p.Checks.Add("nats", func(context.Context) error { return connected(nc) })
	p.Metrics.MustRegister(
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "orderwire_nats_connected", Help: "1 while the connection to NATS is up.",
		}, func() float64 {
			if nc.IsConnected() {
				return 1
			}
			return 0
		}),
		prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "orderwire_nats_reconnects_total", Help: "Times that the connection to NATS came back.",
		}, func() float64 { return float64(nc.Stats().Reconnects) }),
	)
	return nc, nil
}

func connected(nc *nats.Conn) error {
	if nc.IsConnected() {
		return nil
	}
	return fmt.Errorf("the connection is %s", nc.Status())
}
