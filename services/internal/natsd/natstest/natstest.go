// Package natstest gives tests a real nats-server with the pipeline's streams, in real time or inside a synctest bubble.
//
// Guarantees:
//  1. Every server has a folder of its own and is stopped before the test (or its bubble) ends.
//  2. Inside a bubble nothing opens a socket, so that virtual time advances; the package must run its tests through Main.
//
// It stops there: it fakes nothing of JetStream.
package natstest

import (
	"os"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server/ats"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/orderwire/orderwire/services/internal/natsd"
	"github.com/orderwire/orderwire/services/internal/topology"
)

// Main is a package's TestMain. It starts the server's clock outside of any bubble: a bubble that started it would never see time advance.
func Main(m *testing.M) {
	ats.Register()
	os.Exit(m.Run())
}

// Server starts a server in memory that the test stops. Inside a bubble use Start, and stop it before the bubble's function returns.
func Server(t testing.TB) *natsd.Server {
	t.Helper()
	s := Start(t, Dir(t))
	t.Cleanup(s.Stop)
	return s
}

// Dir is a folder for a server's streams, removed when the test ends. Unlike the testing package it waits for a server that still tidies up after
// its shutdown.
func Dir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "orderwire-test-") //nolint:usetesting // see above
	require.NoError(t, err)
	t.Cleanup(func() {
		require.Eventually(t, func() bool { return os.RemoveAll(dir) == nil }, 5*time.Second, 10*time.Millisecond, "remove %s", dir)
	})
	return dir
}

// Start starts a server without a socket on a folder. The folder must come from outside the bubble (Dir of the outer test), and may hold the
// streams of an earlier server.
func Start(t testing.TB, dir string) *natsd.Server {
	t.Helper()
	s, err := natsd.Start(natsd.Options{Dir: dir})
	require.NoError(t, err)
	return s
}

// Listen starts a server with a socket on a free loopback port, which the test stops.
func Listen(t testing.TB) *natsd.Server {
	t.Helper()
	s, err := natsd.Start(natsd.Options{Dir: Dir(t), Listen: "127.0.0.1:0"})
	require.NoError(t, err)
	t.Cleanup(s.Stop)
	return s
}

// Stop stops a server inside a bubble, once it is idle: a server leaves goroutines behind when it is stopped in the midst of something, and some that end a
// moment later. The seconds are virtual.
func Stop(s *natsd.Server) {
	time.Sleep(time.Second)
	s.Stop()
	time.Sleep(time.Second)
}

// Connect connects to the server in memory. The caller closes.
func Connect(t testing.TB, s *natsd.Server) (*nats.Conn, jetstream.JetStream) {
	t.Helper()
	nc, err := s.Connect()
	require.NoError(t, err)
	js, err := jetstream.New(nc)
	require.NoError(t, err)
	return nc, js
}

// Small is a topology whose streams a test's disk can always hold.
func Small() topology.Config {
	c := topology.Config{MaxBytes: map[string]int64{}}
	for _, name := range topology.Names {
		c.MaxBytes[name] = 64 << 20
	}
	return c
}

// Streams creates the pipeline's streams.
func Streams(t testing.TB, js jetstream.JetStream, cfg topology.Config) {
	t.Helper()
	_, err := topology.Ensure(t.Context(), js, cfg)
	require.NoError(t, err)
}

// Pipeline is a server in memory with the small topology and one connection, all stopped by the test.
func Pipeline(t testing.TB) (*natsd.Server, *nats.Conn, jetstream.JetStream) {
	t.Helper()
	s := Server(t)
	nc, js := Connect(t, s)
	t.Cleanup(nc.Close)
	Streams(t, js, Small())
	return s, nc, js
}

// Eventually waits for a condition in real time, asking every few milliseconds.
func Eventually(t testing.TB, condition func() bool, msg string, args ...any) {
	t.Helper()
	require.Eventually(t, condition, 20*time.Second, 5*time.Millisecond, append([]any{msg}, args...)...)
}
