package shop_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"github.com/orderwire/orderwire/services/internal/jet"
	"github.com/orderwire/orderwire/services/internal/natsd/natstest"
	"github.com/orderwire/orderwire/services/internal/topology"
	"github.com/orderwire/orderwire/services/orderwire/shop"
)

func TestMain(m *testing.M) { natstest.Main(m) }

func newPublisher(t *testing.T, nc *nats.Conn) *shop.Publisher {
	t.Helper()
	p, err := shop.New(nc, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(p.Close)
	return p
}

func TestPublishUntilStored(t *testing.T) {
	s := natstest.Server(t)
	nc, js := natstest.Connect(t, s)
	t.Cleanup(nc.Close)
	failed := make(failures, 8)
	p, err := shop.New(nc, slog.New(failed))
	require.NoError(t, err)
	t.Cleanup(p.Close)
	stored := make(chan uint64)
	go func() {
		seq, err := p.Publish(context.Background(), &nats.Msg{Subject: "orders.demo.1", Data: []byte("{}")})
		if err != nil {
			seq = 0
		}
		stored <- seq
	}()
	<-failed // nobody stores it yet
	natstest.Streams(t, js, natstest.Small())
	require.EqualValues(t, 1, <-stored)
	seq, err := p.Publish(t.Context(), &nats.Msg{Subject: "orders.demo.1", Data: []byte("{}")})
	require.NoError(t, err)
	require.EqualValues(t, 2, seq)
}

func TestRefusedForGood(t *testing.T) {
	_, nc, _ := natstest.Pipeline(t)
	_, err := newPublisher(t, nc).Publish(t.Context(), &nats.Msg{Subject: "orders.demo.1", Data: make([]byte, topology.MaxEntryBytes+1)})
	var refused *jet.APIError
	require.ErrorAs(t, err, &refused)
}

func TestGivenUp(t *testing.T) {
	s := natstest.Server(t)
	nc, _ := natstest.Connect(t, s)
	t.Cleanup(nc.Close)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := newPublisher(t, nc).Publish(ctx, &nats.Msg{Subject: "orders.demo.1"})
	require.ErrorContains(t, err, "publish on orders.demo.1")
	require.ErrorIs(t, err, context.DeadlineExceeded)
}

// failures is a log handler: a signal for each line.
type failures chan struct{}

func (f failures) Enabled(context.Context, slog.Level) bool { return true }
func (f failures) WithAttrs([]slog.Attr) slog.Handler       { return f }
func (f failures) WithGroup(string) slog.Handler            { return f }
func (f failures) Handle(context.Context, slog.Record) error {
	f <- struct{}{}
	return nil
}
