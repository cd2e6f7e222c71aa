package demo

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

	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/internal/config"
	"github.com/orderwire/orderwire/services/internal/natsd"
	"github.com/orderwire/orderwire/services/internal/process"
	"github.com/orderwire/orderwire/services/internal/topology"
	"github.com/orderwire/orderwire/services/orderwire/audit"
	"github.com/orderwire/orderwire/services/orderwire/pipeline"
	"github.com/orderwire/orderwire/services/orderwire/receiver"
)

// Config of a demonstration.
type Config struct {
	// Orders to publish; each has one to six events.
	Orders int
	// Rate in events a second, of all shops together; 0 is as fast as they can.
	Rate float64
	// Fail is the ratio of attempts that fail.
	Fail float64
	// Seed of the choice of orders, their interleaving, and the failures.
	Seed uint64
	// Deadline for everything to be done.
	Deadline time.Duration
	// Stay: go on when everything is done, until ctx ends.
	Stay bool
	// Started is told where things are, before the first event.
	Started func(Places)
	// Attempt is told of each attempt on record.
	Attempt func(*orderwirev1.Outcome)
	// Done is told the result, once, before staying. complete: the story came to its end; otherwise the result is about what was published until it was cut short.
	Done func(r *audit.Report, complete bool)
	// Logger takes what goes wrong.
	Logger *slog.Logger
}

// Places of a running demonstration.
type Places struct {
	// NATS is where shops publish.
	NATS string
	// API is the receiver's base URL, Admin where its counts and faults are.
	API, Admin string
	// Event is a file with an event of a new order.
	Event string
}

// maxBytes of each stream: a temporary folder may be small.
const maxBytes = 128 << 20

// ErrLate says that not everything was done at the deadline.
var ErrLate = errors.New("not done at the deadline")

// Run returns the result, or what went wrong. A result that is not OK is no error.
func Run(ctx context.Context, c Config) (*audit.Report, error) {
	dir, err := os.MkdirTemp("", "orderwire-demo-")
	if err != nil {
		return nil, fmt.Errorf("make a temporary folder: %w. Try: TMPDIR=... in the environment", err)
	}
	defer remove(dir)
	server, err := natsd.Start(natsd.Options{Dir: dir, Listen: "127.0.0.1:0", Logger: c.Logger})
	if err != nil {
		return nil, err
	}
	defer server.Stop()
	nc, err := server.Connect(nats.Name("demo"), nats.ErrorHandler(process.AsyncErrors(c.Logger)))
	if err != nil {
		return nil, err
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		return nil, fmt.Errorf("set up JetStream: %w", err)
	}
	if err := streams(ctx, js); err != nil {
		return nil, err
	}
	d := &demonstration{Config: c, server: server, nc: nc, js: js, live: newFollower(), places: Places{NATS: server.URL(), Event: filepath.Join(dir, "event.json")}}
	return d.run(ctx)
}

// remove tries for a moment: a server that has stopped may still be tidying up its files.
func remove(dir string) {
	for range 50 {
		if os.RemoveAll(dir) == nil {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func streams(ctx context.Context, js jetstream.JetStream) error {
	small := topology.Config{MaxBytes: map[string]int64{}}
	for _, name := range topology.Names {
		small.MaxBytes[name] = maxBytes
	}
	if _, err := topology.Ensure(ctx, js, small); err != nil {
		return fmt.Errorf("make the streams: %w", err)
	}
	return nil
}

// demonstration is one run.
type demonstration struct {
	Config
	server   *natsd.Server
	nc       *nats.Conn
	js       jetstream.JetStream
	receiver *receiver.Receiver
	live     *follower
	checks   process.Checks
	places   Places
	report   *audit.Report
}

// run has the parts around the story: they begin before it and end after it, the last first.
func (d *demonstration) run(ctx context.Context) (*audit.Report, error) {
	c := newCredentials()
	var err error
	d.receiver, err = receiver.New(receiver.Config{
		Credentials: map[string]string{c.key: c.secret}, Faults: receiver.Faults{Ratio: d.Fail, Seed: d.Seed, SlowFor: slowFor},
	})
	if err != nil {
		return nil, err
	}
	api, err := listen()
	if err != nil {
		return nil, err
	}
	admin, err := listen()
	if err != nil {
		return nil, errors.Join(err, api.Close())
	}
	d.places.API, d.places.Admin = "http://"+api.Addr().String()+receiver.DefaultBase, "http://"+admin.Addr().String()
	cfg, err := configuration(d.places.API, c)
	if err != nil {
		return nil, errors.Join(err, api.Close(), admin.Close())
	}

	var parts scope
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	parts.begin(ctx, fail, func(ctx context.Context) error { return d.receiver.Serve(ctx, api) })
	parts.begin(ctx, fail, func(ctx context.Context) error { return d.receiver.ServeAdmin(ctx, admin) })
	parts.begin(ctx, fail, func(ctx context.Context) error {
		return d.live.run(ctx, d.nc, d.js, d.Attempt)
	})
	parts.begin(ctx, fail, func(ctx context.Context) error {
		return pipeline.Run(ctx, pipeline.Config{Server: d.server, Configuration: config.Fixed{Config: cfg}, Lookup: c.lookup, Logger: d.Logger, Checks: &d.checks})
	})
	err = d.story(ctx)
	if failed := parts.end(); failed != nil {
		err = failed // why the story was cut short
	}
	return d.report, err
}

func listen() (net.Listener, error) {
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen on a free port: %w", err)
	}
	return l, nil
}
