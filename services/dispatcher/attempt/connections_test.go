package attempt

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	v1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/internal/config"
)

// counting is a server that counts its connections and holds requests until as many as it waits for are there.
type counting struct {
	*httptest.Server
	open, made atomic.Int32
	gate       sync.WaitGroup
}

func newCounting(t *testing.T) *counting {
	s := &counting{}
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		s.gate.Done()
		s.gate.Wait()
		w.WriteHeader(200)
	}))
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		switch state {
		case http.StateNew:
			s.made.Add(1)
			s.open.Add(1)
		case http.StateClosed:
			s.open.Add(-1)
		}
	}
	s.Start()
	t.Cleanup(s.Close)
	return s
}

// together makes n attempts at a time.
func (s *counting) together(t *testing.T, c *Client, n int, d *config.Destination) {
	s.gate.Add(n)
	var all sync.WaitGroup
	for range n {
		all.Go(func() {
			if r := c.Do(t.Context(), requestTo(d)); r.Reason != v1.Reason_DELIVERED {
				t.Errorf("attempt: %+v", r)
			}
		})
	}
	all.Wait()
}

func TestConnectionsAreKept(t *testing.T) {
	s, client := newCounting(t), newClient(t)
	d := destination(s.URL)
	for range 5 {
		s.together(t, client, d.Concurrency, d)
	}
	require.Equal(t, int32(d.Concurrency), s.made.Load())
}

func TestReload(t *testing.T) {
	cases := map[string]struct {
		change func(*config.Destination)
		kept   bool
	}{
		"nothing":       {func(*config.Destination) {}, true},
		"credentials":   {func(d *config.Destination) { d.Auth = nil }, true},
		"retry list":    {func(d *config.Destination) { d.Retry.Attempts = 3 }, true},
		"total":         {func(d *config.Destination) { d.Timeout.Total = time.Minute }, true},
		"base path":     {func(d *config.Destination) { d.URL += "/v2" }, false},
		"concurrency":   {func(d *config.Destination) { d.Concurrency = 2 }, false},
		"allowed range": {func(d *config.Destination) { d.Network.Allow = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")} }, false},
		"connect":       {func(d *config.Destination) { d.Timeout.Connect = time.Minute }, false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			s, client := newCounting(t), newClient(t)
			s.together(t, client, 1, destination(s.URL))
			changed := destination(s.URL)
			c.change(changed)
			s.together(t, client, 1, changed)
			if c.kept {
				require.Equal(t, int32(1), s.made.Load())
				return
			}
			require.Equal(t, int32(2), s.made.Load())
			require.Eventually(t, func() bool { return s.open.Load() == 1 }, 5*time.Second, time.Millisecond, "the old connection is closed")
		})
	}
}

func TestReloadTakesEffectAtTheNextAttempt(t *testing.T) {
	var paths []string
	var keys []string
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		paths, keys = append(paths, r.URL.Path), append(keys, r.Header.Get("x-api-key"))
	}))
	defer server.Close()
	client := newClient(t)
	require.Equal(t, delivered, client.Do(t.Context(), requestTo(destination(server.URL+"/v1"))).Reason)
	d := destination(server.URL + "/v2")
	d.Auth = []config.Auth{{Type: config.APIKey, Secret: config.Secret{Env: "OPENAPP_SECRET"}}}
	require.Equal(t, delivered, client.Do(t.Context(), requestTo(d)).Reason)
	require.Equal(t, []string{"/v1/v1/orders/fulfillment", "/v2/v1/orders/fulfillment"}, paths)
	require.Equal(t, []string{"", secret}, keys)
}

func TestDroppedDestinationsAreClosed(t *testing.T) {
	s, client := newCounting(t), newClient(t)
	a, b := destination(s.URL), destination(s.URL)
	b.Name = "other"
	s.together(t, client, 2, a)
	s.together(t, client, 3, b)
	require.Equal(t, int32(5), s.open.Load())
	client.Keep(func(key string) bool { return key == "other" })
	require.Eventually(t, func() bool { return s.open.Load() == 3 }, 5*time.Second, time.Millisecond)
	client.Close()
	require.Eventually(t, func() bool { return s.open.Load() == 0 }, 5*time.Second, time.Millisecond)
}

// One secret per shop: the same definition, another key on subjects.
func TestPerShop(t *testing.T) {
	var keys []string
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { keys = append(keys, r.Header.Get("x-api-key")) }))
	defer server.Close()
	client := New(Config{Lookup: func(name string) (string, bool) { return "value-of-" + name, name != "OA_NONE" }})
	defer client.Close()
	d := destination(server.URL)
	d.PerShop = true
	d.Auth = []config.Auth{{Type: config.APIKey, Secret: config.Secret{Env: "OA_{SHOP}"}}}
	for _, shop := range []string{"acme-fr", "acme-pl", "none", "acme-fr"} {
		r := requestTo(d)
		r.Shop, r.Key = shop, d.Key(shop)
		result := client.Do(t.Context(), r)
		if shop == "none" {
			outcome{fault, 0, "OA_NONE"}.check(t, result)
			continue
		}
		require.Equal(t, delivered, result.Reason, "%+v", result)
	}
	require.Equal(t, []string{"value-of-OA_ACME_FR", "value-of-OA_ACME_PL", "value-of-OA_ACME_FR"}, keys)
}

// A kept connection that breaks after the request was written is a failed attempt: net/http must not send the same nonce again by itself.
func TestNothingIsSentTwice(t *testing.T) {
	var requests atomic.Int32
	address := serve(t, func(c net.Conn) {
		r := bufio.NewReader(c)
		if readRequest(r) == nil {
			return
		}
		requests.Add(1)
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
		if readRequest(r) != nil {
			requests.Add(1)
			_ = c.(*net.TCPConn).SetLinger(0)
		}
	})
	client, d := newClient(t), destination("http://"+address)
	require.Equal(t, delivered, client.Do(t.Context(), requestTo(d)).Reason)
	require.Equal(t, transient, client.Do(t.Context(), requestTo(d)).Reason)
	require.Equal(t, int32(2), requests.Load())
}

func TestProxiesOfTheEnvironmentAreNotUsed(t *testing.T) {
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:1")
	t.Setenv("http_proxy", "http://127.0.0.1:1")
	client, s := newClient(t), newCounting(t)
	s.together(t, client, 1, destination(s.URL))
	for _, e := range client.endpoints {
		require.Nil(t, e.transport.Proxy)
	}
}
