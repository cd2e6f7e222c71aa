package dial

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orderwire/orderwire/services/dispatcher/dial/dialtest"
	"github.com/orderwire/orderwire/services/internal/config"
)

func TestPhasesThatFail(t *testing.T) {
	const short = 300 * time.Millisecond
	names := dialtest.DNS{"silent.test": {Silent: true}, "broken.test": {Broken: true}, "empty.test": {}}
	cases := map[string]struct {
		address string
		phase   Phase
		timeout bool
		text    string
	}{
		"no such host":        {"nosuch.test:443", Resolve, false, "no such host"},
		"resolver is silent":  {"silent.test:443", Resolve, true, "resolve silent.test: no answer within 300ms"},
		"resolver fails":      {"broken.test:443", Resolve, false, "server misbehaving"},
		"no address":          {"empty.test:443", Resolve, false, "no such host"},
		"port is no number":   {"127.0.0.1:https", Resolve, false, `port "https"`},
		"no port":             {"127.0.0.1", Resolve, false, "missing port"},
		"connection refused":  {dialtest.ClosedPort(t), Connect, false, "connection refused"},
		"connecting is stuck": {dialtest.SilentPort(t), Connect, true, "connect to 127.0.0.1: no answer within 300ms"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			d := New(Config{
				Network: config.Network{Allow: dialtest.Loopback()}, DNS: short, Connect: short, Resolver: dialtest.Resolver(t, names),
			})
			_, err := d.DialContext(t.Context(), "tcp", c.address)
			var failure *Error
			require.ErrorAs(t, err, &failure)
			require.Equal(t, c.phase, failure.Phase)
			require.Equal(t, c.timeout, failure.Timeout > 0)
			require.False(t, failure.Refused())
			require.ErrorContains(t, err, c.text)
		})
	}
}

func TestEndOfTheAttemptIsNotATimeout(t *testing.T) {
	d := New(Config{DNS: time.Hour, Connect: time.Hour, Resolver: dialtest.Resolver(t, dialtest.DNS{"silent.test": {Silent: true}})})
	over := errors.New("over")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(over)
	_, err := d.DialContext(ctx, "tcp", "silent.test:443")
	require.ErrorIs(t, err, over)
}

func TestSeamGetsTheAddressAsItIsAndTheConnectTimeout(t *testing.T) {
	near, far := net.Pipe()
	defer far.Close()
	var address string
	d := New(Config{Connect: 20 * time.Millisecond, Dial: func(ctx context.Context, _, a string) (net.Conn, error) {
		if address = a; a == "down.test:80" {
			<-ctx.Done()
			return nil, ctx.Err()
		}
		return near, nil
	}})
	c, err := d.DialContext(t.Context(), "tcp", "api.test:80")
	require.NoError(t, err)
	require.Same(t, near, c)
	require.Equal(t, "api.test:80", address)
	_, err = d.DialContext(t.Context(), "tcp", "down.test:80")
	require.ErrorContains(t, err, "connect to down.test: no answer within 20ms")
}
