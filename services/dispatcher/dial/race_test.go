package dial

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// fate of one address: connects or fails after a while; zero: never.
type fate struct {
	after time.Duration
	err   error
}

func TestRace(t *testing.T) {
	broken, refused := errors.New("broken"), fmt.Errorf("%w: private", ErrRefused)
	cases := map[string]struct {
		fates  []fate
		winner int
		err    error
		took   time.Duration
	}{
		"one":                                  {[]fate{{time.Second, nil}}, 0, nil, time.Second},
		"first is good":                        {[]fate{{100 * time.Millisecond, nil}, {time.Millisecond, nil}}, 0, nil, 100 * time.Millisecond},
		"first fails":                          {[]fate{{10 * time.Millisecond, broken}, {time.Millisecond, nil}}, 1, nil, 11 * time.Millisecond},
		"first is silent":                      {[]fate{{}, {time.Millisecond, nil}}, 1, nil, 301 * time.Millisecond},
		"all but the last silent":              {[]fate{{}, {}, {}, {time.Millisecond, nil}}, 3, nil, 901 * time.Millisecond},
		"slow first still wins":                {[]fate{{time.Second, nil}, {2 * time.Second, nil}}, 0, nil, time.Second},
		"all fail":                             {[]fate{{time.Millisecond, broken}, {time.Millisecond, errors.New("later")}}, 0, broken, 2 * time.Millisecond},
		"network says more than refusal":       {[]fate{{time.Millisecond, refused}, {time.Millisecond, broken}}, 0, broken, 2 * time.Millisecond},
		"all refused":                          {[]fate{{time.Millisecond, refused}, {time.Millisecond, refused}}, 0, ErrRefused, 2 * time.Millisecond},
		"all silent until the time-out":        {[]fate{{}, {}}, 0, context.DeadlineExceeded, 5 * time.Second},
		"one fails and one is silent for ever": {[]fate{{}, {time.Millisecond, broken}}, 0, context.DeadlineExceeded, 5 * time.Second},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
				defer cancel()
				open := map[net.Conn]int{}
				var mu sync.Mutex
				addresses := make([]netip.AddrPort, len(c.fates))
				for i := range addresses {
					addresses[i] = netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, 2, byte(i)}), 80)
				}
				start := time.Now()
				conn, err := race(ctx, addresses, func(ctx context.Context, a netip.AddrPort) (net.Conn, error) {
					i := int(a.Addr().As4()[3])
					if err := c.fates[i].live(ctx); err != nil {
						return nil, err
					}
					mu.Lock()
					defer mu.Unlock()
					made := &closing{onClose: func(c *closing) { mu.Lock(); delete(open, c); mu.Unlock() }}
					open[made] = i
					return made, nil
				})
				require.Equal(t, c.took, time.Since(start))
				cancel()
				synctest.Wait()
				if c.err != nil {
					require.ErrorIs(t, err, c.err)
					require.Empty(t, open)
					return
				}
				require.NoError(t, err)
				require.Equal(t, map[net.Conn]int{conn: c.winner}, open, "only the winner stays open")
			})
		})
	}
}

func (f fate) live(ctx context.Context) error {
	var over <-chan time.Time
	if f.after > 0 {
		over = time.After(f.after)
	}
	select {
	case <-over:
		return f.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Two that connect at the same moment: one is used, the other closed.
func TestRaceClosesTheLoser(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var closed int
		addresses := []netip.AddrPort{netip.MustParseAddrPort("192.0.2.0:80"), netip.MustParseAddrPort("192.0.2.1:80")}
		start := time.Now()
		_, err := race(t.Context(), addresses, func(context.Context, netip.AddrPort) (net.Conn, error) {
			time.Sleep(time.Second - time.Since(start))
			return &closing{onClose: func(*closing) { closed++ }}, nil
		})
		require.NoError(t, err)
		synctest.Wait()
		require.Equal(t, 1, closed)
	})
}

type closing struct {
	net.Conn
	onClose func(*closing)
}

func (c *closing) Close() error { c.onClose(c); return nil }
