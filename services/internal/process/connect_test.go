package process

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"github.com/orderwire/orderwire/services/internal/natsd"
)

// heard is a log to look at while it is written.
type heard struct {
	mu  sync.Mutex
	out bytes.Buffer
}

func (h *heard) Write(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.out.Write(p)
}

func (h *heard) String() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.out.String()
}

func (h *heard) logger() *slog.Logger { return NewLogger(LogConfig{Writer: h, Format: LogText}) }

// waitFor waits until the log holds the words.
func (h *heard) waitFor(t *testing.T, words string) {
	t.Helper()
	require.Eventually(t, func() bool { return strings.Contains(h.String(), words) }, 20*time.Second, time.Millisecond, "%s in\n%s", words, h)
}

// freeAddress is an address that nobody listens on.
func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = listener.Close() }()
	return listener.Addr().String()
}

func startServer(t *testing.T, address string) *natsd.Server {
	t.Helper()
	server, err := natsd.Start(natsd.Options{Dir: t.TempDir(), Listen: address})
	require.NoError(t, err)
	t.Cleanup(server.Stop)
	return server
}

func TestConcurrentConnectWaitsForTheServer(t *testing.T) {
	address := freeAddress(t)
	var log heard
	connected := make(chan error, 1)
	go func() {
		nc, err := Connect(t.Context(), ConnectConfig{Name: "mapper", Servers: []string{address}, Logger: log.logger()})
		if err == nil {
			nc.Close()
		}
		connected <- err
	}()
	log.waitFor(t, "cannot connect to NATS: nothing answers there")
	log.waitFor(t, `try="is nats-server running`)
	startServer(t, address)
	require.NoError(t, <-connected)
	require.Contains(t, log.String(), "connected to NATS url=nats://"+address)
}

func TestConcurrentConnectEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var log heard
	failed := make(chan error, 1)
	address := freeAddress(t)
	go func() {
		_, err := Connect(ctx, ConnectConfig{Servers: []string{"nats://me:swordfish9@" + address}, Logger: log.logger()})
		failed <- err
	}()
	log.waitFor(t, "tries=1")
	cancel()
	err := <-failed
	require.EqualError(t, err, "connect to NATS at nats://[redacted]@"+address+": nothing answers there. Try: is nats-server running, with JetStream (nats-server -js)? else set ORDERWIRE_NATS_URL (nats: no servers available for connection; context canceled)")
	require.ErrorIs(t, err, nats.ErrNoServers)
	require.ErrorIs(t, err, context.Canceled)
	require.NotContains(t, log.String(), "swordfish9")
}

// Refused twice with the same words, nats.go would close the connection for good.
func TestConcurrentReconnectOutlivesRefusals(t *testing.T) {
	g := newGate(t)
	var log heard
	nc, err := Connect(t.Context(), ConnectConfig{Servers: []string{g.url}, Logger: log.logger()})
	require.NoError(t, err)
	defer nc.Close()
	back := nc.StatusChanged(nats.CONNECTED)
	for range 3 {
		g.refuse <- "Authorization Violation"
	}
	require.NoError(t, nc.ForceReconnect())
	<-back
	require.Empty(t, g.refuse)
	log.waitFor(t, "the server does not accept these credentials")
	log.waitFor(t, "connection to NATS is back")
}

func TestConcurrentConnectionComesBack(t *testing.T) {
	address := freeAddress(t)
	var log heard
	server := startServer(t, address)
	nc, err := Connect(t.Context(), ConnectConfig{Servers: []string{address}, Logger: log.logger()})
	require.NoError(t, err)
	defer nc.Close()
	back := nc.StatusChanged(nats.CONNECTED)
	server.Stop()
	log.waitFor(t, "connection to NATS lost, reconnecting")
	require.ErrorIs(t, nc.Publish("late", nil), nats.ErrReconnectBufExceeded, "nothing is kept for later")
	require.ErrorContains(t, connected(nc), "the connection is RECONNECTING")
	startServer(t, address)
	<-back
	require.NoError(t, connected(nc))
}

func TestConcurrentDrain(t *testing.T) {
	server := startServer(t, "127.0.0.1:0")
	nc, err := Connect(t.Context(), ConnectConfig{Servers: []string{server.URL()}})
	require.NoError(t, err)
	took := make(chan struct{})
	var got int
	_, err = nc.Subscribe("work", func(*nats.Msg) {
		<-took
		got++
	})
	require.NoError(t, err)
	for range 3 {
		require.NoError(t, nc.Publish("work", nil))
	}
	require.NoError(t, nc.Flush())
	close(took)
	require.NoError(t, Drain(t.Context(), nc))
	require.Equal(t, 3, got)
	require.True(t, nc.IsClosed())
	require.NoError(t, Drain(t.Context(), nc), "what is closed is drained")
}

func TestConcurrentDrainEndsWithItsContext(t *testing.T) {
	server := startServer(t, "127.0.0.1:0")
	nc, err := Connect(t.Context(), ConnectConfig{Servers: []string{server.URL()}})
	require.NoError(t, err)
	entered, release := make(chan struct{}), make(chan struct{})
	defer close(release)
	_, err = nc.Subscribe("work", func(*nats.Msg) {
		close(entered)
		<-release
	})
	require.NoError(t, err)
	require.NoError(t, nc.Publish("work", nil))
	<-entered
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, Drain(ctx, nc), context.Canceled)
	require.True(t, nc.IsClosed())
}

func TestReconnectWaitGrowsAndStaysBelowItsBound(t *testing.T) {
	for _, round := range []int{0, 1, 2, 5, 100, 1 << 30} {
		wait := reconnectWait(round)
		require.GreaterOrEqual(t, wait, firstWait/2)
		require.LessOrEqual(t, wait, longestWait*3/2)
	}
	require.LessOrEqual(t, reconnectWait(1), firstWait*3/2)
	require.GreaterOrEqual(t, reconnectWait(100), longestWait/2)
}

func TestExplain(t *testing.T) {
	for name, test := range map[string]struct {
		err  error
		what string
	}{
		"refused":     {nats.ErrNoServers, "nothing answers there"},
		"credentials": {fmt.Errorf("connect: %w", nats.ErrAuthorization), "the server does not accept these credentials"},
		"name":        {&net.OpError{Op: "dial", Err: &net.DNSError{Name: "natz", IsNotFound: true}}, "the name natz is not known"},
		"silence":     {nats.ErrTimeout, "no answer within 3s"},
		"dial":        {&net.OpError{Op: "dial", Err: context.DeadlineExceeded}, "no answer within 3s"},
		"authority":   {x509.UnknownAuthorityError{}, "the server's certificate is signed by an authority that is not known here"},
		"no TLS":      {nats.ErrSecureConnWanted, "the server does not speak TLS"},
		"full":        {nats.ErrMaxConnectionsExceeded, "the server has all the connections it allows"},
		"other":       {errors.New("nats://u:p@h is odd"), "nats://[redacted]@h is odd"},
	} {
		t.Run(name, func(t *testing.T) {
			fault := explain(test.err)
			require.Equal(t, test.what, fault.what)
			require.NotEmpty(t, fault.try)
		})
	}
}

func TestAsyncErrorsInWords(t *testing.T) {
	for text, want := range map[string]string{
		`nats: permissions violation: Permissions Violation for Publish to "deliver.3.x"`:     "NATS refuses to let this user publish subject=deliver.3.x",
		`nats: permissions violation: Permissions Violation for Subscription to "_INBOX.a.*"`: "NATS refuses to let this user subscribe subject=_INBOX.a.*",
		"nats: something else": `error on the connection to NATS: nats: something else`,
	} {
		var log heard
		logAsync(log.logger(), nil, errors.New(text))
		require.Contains(t, log.String(), want)
		require.Contains(t, log.String(), "try=")
	}
}

// Any client can send bytes in place of headers.
func TestConcurrentHeadersThatAreNone(t *testing.T) {
	server := startServer(t, "127.0.0.1:0")
	var log heard
	nc, err := Connect(t.Context(), ConnectConfig{Servers: []string{server.URL()}, Logger: log.logger()})
	require.NoError(t, err)
	defer nc.Close()
	sub, err := nc.SubscribeSync("x")
	require.NoError(t, err)
	require.NoError(t, nc.Flush())

	client, err := net.Dial("tcp", strings.TrimPrefix(server.URL(), "nats://"))
	require.NoError(t, err)
	defer func() { _ = client.Close() }()
	_, err = fmt.Fprint(client, "CONNECT {\"headers\":true,\"verbose\":false}\r\n"+strings.Repeat("HPUB x 6 8\r\nhelloohi\r\n", 3)+"PING\r\n")
	require.NoError(t, err)
	for range 3 {
		m, err := sub.NextMsg(20 * time.Second)
		require.NoError(t, err)
		require.Equal(t, "hi", string(m.Data))
	}
	const said = "a publisher sent headers that cannot be read; the message is taken without them"
	log.waitFor(t, said)
	require.Equal(t, 1, strings.Count(log.String(), said), "once a minute")
	require.NotContains(t, log.String(), "ORDERWIRE_NATS_URL")
}
