package process

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime/debug"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// told runs a command whose signals the test sends.
type told struct {
	stdout  bytes.Buffer
	stderr  heard
	signals chan os.Signal
	code    chan int
}

func start(t *testing.T, run func(context.Context, *Process) error, args ...string) *told {
	t.Helper()
	setenv(t, "ADMIN_LISTEN=127.0.0.1:0")
	w := &told{signals: make(chan os.Signal, 2), code: make(chan int, 1)}
	c := Command{Name: "mapper", About: "turns events into deliveries", AdminListen: "127.0.0.1:9401", Run: run}
	go func() {
		w.code <- c.execute(invocation{args: args, stdout: &w.stdout, stderr: &w.stderr, signals: w.signals})
	}()
	return w
}

func TestCommandArguments(t *testing.T) {
	notRun := func(context.Context, *Process) error { return errors.New("was run") }
	for name, test := range map[string]struct {
		args           []string
		code           int
		stdout, stderr string
	}{
		"help":        {[]string{"--help"}, 0, "mapper: turns events into deliveries\n", ""},
		"help of it":  {[]string{"healthcheck", "--help"}, 0, "mapper healthcheck   ask the running one", ""},
		"version":     {[]string{"--version"}, 0, "mapper " + Version() + " (go1", ""},
		"unknown":     {[]string{"--port"}, 2, "", `Error: ["--port"] is nothing that mapper takes. Try: mapper --help`},
		"too many":    {[]string{"--help", "me"}, 2, "", "Try: mapper --help"},
		"healthcheck": {[]string{"healthcheck"}, 1, "", "Error: ask for readiness: port 0 means"},
		"run":         {nil, 1, "", `"msg":"failed","service":"mapper","err":"was run"`},
	} {
		t.Run(name, func(t *testing.T) {
			w := start(t, notRun, test.args...)
			require.Equal(t, test.code, <-w.code)
			require.Contains(t, w.stdout.String(), test.stdout)
			require.Contains(t, w.stderr.String(), test.stderr)
		})
	}
}

func TestHelpNamesEveryVariable(t *testing.T) {
	w := start(t, nil, "--help")
	require.Equal(t, 0, <-w.code)
	for _, v := range Variables(Defaults{}) {
		require.Regexp(t, `(?m)^  `+v.Name+`  .*\w`, w.stdout.String())
	}
	require.Regexp(t, `ORDERWIRE_ADMIN_LISTEN +127\.0\.0\.1:9401 `, w.stdout.String())
}

func TestBadEnvironmentIsWrongUsage(t *testing.T) {
	for _, args := range [][]string{nil, {"healthcheck"}} {
		setenv(t, "DRAIN_TIMEOUT=-1s", "PARTITION_COUNT=0")
		w := start(t, nil, args...)
		require.Equal(t, 2, <-w.code)
		require.Equal(t, 2, strings.Count(w.stderr.String(), "ORDERWIRE_"), w.stderr.String())
		require.Equal(t, 1, strings.Count(w.stderr.String(), "Error: "), w.stderr.String())
	}
}

func TestMisspeltVariableIsAWarning(t *testing.T) {
	setenv(t, "LOGLEVEL=debug", "LOG_FORMAT=text")
	w := start(t, func(context.Context, *Process) error { return nil })
	require.Equal(t, 0, <-w.code)
	require.Contains(t, w.stderr.String(), "WRN nobody reads this variable variable=ORDERWIRE_LOGLEVEL try=ORDERWIRE_LOG_LEVEL")
}

func TestConcurrentSignalDrains(t *testing.T) {
	for _, ending := range []func(context.Context) error{
		func(context.Context) error { return nil },
		func(ctx context.Context) error { return fmt.Errorf("read: %w", ctx.Err()) },
		context.Cause,
	} {
		ready := make(chan *Process)
		w := start(t, func(ctx context.Context, p *Process) error {
			p.Ready()
			ready <- p
			<-ctx.Done()
			ready <- p // drained when the test says so
			return ending(ctx)
		})
		p := <-ready
		isReady, _ := p.Checks.Run(t.Context())
		require.True(t, isReady)
		w.signals <- syscall.SIGTERM
		w.stderr.waitFor(t, "a second signal stops at once")
		p = <-ready
		p.Ready() // too late to be ready
		isReady, results := p.Checks.Run(t.Context())
		require.False(t, isReady)
		require.Equal(t, []CheckResult{{Name: "process", Reason: errStopping.Error()}}, results)
		require.Equal(t, 0, <-w.code)
	}
}

func TestConcurrentSecondSignalStopsAtOnce(t *testing.T) {
	release, ended := make(chan struct{}), make(chan struct{})
	w := start(t, func(context.Context, *Process) error {
		defer close(ended)
		<-release
		return nil
	})
	w.signals <- os.Interrupt
	w.signals <- os.Interrupt
	require.Equal(t, 1, <-w.code)
	require.Contains(t, w.stderr.String(), "stopped at once by a second signal (interrupt)")
	close(release)
	<-ended
}

func TestConcurrentDrainTakesTooLong(t *testing.T) {
	setenv(t, "DRAIN_TIMEOUT=1ms")
	release, ended := make(chan struct{}), make(chan struct{})
	w := start(t, func(context.Context, *Process) error {
		defer close(ended)
		<-release
		return nil
	})
	w.signals <- syscall.SIGTERM
	require.Equal(t, 1, <-w.code)
	require.Contains(t, w.stderr.String(), "work under way was not finished within 1ms")
	close(release)
	<-ended
}

func TestCleanUpsRunInReverseAlsoAfterFailures(t *testing.T) {
	var order []string
	w := start(t, func(_ context.Context, p *Process) error {
		for _, name := range []string{"first", "second", "third"} {
			p.OnStop(name, func(context.Context) error {
				order = append(order, name)
				if name == "second" {
					return errors.New("stuck")
				}
				return nil
			})
		}
		return errors.New("boom")
	})
	require.Equal(t, 1, <-w.code)
	require.Equal(t, []string{"third", "second", "first"}, order)
	require.Contains(t, w.stderr.String(), `boom\nclean up second: stuck`)
}

func TestErrorsBeforeAPersonKeepTheirLines(t *testing.T) {
	setenv(t, "LOG_FORMAT=text")
	w := start(t, func(context.Context, *Process) error { return errors.New("a.yaml:1: one\na.yaml:2: two") })
	require.Equal(t, 1, <-w.code)
	require.Contains(t, w.stderr.String(), "Error: a.yaml:1: one\n       a.yaml:2: two\n")
}

func TestConcurrentProcessConnects(t *testing.T) {
	server := startServer(t, "127.0.0.1:0")
	setenv(t, "NATS_URL="+server.URL())
	asked := make(chan string, 1)
	w := start(t, func(ctx context.Context, p *Process) error {
		nc, err := p.Connect(ctx)
		if err != nil {
			return err
		}
		p.Ready()
		answer := httptest.NewRecorder()
		cfg := AdminConfig{Checks: p.Checks, Registry: p.Metrics, Logger: p.Log}
		cfg.server().Handler.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/readyz", http.NoBody))
		cfg.server().Handler.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/metrics", http.NoBody))
		asked <- answer.Body.String()
		<-ctx.Done()
		return nc.Publish("still.connected", nil)
	})
	body := <-asked
	require.True(t, strings.HasPrefix(body, `{"ready":true,"checks":[{"name":"process","ok":true},{"name":"nats","ok":true}]}`), body)
	require.Contains(t, body, "orderwire_nats_connected 1")
	require.Contains(t, body, "orderwire_nats_reconnects_total 0")
	w.signals <- syscall.SIGTERM
	require.Equal(t, 0, <-w.code, w.stderr.String())
}

func TestConcurrentSignalEndsTheWaitForNATS(t *testing.T) {
	setenv(t, "NATS_URL=nats://"+freeAddress(t))
	w := start(t, func(ctx context.Context, p *Process) error {
		_, err := p.Connect(ctx)
		return err
	})
	w.stderr.waitFor(t, "cannot connect to NATS")
	w.signals <- syscall.SIGTERM
	require.Equal(t, 0, <-w.code, "nothing was under way")
}

func TestVersionOf(t *testing.T) {
	settings := []debug.BuildSetting{{Key: "vcs.revision", Value: "0123456789abcdef0123"}, {Key: "vcs.modified", Value: "true"}}
	for want, info := range map[string]*debug.BuildInfo{
		"v1.2.3":                {Main: debug.Module{Version: "v1.2.3"}, Settings: settings},
		"0123456789ab-modified": {Main: debug.Module{Version: "(devel)"}, Settings: settings},
		"0123456789ab":          {Settings: settings[:1]},
		"devel":                 {},
	} {
		require.Equal(t, want, versionOf(info))
	}
}

func TestReadinessIsWhatHealthcheckReads(t *testing.T) {
	body, err := json.Marshal(Readiness{Checks: []CheckResult{{Name: "a", Reason: "b"}}})
	require.NoError(t, err)
	require.EqualError(t, readiness(503, body), "not ready: a: b")
}
