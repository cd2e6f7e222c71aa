package process

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
)

// ask is one GET of a path of the admin server.
func ask(t *testing.T, cfg AdminConfig, path string) *httptest.ResponseRecorder {
	t.Helper()
	if cfg.Registry == nil {
		cfg.Registry = prometheus.NewRegistry()
	}
	cfg.Logger = discard()
	answer := httptest.NewRecorder()
	cfg.server().Handler.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, path, http.NoBody))
	return answer
}

func TestReadyz(t *testing.T) {
	fine := func(context.Context) error { return nil }
	for name, test := range map[string]struct {
		checks func(*Checks)
		code   int
		body   string
	}{
		"no check yet": {func(*Checks) {}, 503, `{"ready":false,"checks":null}`},
		"all fine":     {func(c *Checks) { c.Add("a", fine); c.Add("b", fine) }, 200, `{"ready":true,"checks":[{"name":"a","ok":true},{"name":"b","ok":true}]}`},
		"one is not": {
			func(c *Checks) {
				c.Add("a", fine)
				c.Add("nats", func(context.Context) error { return errors.New("lost nats://u:p@h") })
			}, 503, `{"ready":false,"checks":[{"name":"a","ok":true},{"name":"nats","ok":false,"reason":"lost nats://[redacted]@h"}]}`,
		},
		"replaced": {
			func(c *Checks) {
				c.Add("a", func(context.Context) error { return errStarting })
				c.Add("b", fine)
				c.Add("a", fine)
			}, 200, `{"ready":true,"checks":[{"name":"a","ok":true},{"name":"b","ok":true}]}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			checks := &Checks{}
			test.checks(checks)
			answer := ask(t, AdminConfig{Checks: checks}, "/readyz")
			require.Equal(t, test.code, answer.Code)
			require.JSONEq(t, test.body, answer.Body.String())
			require.Equal(t, "application/json", answer.Header().Get("Content-Type"))
			require.Equal(t, 200, ask(t, AdminConfig{Checks: checks}, "/healthz").Code, "alive, whatever it can do")
		})
	}
}

func TestMetricsShowTheRegistry(t *testing.T) {
	p := newProcess("mapper", Env{}, discard())
	body := ask(t, AdminConfig{Checks: p.Checks, Registry: p.Metrics}, "/metrics").Body.String()
	require.Contains(t, body, `orderwire_build_info{service="mapper",version="`)
	require.Contains(t, body, "go_goroutines ")
	require.Contains(t, body, "process_open_fds ")
}

func TestProfilesOnlyWhenAskedFor(t *testing.T) {
	require.Equal(t, 404, ask(t, AdminConfig{}, "/debug/pprof/").Code)
	require.Equal(t, 200, ask(t, AdminConfig{Pprof: true}, "/debug/pprof/").Code)
	require.Equal(t, 200, ask(t, AdminConfig{Pprof: true}, "/debug/pprof/goroutine?debug=1").Code)
}

func TestAdminServerHasTimeouts(t *testing.T) {
	for _, server := range []*http.Server{
		AdminConfig{Registry: prometheus.NewRegistry(), Logger: discard()}.server(),
		AdminConfig{Registry: prometheus.NewRegistry(), Logger: discard(), Pprof: true}.server(),
	} {
		require.NotZero(t, server.ReadHeaderTimeout)
		require.NotZero(t, server.ReadTimeout)
		require.NotZero(t, server.WriteTimeout)
		require.NotZero(t, server.IdleTimeout)
		require.NotZero(t, server.MaxHeaderBytes)
	}
}

func startAdmin(t *testing.T, checks *Checks) *Admin {
	t.Helper()
	admin, err := StartAdmin(AdminConfig{Listen: "127.0.0.1:0", Checks: checks, Registry: prometheus.NewRegistry(), Logger: discard()})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, admin.Stop(context.Background())) })
	return admin
}

func TestConcurrentAdminServesAndStops(t *testing.T) {
	admin := startAdmin(t, &Checks{})
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Get("http://" + admin.Addr() + "/healthz")
	require.NoError(t, err)
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, "ok\n", string(body))

	_, err = StartAdmin(AdminConfig{Listen: admin.Addr(), Checks: &Checks{}, Registry: prometheus.NewRegistry(), Logger: discard()})
	require.ErrorContains(t, err, "address already in use. Try: another address in ORDERWIRE_ADMIN_LISTEN, or")

	_, err = StartAdmin(AdminConfig{Listen: admin.Addr(), Setting: "--admin", Checks: &Checks{}, Registry: prometheus.NewRegistry(), Logger: discard()})
	require.ErrorContains(t, err, "address already in use. Try: another address in --admin, or")
}

func TestHealthcheck(t *testing.T) {
	ready, unready := &Checks{}, &Checks{}
	ready.Add("nats", func(context.Context) error { return nil })
	unready.Add("nats", func(context.Context) error { return errors.New("lost") })
	unready.Add("config", func(context.Context) error { return nil })
	unready.Add("process", func(context.Context) error { return errStopping })
	_, port, err := net.SplitHostPort(startAdmin(t, ready).Addr())
	require.NoError(t, err)

	require.NoError(t, Healthcheck(t.Context(), "127.0.0.1:"+port))
	for addr, want := range map[string]string{
		startAdmin(t, unready).Addr(): "not ready: nats: lost; process: stopping: work under way is being finished",
		"127.0.0.1:0":                 "port 0 means that a free one was taken at start",
		"9401":                        `address "9401" of the admin server`,
		freeAddress(t):                "Try: is the process running, with the same ORDERWIRE_ADMIN_LISTEN?",
	} {
		require.ErrorContains(t, Healthcheck(t.Context(), addr), want)
	}
}

func TestReadinessOfOtherAnswers(t *testing.T) {
	require.EqualError(t, readiness(502, []byte("<html>")), "not ready: status 502")
}

func TestHealthcheckAsksHereWhenItListensEverywhere(t *testing.T) {
	checks := &Checks{}
	checks.Add("nats", func(context.Context) error { return nil })
	admin, err := StartAdmin(AdminConfig{Listen: ":0", Checks: checks, Registry: prometheus.NewRegistry(), Logger: discard()})
	require.NoError(t, err)
	defer func() { require.NoError(t, admin.Stop(context.Background())) }()
	_, port, err := net.SplitHostPort(admin.Addr())
	require.NoError(t, err)
	for _, host := range []string{"", "0.0.0.0", "::"} {
		require.NoError(t, Healthcheck(t.Context(), net.JoinHostPort(host, port)))
	}
}
