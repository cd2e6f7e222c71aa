package process

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/cenkalti/backoff/v4"
	"github.com/nats-io/nats.go"
)

const (
	dialTimeout = 3 * time.Second
	firstWait   = 200 * time.Millisecond
	longestWait = 5 * time.Second
	// Two pings unanswered, and the connection counts as lost: 20 to 30 s instead of the client's 4 to 6 min.
	pingEvery = 10 * time.Second
)

// ConnectConfig says where and how to connect.
type ConnectConfig struct {
	Name    string        // shown in the server's list of connections
	Servers []string      // nats.DefaultURL if empty
	Options []nats.Option // credentials, TLS and what else the caller wants; they come last
	Logger  *slog.Logger  // nothing is logged if nil
}

// Connect connects, and tries again until it succeeds or ctx ends; each failed try is logged with its cure, and the error of an ended ctx
// tells the last failure. What no waiting can mend, such as an option that cannot be read, is an error at once. The connection then lasts
// until it is closed: it reconnects for ever, with waits that grow to 5 s and differ from process to process.
func Connect(ctx context.Context, cfg ConnectConfig) (*nats.Conn, error) {
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if len(cfg.Servers) == 0 {
		cfg.Servers = []string{nats.DefaultURL}
	}
	opts, err := cfg.options()
	if err != nil {
		return nil, err
	}
	var (
		nc    *nats.Conn
		last  error
		tries int
	)
	connect := func() error {
		tries++
		nc, last = opts.Connect()
		return last
	}
	report := func(err error, wait time.Duration) {
		fault := explain(err)
		cfg.Logger.Warn("cannot connect to NATS: "+fault.what, "servers", cfg.Servers, "tries", tries, "again_in", wait.Round(time.Millisecond), "try", fault.try)
	}
	if err := backoff.RetryNotify(connect, backoff.WithContext(waits(), ctx), report); err != nil {
		return nil, connectError(cfg.Servers, last, err)
	}
	cfg.Logger.Info("connected to NATS", "url", nc.ConnectedUrlRedacted(), "server", nc.ConnectedServerName(), "version", nc.ConnectedServerVersion())
	return nc, nil
}

// waits never end by themselves; each is 50 to 150 % of its step, so that a fleet does not come back at one moment.
func waits() *backoff.ExponentialBackOff {
	return backoff.NewExponentialBackOff(
		backoff.WithInitialInterval(firstWait),
		backoff.WithMaxInterval(longestWait),
		backoff.WithMultiplier(2),
		backoff.WithRandomizationFactor(0.5),
		backoff.WithMaxElapsedTime(0),
	)
}

func (c ConnectConfig) options() (*nats.Options, error) {
	opts := nats.GetDefaultOptions()
	opts.Servers = c.Servers
	opts.Name = c.Name
	opts.Timeout = dialTimeout
	opts.PingInterval = pingEvery
	opts.MaxReconnect = -1
	// The client gives a connection up when it is refused twice with the same words; a password being changed is no reason to die.
	opts.IgnoreAuthErrorAbort = true
	// Nothing is kept for later while the connection is away: what was decided before may no longer be right then.
	opts.ReconnectBufSize = -1
	opts.CustomReconnectDelayCB = reconnectWait
	c.observe(&opts)
	for _, option := range c.Options {
		if err := option(&opts); err != nil {
			return nil, fmt.Errorf("set up the connection to NATS: %w", err)
		}
	}
	return &opts, nil
}

// reconnectWait is the step of waits for one more round over the servers.
func reconnectWait(rounds int) time.Duration {
	w := waits()
	var wait time.Duration
	for range min(max(rounds, 1), 16) { // longer than the way to the longest wait
		wait = w.NextBackOff()
	}
	return wait
}

// Drain lets the connection finish what it received and sent, then closes it. A ctx that ends first closes it at once.
func Drain(ctx context.Context, nc *nats.Conn) error {
	closed := nc.StatusChanged(nats.CLOSED)
	err := nc.Drain()
	switch {
	case errors.Is(err, nats.ErrConnectionClosed):
		return nil
	case err != nil: // not connected: nats.go has closed it
		return fmt.Errorf("drain the connection to NATS: %w", err)
	}
	select {
	case <-closed:
		return nil
	case <-ctx.Done():
		nc.Close()
		return fmt.Errorf("drain the connection to NATS: %w", context.Cause(ctx))
	}
}
