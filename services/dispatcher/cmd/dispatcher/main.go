// Command dispatcher delivers what the mapper wrote: one process of package dispatcher. Where it runs is said by the environment (dispatcher --help), what it
// does by the file that ORDERWIRE_CONFIG_FILE names, or by simple mode. It opens no port but the admin server's.
package main

import (
	"context"
	"os"

	"github.com/orderwire/orderwire/services/dispatcher"
	"github.com/orderwire/orderwire/services/dispatcher/attempt"
	"github.com/orderwire/orderwire/services/internal/config"
	"github.com/orderwire/orderwire/services/internal/partition"
	"github.com/orderwire/orderwire/services/internal/process"
)

func main() {
	process.Command{
		Name: "orderwire-dispatcher", About: "signs and delivers what waits in DELIVERIES", AdminListen: "127.0.0.1:9402", Run: run,
	}.Main()
}

func run(ctx context.Context, p *process.Process) error {
	source, err := configuration(ctx, p)
	if err != nil {
		return err
	}
	nc, err := p.Connect(ctx)
	if err != nil {
		return err
	}
	d, err := dispatcher.New(dispatcher.Config{
		NC: nc, Configuration: source, Partitions: p.Env.PartitionCount, Assigner: partition.NewStatic(p.Env.OwnedPartitions(), p.Log),
		SyncAlways: true, // as the shipped nats-server is configured
		Client:     attempt.Config{Version: process.Version(), Logger: p.Log}, DrainTimeout: p.Env.DrainTimeout, Logger: p.Log, Registerer: p.Metrics,
	})
	if err != nil {
		return err
	}
	p.Checks.Add("partitions", d.Ready)
	p.Ready()
	return d.Run(ctx)
}

// configuration is the watched file, or simple mode.
func configuration(ctx context.Context, p *process.Process) (config.Source, error) {
	if p.Env.ConfigFile == "" {
		c, err := config.ParseSimple(os.LookupEnv, true)
		return config.Fixed{Config: c}, err
	}
	w, err := config.NewWatcher(config.WatchConfig{Path: p.Env.ConfigFile, Lookup: os.LookupEnv, Logger: p.Log, Registerer: p.Metrics})
	if err != nil {
		return nil, err
	}
	go func() { _ = w.Run(ctx) }() // it ends with ctx, and has nothing to clean up
	return w, nil
}
