package dial

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"time"
)

// headStart is what an address has before the next one is tried beside it.
const headStart = 300 * time.Millisecond

type dialed struct {
	conn net.Conn
	err  error
}

// race tries the addresses in their order, the next one when the one before has failed or its head start is over, and returns the first
// connection; later ones are closed. When all fail, the error is the first one that is not a refusal of ours.
func race(ctx context.Context, addresses []netip.AddrPort, dial func(context.Context, netip.AddrPort) (net.Conn, error)) (net.Conn, error) {
	if len(addresses) == 1 { // nearly always
		return dial(ctx, addresses[0])
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	results := make(chan dialed)
	start := func(a netip.AddrPort) {
		c, err := dial(ctx, a)
		select {
		case results <- dialed{c, err}:
		case <-ctx.Done():
			if c != nil {
				c.Close() //nolint:errcheck // came too late
			}
		}
	}
	var worst error
	next := time.NewTimer(0)
	defer next.Stop()
	for running := 0; running > 0 || len(addresses) > 0; {
		select {
		case <-next.C:
			if len(addresses) > 0 {
				go start(addresses[0])
				addresses = addresses[1:]
				running++
				next.Reset(headStart)
			}
		case r := <-results:
			running--
			if r.err == nil {
				return r.conn, nil
			}
			worst = worse(worst, r.err)
			next.Reset(0)
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	if worst == nil {
		return nil, errors.New("the host has no address")
	}
	return nil, worst
}

// worse keeps the first error, but prefers one of the network: it says more than that another address was refused.
func worse(first, second error) error {
	if first == nil || (errors.Is(first, ErrRefused) && !errors.Is(second, ErrRefused)) {
		return second
	}
	return first
}
