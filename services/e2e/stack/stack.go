// Package stack runs Orderwire as a process for tests: `orderwire up` on a data folder, a verifying receiver, and shops that publish as the module does.
//
// Guarantees:
//  1. Processes are the ones that the test started, and are ended with it.
//  2. Shops and receiver live in the test's process: what they know survives every kill of Orderwire.
//
// It stops there: what must hold afterwards is said by package audit, and by each test.
package stack

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
)

// Key and Secret of the one merchant.
const (
	Key    = "acme"
	Secret = "0123456789abcdef0123456789abcdef"
)

// binary builds the command once per test process.
var binary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "orderwire-e2e-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "orderwire")
	out, err := exec.Command("go", "build", "-o", path, "github.com/orderwire/orderwire/services/orderwire/cmd/orderwire").CombinedOutput() //nolint:gosec // our own package
	if err != nil {
		return "", fmt.Errorf("build orderwire: %w\n%s", err, out)
	}
	return path, nil
})

// Main runs a package's tests and removes the binary.
func Main(m *testing.M) {
	code := m.Run()
	if path, err := binary(); err == nil {
		_ = os.RemoveAll(filepath.Dir(path))
	}
	os.Exit(code)
}

// FreeAddress is a loopback address on which nothing listens.
func FreeAddress(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close() //nolint:errcheck // only the number was wanted
	return l.Addr().String()
}

// Up is `orderwire up` on one data folder, started and ended as often as a test likes. Its address stays.
type Up struct {
	t              testing.TB
	dir, yaml      string
	address, admin string
	cmd            *exec.Cmd
	log            *buffer
}

// buffer keeps the end of what a process printed.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.b.Len() > 4<<20 {
		b.b.Reset()
	}
	return b.b.Write(p)
}

// tail is what was printed last.
func (b *buffer) tail() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.b.String()
	if len(s) > 8000 {
		s = "..." + s[len(s)-8000:]
	}
	return s
}

// NewUp prepares a data folder with a configuration. The process is not started yet.
func NewUp(t testing.TB, yaml string) *Up {
	t.Helper()
	u := &Up{t: t, dir: t.TempDir(), address: FreeAddress(t), admin: FreeAddress(t), log: &buffer{}}
	u.yaml = filepath.Join(u.dir, "orderwire.yaml")
	require.NoError(t, os.WriteFile(u.yaml, []byte(yaml), 0o600))
	t.Cleanup(func() {
		u.Kill()
		if t.Failed() {
			t.Logf("orderwire up printed:\n%s", u.log.tail())
		}
	})
	return u
}

// Data is the data folder.
func (u *Up) Data() string { return filepath.Join(u.dir, "data") }

// Start starts the process; it does not wait for it.
func (u *Up) Start() {
	u.t.Helper()
	path, err := binary()
	require.NoError(u.t, err)
	u.cmd = exec.CommandContext(context.Background(), path, "up", "--config", u.yaml, "--data", u.Data(), "--listen", u.address, "--admin", u.admin) //nolint:gosec // our own binary, ended by Kill
	u.cmd.Env = append(os.Environ(), "E2E_SECRET="+Secret, "ORDERWIRE_LOG_FORMAT=json")
	u.cmd.Stdout, u.cmd.Stderr = u.log, u.log
	require.NoError(u.t, u.cmd.Start())
}

// Kill ends the process at once (SIGKILL), and waits until it is gone.
func (u *Up) Kill() {
	if u.cmd == nil {
		return
	}
	_ = u.cmd.Process.Signal(syscall.SIGKILL)
	_ = u.cmd.Wait()
	u.cmd = nil
}

// Stop asks the process to end (SIGTERM) and returns how it did.
func (u *Up) Stop() error {
	u.t.Helper()
	require.NoError(u.t, u.cmd.Process.Signal(syscall.SIGTERM))
	err := u.cmd.Wait()
	u.cmd = nil
	return err
}

// Admin is the URL of health and metrics.
func (u *Up) Admin() string { return "http://" + u.admin }

// Connect connects as a client that outlives the process.
func (u *Up) Connect() (*nats.Conn, jetstream.JetStream) {
	u.t.Helper()
	nc, err := nats.Connect("nats://"+u.address, nats.MaxReconnects(-1), nats.ReconnectWait(50*time.Millisecond), nats.RetryOnFailedConnect(true), nats.ReconnectBufSize(-1))
	require.NoError(u.t, err)
	u.t.Cleanup(nc.Close)
	require.Eventually(u.t, nc.IsConnected, 30*time.Second, 10*time.Millisecond, "orderwire up takes no connection")
	js, err := jetstream.New(nc)
	require.NoError(u.t, err)
	return nc, js
}

// Destination is the YAML of a destination that the tests' receiver stands for.
func Destination(name, url, more string) string {
	return fmt.Sprintf(`  %s:
    url: %s
    auth: [{type: openapp-hmac, key: %s, secret: {env: E2E_SECRET}}]
    network: {plain_http: true, allow: [127.0.0.0/8]}
%s`, name, url, Key, indent(more))
}

// Route is the YAML of the default OpenApp mapping to a destination.
func Route(shops, to string) string {
	return fmt.Sprintf(`  - shops: [%q]
    to: %s
    payload: openapp-fulfillment
    statuses: {PS_OS_PAYMENT: ORDERED, PS_OS_PREPARATION: FULFILLED, PS_OS_SHIPPING: SHIPPED, PS_OS_DELIVERED: DELIVERED, PS_OS_CANCELED: CANCELLED_MERCHANT}
`, shops, to)
}

func indent(lines string) string {
	if lines == "" {
		return ""
	}
	return "    " + strings.ReplaceAll(strings.TrimSpace(lines), "\n", "\n    ") + "\n"
}
