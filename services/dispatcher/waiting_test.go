package dispatcher

import (
	"context"
	"errors"
	"fmt"
	"net"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"github.com/orderwire/orderwire/services/internal/natsd/natstest"
)

// hourly has a destination whose retries are an hour apart: in a test's real time each order is tried once.
const hourly = `
destinations:
  alpha: {url: "http://alpha.test", auth: [], network: {plain_http: true}, retry: {after: [1h]}}
  beta: {url: "http://beta.test", auth: [], network: {plain_http: true}}
routes:
  - {shops: ["*"], to: alpha, payload: event, statuses: {PS_OS_PAYMENT: PAID}}
  - {shops: ["*"], to: beta, payload: event, statuses: {PS_OS_PAYMENT: PAID}}
`

// Ten thousand orders that wait for a dead destination are there again after a restart, with their attempts; another destination does not notice.
func TestTenThousandWaitingOrders(t *testing.T) {
	const orders = 10_000
	s := natstest.Server(t)
	nc, js := natstest.Connect(t, s)
	t.Cleanup(nc.Close)
	small := natstest.Small()
	small.Partitions = parts
	natstest.Streams(t, js, small)
	r := newRig(t, nc, js, func() *nats.Conn {
		own, _ := natstest.Connect(t, s)
		return own
	})
	r.source.set(hourly)
	l := natstest.NewPipeListener()
	t.Cleanup(r.serve(l))
	r.dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		if address == "alpha.test:80" {
			return nil, errors.New("connection refused")
		}
		return l.Dial(ctx, network, address)
	}
	p := r.start()
	var msgs []*nats.Msg
	for i := range orders {
		msgs = append(msgs, r.delivery("alpha", fmt.Sprint(i)))
		if i%100 == 0 {
			msgs = append(msgs, r.delivery("beta", fmt.Sprint(i)))
		}
	}
	r.store(msgs)
	waiting := func(p *process) func() bool {
		return func() bool { return p.parked("alpha") == orders }
	}
	natstest.Eventually(t, waiting(p), "all orders wait")
	natstest.Eventually(t, func() bool { return len(r.to("beta")) == orders/100 }, "beta has all")
	p.stop()
	before := r.lanes()
	require.Len(t, before, orders)

	p = r.start()
	natstest.Eventually(t, waiting(p), "all orders wait again")
	r.publish("beta", "new", 1)
	natstest.Eventually(t, func() bool { return len(r.of("beta", "new")) == 1 }, "beta goes on")
	p.stop()
	after := r.lanes()
	require.Len(t, after, orders)
	tried := 0
	for k, l := range after {
		require.GreaterOrEqual(t, l.GetAttempts(), before[k].GetAttempts(), "%v", k)
		require.LessOrEqual(t, l.GetAttempts(), uint32(1), "%v", k)
		tried += int(l.GetAttempts())
	}
	require.Positive(t, tried)
}

// parked counts the orders that wait for a destination.
func (p *process) parked(destination string) (n int) {
	for _, w := range p.all() {
		for _, x := range w.Waiting() {
			if x.Destination == destination {
				n += x.Parked
			}
		}
	}
	return n
}
