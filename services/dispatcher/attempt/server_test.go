package attempt

import (
	"bufio"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	v1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/dispatcher/dial/dialtest"
	"github.com/orderwire/orderwire/services/internal/config"
)

const secret = "a secret/with+odd=characters\"<"

// shipped is the body of requestTo.
var shipped = []byte(`{"status":"SHIPPED","notes":"zażółć"}`)

// lookup is the environment of these tests.
func lookup(name string) (string, bool) {
	return secret, name == "OPENAPP_SECRET"
}

func newClient(t testing.TB) *Client {
	c := New(Config{Version: "1.2.3", Lookup: lookup})
	t.Cleanup(c.Close)
	return c
}

// destination at the URL, on loopback, with time-outs that a failing test can wait for.
func destination(url string) *config.Destination {
	return &config.Destination{
		Name: "openapp", URL: url, Concurrency: 8,
		Network: config.Network{PlainHTTP: true, Allow: dialtest.Loopback()},
		Timeout: config.Timeout{DNS: 5 * time.Second, Connect: 5 * time.Second, Total: 10 * time.Second},
		Auth: []config.Auth{{
			Type: config.OpenAppHMAC, Key: config.Key{Text: "acme"}, Secret: config.Secret{Env: "OPENAPP_SECRET"}, Path: config.PathSuffix,
		}},
	}
}

func requestTo(d *config.Destination) Request {
	return Request{
		Destination: d, Key: d.Name, Shop: "acme-fr", Order: "1042", Number: 3,
		Delivery: &v1.Delivery{
			Id: "00112233445566778899aabbccddeeff", Sequence: 1718000000000001,
			Request: &v1.Request{
				Method: "POST", Path: "/v1/orders/fulfillment", ContentType: "application/json",
				Body: shipped, Headers: map[string]string{"ce-id": "h7"},
			},
		},
	}
}

// serve runs a server that treats each connection as the test likes; the connection is closed afterwards.
func serve(t testing.TB, handle func(net.Conn)) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	var all sync.WaitGroup
	t.Cleanup(func() { _ = l.Close(); all.Wait() })
	all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() {
				defer c.Close()
				handle(c)
			})
		}
	})
	return l.Addr().String()
}

// readRequest reads one request; nil when there is none.
func readRequest(r *bufio.Reader) *http.Request {
	req, err := http.ReadRequest(r)
	if err != nil {
		return nil
	}
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil
	}
	req.Body = io.NopCloser(strings.NewReader(string(body)))
	return req
}

// answering reads one request, writes the parts, and closes.
func answering(parts ...string) func(net.Conn) {
	return func(c net.Conn) {
		if readRequest(bufio.NewReader(c)) == nil {
			return
		}
		for _, part := range parts {
			if _, err := io.WriteString(c, part); err != nil {
				return
			}
		}
	}
}

// untilClosed waits until the client hangs up.
func untilClosed(c net.Conn) { _, _ = io.Copy(io.Discard, c) }

// overTLS shakes hands first. One that fails waits for the client to hang up, so that the client sees why and not a reset.
func overTLS(cfg *tls.Config, handle func(net.Conn)) func(net.Conn) {
	return func(c net.Conn) {
		s := tls.Server(c, cfg)
		if s.Handshake() != nil {
			untilClosed(c)
			return
		}
		handle(s)
	}
}
