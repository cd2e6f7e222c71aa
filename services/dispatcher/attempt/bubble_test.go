package attempt

import (
	"bufio"
	"context"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orderwire/orderwire/services/internal/config"
)

// pipe connects to a handler in memory, as tests in virtual time do. A nil handler accepts nobody.
func pipe(handle func(net.Conn)) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, _, _ string) (net.Conn, error) {
		if handle == nil {
			<-ctx.Done()
			return nil, ctx.Err()
		}
		near, far := net.Pipe()
		go func() {
			defer far.Close()
			handle(far)
		}()
		return near, nil
	}
}

// In virtual time the time-outs are exact, and nothing is left running when the client is closed.
func TestTimeoutsInVirtualTime(t *testing.T) {
	slow := func(wait time.Duration) func(net.Conn) {
		return func(c net.Conn) {
			for r := bufio.NewReader(c); readRequest(r) != nil; {
				time.Sleep(wait)
				if _, err := io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nDate: "+time.Now().UTC().Format("Mon, 02 Jan 2006 15:04:05")+" GMT\r\n\r\n"); err != nil {
					return
				}
			}
		}
	}
	cases := map[string]struct {
		handle func(net.Conn)
		want   outcome
		took   time.Duration
	}{
		"at once":             {slow(0), outcome{delivered, 200, ""}, 0},
		"just in time":        {slow(15*time.Second - 1), outcome{delivered, 200, ""}, 15*time.Second - 1},
		"too late":            {slow(16 * time.Second), outcome{transient, 0, "none within 15s"}, 15 * time.Second},
		"nobody accepts":      {nil, outcome{transient, 0, "connect to api.test: no answer within 5s"}, 5 * time.Second},
		"handshake is silent": {untilClosed, outcome{transient, 0, "shake hands (TLS) with api.test: no answer within 5s"}, 5 * time.Second},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client := New(Config{Lookup: lookup, Dial: pipe(c.handle)})
				defer time.Sleep(time.Minute) // for the handlers to end
				defer client.Close()
				d := destination("http://api.test/merchant")
				d.Timeout = config.Timeout{} // the defaults
				d.Network.Allow = nil
				if name == "handshake is silent" {
					d.URL = "https://api.test/merchant"
				}
				for range 3 {
					start := time.Now()
					r := client.Do(t.Context(), requestTo(d))
					require.Equal(t, c.took, time.Since(start))
					r.Duration++ // may be 0 here
					c.want.check(t, r)
					if r.Status == 200 {
						require.True(t, r.HasSkew)
						require.InDelta(t, c.took.Seconds()/2, r.Skew.Seconds(), 1)
					}
				}
			})
		})
	}
}
