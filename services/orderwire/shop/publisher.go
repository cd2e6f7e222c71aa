package shop

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/cenkalti/backoff/v4"
	"github.com/nats-io/nats.go"

	"github.com/orderwire/orderwire/services/internal/jet"
)

const (
	ackTimeout = 2 * time.Second
	firstWait  = 20 * time.Millisecond
	maxWait    = 2 * time.Second
)

// Publisher publishes for one shop, or for many one after the other. Not for concurrent use.
type Publisher struct {
	jet *jet.Publisher
	log *slog.Logger
}

// New makes a publisher on a connection that the caller closes.
func New(nc *nats.Conn, log *slog.Logger) (*Publisher, error) {
	p, err := jet.NewPublisher(nc, ackTimeout)
	if err != nil {
		return nil, fmt.Errorf("make publisher: %w", err)
	}
	return &Publisher{jet: p, log: log}, nil
}

// Close gives up the subscription for acknowledgements.
func (p *Publisher) Close() { p.jet.Close() }

// Publish returns the stream sequence at which the message was stored.
func (p *Publisher) Publish(ctx context.Context, m *nats.Msg) (uint64, error) {
	var seq uint64
	try := func() error {
		ack := p.jet.One(ctx, m)
		seq = ack.Seq
		var refused *jet.APIError
		if errors.As(ack.Err, &refused) && !jet.Full(ack.Err) {
			return backoff.Permanent(ack.Err)
		}
		return ack.Err
	}
	wait := backoff.NewExponentialBackOff(backoff.WithInitialInterval(firstWait), backoff.WithMaxInterval(maxWait), backoff.WithMaxElapsedTime(0))
	warned := false
	err := backoff.RetryNotify(try, backoff.WithContext(wait, ctx), func(err error, d time.Duration) {
		if !warned { // once: the next lines would say the same
			p.log.Warn("not stored, trying again", "subject", m.Subject, "err", err, "wait", d)
		}
		warned = true
	})
	if err != nil {
		return 0, fmt.Errorf("publish on %s: %w", m.Subject, err)
	}
	return seq, nil
}
