package up_test

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"github.com/orderwire/orderwire/services/internal/topology"
	"github.com/orderwire/orderwire/services/orderwire/up"
)

// begin starts one and returns how to end it.
func begin(t *testing.T, dir string) (places up.Places, end func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	started, ended := make(chan up.Places, 1), make(chan error, 1)
	go func() { ended <- up.Run(ctx, config(dir, func(p up.Places) { started <- p })) }()
	select {
	case places = <-started:
	case err := <-ended:
		require.NoError(t, err)
	}
	return places, func() error {
		cancel()
		return <-ended
	}
}

func config(dir string, started func(up.Places)) up.Config {
	small := map[string]int64{}
	for _, name := range topology.Names {
		small[name] = 8 << 20
	}
	return up.Config{Dir: dir, Listen: "127.0.0.1:0", Admin: "127.0.0.1:0", MaxBytes: small, Logger: slog.New(slog.DiscardHandler), Started: started}
}

func simpleMode(t *testing.T) {
	t.Setenv("OA_API_BASE_URL", "https://api.example.com/merchant")
	t.Setenv("OA_API_KEY", "acme")
	t.Setenv("OA_API_SECRET", "s3cretvalue")
}

func TestStartStopStart(t *testing.T) {
	simpleMode(t)
	dir := filepath.Join(t.TempDir(), "data")
	t.Cleanup(func() { // a server that has stopped may still be tidying up its files
		require.Eventually(t, func() bool { return os.RemoveAll(dir) == nil }, 5*time.Second, 10*time.Millisecond)
	})
	for n := range 2 {
		places, end := begin(t, dir)
		address, err := up.ReadAddress(dir)
		require.NoError(t, err)
		require.Equal(t, places.NATS, address)
		info, err := os.Stat(filepath.Join(dir, "address"))
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm())

		require.ErrorContains(t, up.Run(t.Context(), config(dir, nil)), "another orderwire up works on "+dir)

		nc, err := nats.Connect(places.NATS)
		require.NoError(t, err)
		js, err := nc.JetStream()
		require.NoError(t, err)
		ack, err := js.Publish("orders.demo.1", []byte("{}"))
		require.NoError(t, err)
		require.EqualValues(t, n+1, ack.Sequence, "what was stored is there after a restart")
		nc.Close()

		require.NoError(t, end())
		_, err = up.ReadAddress(dir)
		require.ErrorContains(t, err, "no orderwire up runs on")
	}
}

// lines is a log that a test reads as it is written; what nobody reads is dropped.
type lines chan string

func (l lines) Write(p []byte) (int, error) {
	select {
	case l <- string(p):
	default:
	}
	return len(p), nil
}

// TestHeadersThatAreNone: what a shop sends is no reason to write past the log.
func TestHeadersThatAreNone(t *testing.T) {
	simpleMode(t)
	log := make(lines, 1000)
	cfg := config(filepath.Join(t.TempDir(), "data"), nil)
	cfg.Logger = slog.New(slog.NewTextHandler(log, nil))
	started, ended := make(chan up.Places, 1), make(chan error, 1)
	cfg.Started = func(p up.Places) { started <- p }
	ctx, cancel := context.WithCancel(t.Context())
	go func() { ended <- up.Run(ctx, cfg) }()
	client, err := net.Dial("tcp", strings.TrimPrefix((<-started).NATS, "nats://"))
	require.NoError(t, err)
	defer client.Close()
	_, err = fmt.Fprint(client, "CONNECT {\"headers\":true,\"verbose\":false}\r\nHPUB orders.demo.1 6 8\r\nhello!{}\r\nPING\r\n")
	require.NoError(t, err)
	said := map[string]bool{"has no users: every user of this machine": false, "a publisher sent headers that cannot be read": false}
	for found := 0; found < len(said); {
		line := <-log
		for words, before := range said {
			if !before && strings.Contains(line, words) {
				said[words] = true
				found++
			}
		}
	}
	cancel()
	require.NoError(t, <-ended)
}

func TestCannotStart(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	for _, c := range []struct {
		name    string
		change  func(*up.Config)
		problem string
	}{
		{"port taken", func(c *up.Config) { c.Listen = taken.Addr().String() }, "address already in use. Try: "},
		{"admin port taken", func(c *up.Config) { c.Admin = taken.Addr().String() }, "address already in use. Try: another address in --admin"},
		{"no configuration file", func(c *up.Config) { c.File = "/nonexistent.yaml" }, "/nonexistent.yaml: cannot be read"},
		{"data folder is a file", func(c *up.Config) { c.Dir = file }, "make the data folder"},
		{"no room", func(c *up.Config) { c.MaxBytes = map[string]int64{topology.Orders: 1 << 60} }, "Try: "},
	} {
		t.Run(c.name, func(t *testing.T) {
			simpleMode(t)
			cfg := config(filepath.Join(t.TempDir(), "data"), func(up.Places) { t.Error("started") })
			c.change(&cfg)
			require.ErrorContains(t, up.Run(t.Context(), cfg), c.problem)
			_, err := up.ReadAddress(cfg.Dir)
			require.Error(t, err)
			if c.name == "admin port taken" {
				require.NoDirExists(t, cfg.Dir)
			}
		})
	}
}
