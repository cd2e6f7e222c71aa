// Command mapper turns what shops publish into deliveries: one process of package mapper. Where it runs is said by the environment (mapper --help), what it does
// by the file that ORDERWIRE_CONFIG_FILE names, or by simple mode. It opens no port but the admin server's, and needs no secret of any destination.
package main

import (
	"context"
	"os"

	"github.com/orderwire/orderwire/services/internal/config"
	"github.com/orderwire/orderwire/services/internal/partition"
	"github.com/orderwire/orderwire/services/internal/process"
	"github.com/orderwire/orderwire/services/mapper"
)

func main() {
	process.Command{
		Name: "orderwire-mapper", About: "turns the events of shops into deliveries", AdminListen: "127.0.0.1:9401", Run: run,
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
	m, err := mapper.New(mapper.Config{
		NC: nc, Configuration: source, Partitions: p.Env.PartitionCount, Assigner: partition.NewStatic(p.Env.OwnedPartitions(), p.Log),
		SyncAlways: true, // as the shipped nats-server is configured
		// A little less than the process has: what is cut off here is released in order.
		DrainTimeout: p.Env.DrainTimeout * 9 / 10, Logger: p.Log, Registerer: p.Metrics,
	})
	if err != nil {
		return err
	}
	p.Checks.Add("partitions", m.Ready)
	p.Ready()
	return m.Run(ctx)
}

// configuration is the watched file, or simple mode. Secrets are not looked at: this process uses none.
func configuration(ctx context.Context, p *process.Process) (config.Source, error) {
	if p.Env.ConfigFile == "" {
		c, err := config.ParseSimple(os.LookupEnv, false)
		return config.Fixed{Config: c}, err
	}
	w, err := config.NewWatcher(config.WatchConfig{Path: p.Env.ConfigFile, Logger: p.Log, Registerer: p.Metrics})
	if err != nil {
		return nil, err
	}
	go func() { _ = w.Run(ctx) }() // it ends with ctx, and has nothing to clean up
	return w, nil
}
