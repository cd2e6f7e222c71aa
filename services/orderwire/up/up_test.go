package up_test

import (
	"context"
	"log/slog"
	"net"
	"os"
	"path/filepath"
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
		{"admin port taken", func(c *up.Config) { c.Admin = taken.Addr().String() }, "listen for the admin server"},
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
		})
	}
}
