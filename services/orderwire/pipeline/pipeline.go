// Package pipeline runs mapper and dispatcher together in this process, on the NATS server that is embedded in it.
//
// What it holds to:
//  1. The services are those of cmd/mapper and cmd/dispatcher, with all partitions, each on a connection of its own.
//  2. They end together: when ctx ends both finish what is under way, and when one of them fails the other is drained, too.
//
// Where it stops: the server, its streams and the configuration are the caller's.
package pipeline

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/orderwire/orderwire/services/dispatcher"
	"github.com/orderwire/orderwire/services/dispatcher/attempt"
	"github.com/orderwire/orderwire/services/internal/config"
	"github.com/orderwire/orderwire/services/internal/natsd"
	"github.com/orderwire/orderwire/services/internal/partition"
	"github.com/orderwire/orderwire/services/internal/process"
	"github.com/orderwire/orderwire/services/internal/topology"
	"github.com/orderwire/orderwire/services/mapper"
)

// Config of a pipeline.
type Config struct {
	Server        *natsd.Server
	Configuration config.Source
	// Lookup finds the variables that hold secrets; os.LookupEnv when nil.
	Lookup config.Lookup
	// Partitions is how many the streams were made with; 0 means topology.DefaultPartitions.
	Partitions int
	// SyncAlways is how the server was started.
	SyncAlways bool
	// DrainTimeout bounds how long Run takes after its context ended; 0 means the dispatcher's default.
	DrainTimeout time.Duration
	Logger       *slog.Logger
	// Registerer takes the metrics; nil for none.
	Registerer prometheus.Registerer
	// Checks takes the conditions under which the pipeline is ready; nil for none.
	Checks *process.Checks
}

// Run works until ctx ends, then drains and returns nil, or an error when that takes longer than the drain time-out.
func Run(ctx context.Context, c Config) error {
	if c.Partitions == 0 {
		c.Partitions = topology.DefaultPartitions
	}
	if c.DrainTimeout == 0 {
		c.DrainTimeout = dispatcher.DefaultDrainTimeout
	}
	run, end, err := c.services()
	defer end()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := make(chan error, len(run))
	for _, f := range run {
		go func() { ended <- f(ctx) }()
	}
	var late <-chan time.Time
	var errs []error
	draining := ctx.Done()
	for left := len(run); left > 0; {
		select {
		case err := <-ended:
			left--
			if ctx.Err() == nil && err == nil {
				err = errors.New("a service ended by itself")
			}
			if err != nil && !errors.Is(err, context.Canceled) {
				errs = append(errs, err)
			}
			cancel()
		case <-draining:
			draining = nil
			late = time.After(c.DrainTimeout)
		case <-late:
			return errors.Join(append(errs, fmt.Errorf("work under way was not finished within %s and will be done again. Try: a longer --drain-timeout", c.DrainTimeout))...)
		}
	}
	return errors.Join(errs...)
}

// services makes both; end closes their connections.
func (c Config) services() (run []func(context.Context) error, end func(), err error) {
	var connections []*nats.Conn
	end = func() {
		for _, nc := range connections {
			nc.Close()
		}
	}
	connect := func(name string) (*nats.Conn, error) {
		nc, err := c.Server.Connect(nats.Name(name), nats.ErrorHandler(process.AsyncErrors(c.Logger.With("service", name))))
		if err == nil {
			connections = append(connections, nc)
		}
		return nc, err
	}
	all := make([]int, c.Partitions)
	for p := range all {
		all[p] = p
	}

	nc, err := connect("mapper")
	if err != nil {
		return nil, end, err
	}
	log := c.Logger.With("service", "mapper")
	m, err := mapper.New(mapper.Config{
		NC: nc, Configuration: c.Configuration, Assigner: partition.NewStatic(all, log), Partitions: c.Partitions, SyncAlways: c.SyncAlways, DrainTimeout: c.DrainTimeout,
		Logger: log, Registerer: c.Registerer,
	})
	if err != nil {
		return nil, end, fmt.Errorf("make mapper: %w", err)
	}
	if nc, err = connect("dispatcher"); err != nil {
		return nil, end, err
	}
	log = c.Logger.With("service", "dispatcher")
	d, err := dispatcher.New(dispatcher.Config{
		NC: nc, Configuration: c.Configuration, Assigner: partition.NewStatic(all, log), Partitions: c.Partitions, SyncAlways: c.SyncAlways, DrainTimeout: c.DrainTimeout,
		Client: attempt.Config{Version: process.Version(), Lookup: c.Lookup, Logger: log}, Logger: log, Registerer: c.Registerer,
	})
	if err != nil {
		return nil, end, fmt.Errorf("make dispatcher: %w", err)
	}
	if c.Checks != nil {
		c.Checks.Add("mapper", m.Ready)
		c.Checks.Add("dispatcher", d.Ready)
	}
	return []func(context.Context) error{m.Run, d.Run}, end, nil
}
