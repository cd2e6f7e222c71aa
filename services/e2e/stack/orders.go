package stack

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"github.com/orderwire/orderwire/proto/lives"
	"github.com/orderwire/orderwire/services/orderwire/shop"
)

// Order is one order's life, ready to be published.
type Order struct {
	Shop   string
	Events []*nats.Msg
	// Decisions that the default OpenApp mapping must make, one per event.
	Decisions []string
}

// Orders makes n orders of a shop out of the lives with these names, in turn. Order ids begin at first.
func Orders(t testing.TB, shopID string, first, n int, names ...string) []Order {
	t.Helper()
	all := make([]Order, n)
	at := time.Now()
	for i := range all {
		life := lives.Named(names[i%len(names)])
		o := Order{Shop: shopID}
		for _, e := range life.As(shopID, fmt.Sprint(first+i), at, first+i) {
			m, err := shop.Message(e.Data)
			require.NoError(t, err)
			o.Events = append(o.Events, m)
			o.Decisions = append(o.Decisions, e.Expect.Decision)
		}
		all[i] = o
	}
	return all
}

// Publish publishes the orders' events as shops do: each order's in its order, each until it is acknowledged, the orders side by side on a few connections.
// The pace is events per second over all; 0: as fast as it goes. It returns the number of events.
func Publish(ctx context.Context, t testing.TB, connect func() *nats.Conn, orders []Order, pace float64) int {
	t.Helper()
	const shops = 4
	var next <-chan time.Time
	if pace > 0 {
		tick := time.NewTicker(time.Duration(float64(time.Second) / pace))
		defer tick.Stop()
		next = tick.C
	}
	errs := make(chan error, shops)
	n := 0
	for _, o := range orders {
		n += len(o.Events)
	}
	for s := range shops {
		go func() { errs <- publish(ctx, connect(), orders, s, shops, next) }()
	}
	for range shops {
		require.NoError(t, <-errs)
	}
	return n
}

// publish is one connection's share: every shops-th order, all of them open at the same time, event by event.
func publish(ctx context.Context, nc *nats.Conn, orders []Order, share, shops int, next <-chan time.Time) error {
	p, err := shop.New(nc, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer p.Close()
	const open = 50 // orders that are alive at a time
	var mine []Order
	for i := share; i < len(orders); i += shops {
		mine = append(mine, orders[i])
	}
	for len(mine) > 0 {
		group := mine[:min(open, len(mine))]
		mine = mine[len(group):]
		for step := 0; ; step++ {
			left := false
			for _, o := range group {
				if step >= len(o.Events) {
					continue
				}
				left = true
				if next != nil {
					<-next
				}
				if _, err := p.Publish(ctx, o.Events[step]); err != nil {
					return err
				}
			}
			if !left {
				break
			}
		}
	}
	return nil
}
