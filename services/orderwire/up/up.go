package up

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/orderwire/orderwire/services/internal/config"
	"github.com/orderwire/orderwire/services/internal/natsd"
	"github.com/orderwire/orderwire/services/internal/process"
	"github.com/orderwire/orderwire/services/internal/topology"
	"github.com/orderwire/orderwire/services/orderwire/pipeline"
)

// natsFolder in the data folder holds the streams.
const natsFolder = "nats"

// Config of a process.
type Config struct {
	// File is the configuration; empty: simple mode.
	File string
	// Dir is the data folder.
	Dir string
	// Listen is where shops connect.
	Listen string
	// Admin is where /healthz, /readyz and /metrics are served; empty: nowhere.
	Admin string
	// Partitions of the streams; 0 means topology.DefaultPartitions. It can never change for a data folder.
	Partitions int
	// MaxBytes of streams by name; the others have topology's defaults.
	MaxBytes map[string]int64
	// DrainTimeout bounds the end.
	DrainTimeout time.Duration
	Logger       *slog.Logger
	// Started is told where things are, when shops can publish.
	Started func(Places)
}

// Places of a running process.
type Places struct {
	NATS  string `json:"nats"`
	Admin string `json:"admin,omitempty"`
	Data  string `json:"data"`
}

// Run works until ctx ends.
func Run(ctx context.Context, c Config) (err error) {
	registry := prometheus.NewRegistry()
	source, watch, err := c.configuration(registry)
	if err != nil {
		return err
	}
	checks := &process.Checks{}
	places := Places{Data: c.Dir}
	if c.Admin != "" { // first: what cannot listen leaves no folder behind
		registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
		admin, err := process.StartAdmin(process.AdminConfig{Listen: c.Admin, Setting: "--admin", Checks: checks, Registry: registry, Logger: c.Logger})
		if err != nil {
			return err
		}
		places.Admin = "http://" + admin.Addr()
		defer func() { err = errors.Join(err, admin.Stop(context.WithoutCancel(ctx))) }()
	}
	l, err := lock(c.Dir)
	if err != nil {
		return err
	}
	defer l.Unlock() //nolint:errcheck // the kernel does it otherwise
	server, err := natsd.Start(natsd.Options{Dir: filepath.Join(c.Dir, natsFolder), Listen: c.Listen, SyncAlways: true, Logger: c.Logger})
	if err != nil {
		return err
	}
	defer server.Stop()
	if err := c.streams(ctx, server); err != nil {
		return err
	}
	places.NATS = server.URL()
	if err := writeAddress(c.Dir, server.URL()); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, removeAddress(c.Dir)) }()
	c.warnOpen()
	c.Started(places)

	ctx, cancel := context.WithCancel(ctx)
	watched := make(chan error, 1)
	go func() { watched <- watch(ctx) }()
	err = pipeline.Run(ctx, pipeline.Config{
		Server: server, Configuration: source, Partitions: c.Partitions, SyncAlways: true, DrainTimeout: c.DrainTimeout, Logger: c.Logger, Registerer: registry, Checks: checks,
	})
	cancel()
	return errors.Join(err, <-watched)
}

// configuration gives the source, and what keeps it up to date.
func (c Config) configuration(registry prometheus.Registerer) (config.Source, func(context.Context) error, error) {
	if c.File == "" {
		cfg, err := config.ParseSimple(os.LookupEnv, true)
		if err != nil {
			return nil, nil, err
		}
		c.registerSecrets(cfg)
		return config.Fixed{Config: cfg}, func(context.Context) error { return nil }, nil
	}
	w, err := config.NewWatcher(config.WatchConfig{Path: c.File, Lookup: os.LookupEnv, Logger: c.Logger, Registerer: registry})
	if err != nil {
		return nil, nil, err
	}
	c.registerSecrets(w.Current())
	return w, w.Run, nil
}

// warnOpen: the embedded server knows no users.
func (c Config) warnOpen() {
	who, try := "whoever reaches the port", "a firewall, or nats-server with an account for each shop"
	host, _, err := net.SplitHostPort(c.Listen)
	if ip := net.ParseIP(host); err == nil && (host == "localhost" || ip.IsLoopback()) {
		who, try = "every user of this machine", "nats-server with an account for each shop, unless all of them are trusted"
	}
	c.Logger.Warn("the embedded NATS server has no users: "+who+" may read and write everything", "listen", c.Listen, "try", try)
}

// registerSecrets keeps them out of the log.
func (c Config) registerSecrets(cfg *config.Config) {
	for _, v := range cfg.SecretValues(os.LookupEnv) {
		process.RegisterSecret(v.Reveal())
	}
}

// streams makes what is missing, and reports what differs.
func (c Config) streams(ctx context.Context, server *natsd.Server) error {
	nc, err := server.Connect(nats.ErrorHandler(process.AsyncErrors(c.Logger)))
	if err != nil {
		return err
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		return fmt.Errorf("set up JetStream: %w", err)
	}
	report, err := topology.Ensure(ctx, js, topology.Config{Partitions: c.Partitions, MaxBytes: c.MaxBytes})
	if err != nil {
		return err
	}
	for _, name := range report.Created {
		c.Logger.Info("created stream", "stream", name)
	}
	for _, d := range report.Drift {
		c.Logger.Warn(d.String())
	}
	return nil
}
