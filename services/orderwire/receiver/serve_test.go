package receiver_test

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/orderwire/orderwire/services/orderwire/receiver"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// serve runs one of the receiver's servers on a free port until the test ends.
func serve(t *testing.T, run func(context.Context, net.Listener) error) (base string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- run(ctx, l) }()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-ended)
		http.DefaultClient.CloseIdleConnections()
	})
	return "http://" + l.Addr().String()
}

func do(t *testing.T, r *http.Request) (int, error) {
	t.Helper()
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode, err
}

func TestHeaderNamesInLowerCase(t *testing.T) {
	r := newReceiver(t)
	base := serve(t, r.Serve)
	for range 3 { // on one connection
		code, err := do(t, good(time.Now()).request(base))
		require.NoError(t, err)
		require.Equal(t, 200, code)
		for _, name := range []string{"authorization", "x-app-signature"} {
			req := good(time.Now()).request(base)
			value := req.Header[name]
			delete(req.Header, name)
			req.Header[http.CanonicalHeaderKey(name)] = value
			code, err = do(t, req)
			require.NoError(t, err)
			require.Equal(t, 401, code)
		}
	}
	s := good(time.Now())
	s.body = strings.TrimSuffix(s.body, "}") + strings.Repeat(" ", receiver.MaxBody/2) + "}" // its bytes push the header out of what is kept
	code, err := do(t, s.request(base))
	require.NoError(t, err)
	require.Equal(t, 200, code)
	require.EqualValues(t, 6, r.Stats().BadSignatures)
}

func TestFaults(t *testing.T) {
	for _, c := range []struct {
		name     string
		faults   receiver.Faults
		code     int // 0: cut
		accepted int
	}{
		{"none", receiver.Faults{}, 200, 1},
		{"503", receiver.Faults{Ratio: 1, Kinds: []receiver.Fault{receiver.Unavailable}}, 503, 0},
		{"500", receiver.Faults{Ratio: 1, Kinds: []receiver.Fault{receiver.Internal}}, 500, 0},
		{"reset", receiver.Faults{Ratio: 1, Kinds: []receiver.Fault{receiver.Reset}}, 0, 0},
		{"slow", receiver.Faults{Ratio: 1, Kinds: []receiver.Fault{receiver.Slow}, SlowFor: receiver.Duration(time.Millisecond)}, 200, 1},
		{"delay", receiver.Faults{Delay: receiver.Duration(time.Millisecond)}, 200, 1},
		{"down", receiver.Faults{Down: true}, 0, 0},
		{"status", receiver.Faults{Status: 429}, 429, 0},
		{"another success", receiver.Faults{Status: 202}, 202, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newReceiver(t, func(rc *receiver.Config) { rc.Faults = c.faults })
			code, err := do(t, delivery(time.Now(), "a", 1).request(serve(t, r.Serve)))
			require.Equal(t, c.code == 0, err != nil, err)
			require.Equal(t, c.code, code)
			require.Equal(t, c.accepted, r.Stats().Accepted)
		})
	}
}

func TestSlowAnswerIsNotTakenWhenTheClientLeft(t *testing.T) {
	r := newReceiver(t, func(c *receiver.Config) {
		c.Faults = receiver.Faults{Ratio: 1, Kinds: []receiver.Fault{receiver.Slow}, SlowFor: receiver.Duration(time.Hour)}
	})
	base := serve(t, r.Serve)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() {
		_, err := do(t, delivery(time.Now(), "a", 1).request(base).WithContext(ctx))
		ended <- err
	}()
	require.Eventually(t, func() bool { return r.Stats().Faults[receiver.Slow] == 1 }, 10*time.Second, time.Millisecond)
	cancel()
	require.ErrorIs(t, <-ended, context.Canceled)
	require.Zero(t, r.Stats().Accepted)
}

func TestRatioFollowsFromTheSeed(t *testing.T) {
	draw := func(seed uint64) (codes []int, failed int) {
		r := newReceiver(t, func(c *receiver.Config) {
			c.Faults = receiver.Faults{Ratio: .2, Seed: seed, Kinds: []receiver.Fault{receiver.Unavailable, receiver.Internal}}
		})
		for n := range 2000 {
			code := delivery(time.Now(), "a", int64(n)).to(r).Code
			codes = append(codes, code)
			if code != 200 {
				failed++
			}
		}
		return codes, failed
	}
	a, failed := draw(1)
	again, _ := draw(1)
	other, _ := draw(2)
	require.Equal(t, a, again)
	require.NotEqual(t, a, other)
	require.InDelta(t, 400, failed, 80)
}

func TestAdmin(t *testing.T) {
	r := newReceiver(t)
	base := serve(t, r.ServeAdmin)
	require.Equal(t, 200, delivery(time.Now(), "a", 1).to(r).Code)

	resp, err := http.Get(base + "/stats")
	require.NoError(t, err)
	defer resp.Body.Close()
	var st receiver.Stats
	require.NoError(t, json.NewDecoder(resp.Body).Decode(&st))
	require.Equal(t, r.Stats(), st)

	for body, want := range map[string]int{`{"ratio":0.5,"slow_for":"3s"}`: 200, `{"delay":5}`: 400, `{"ratio":2}`: 400, `{"dwon":true}`: 400} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, base+"/faults", strings.NewReader(body))
		require.NoError(t, err)
		code, err := do(t, req)
		require.NoError(t, err)
		require.Equal(t, want, code, body)
	}
	require.Equal(t, receiver.Faults{Ratio: .5, SlowFor: receiver.Duration(3 * time.Second)}, r.Faults())
}

func TestConfigMistakes(t *testing.T) {
	for problem, c := range map[string]receiver.Config{
		"no credentials":             {},
		`path form "half"`:           {Credentials: map[string]string{key: secret}, Path: "half"},
		"ratio 1.5":                  {Credentials: map[string]string{key: secret}, Faults: receiver.Faults{Ratio: 1.5}},
		"status 99":                  {Credentials: map[string]string{key: secret}, Faults: receiver.Faults{Status: 99}},
		`fault "404"`:                {Credentials: map[string]string{key: secret}, Faults: receiver.Faults{Kinds: []receiver.Fault{"404"}}},
		"a delay below 0: write a d": {Credentials: map[string]string{key: secret}, Faults: receiver.Faults{Delay: -1}},
	} {
		_, err := receiver.New(c)
		require.ErrorContains(t, err, problem)
	}
}
