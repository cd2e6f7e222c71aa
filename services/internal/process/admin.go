package process

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// AdminConfig says what the admin server shows and where.
type AdminConfig struct {
	Listen   string // host:port; port 0 takes a free one
	Setting  string // what an operator writes the address into; ORDERWIRE_ADMIN_LISTEN when empty
	Pprof    bool   // also Go profiles
	Checks   *Checks
	Registry *prometheus.Registry
	Logger   *slog.Logger
}

// Admin is the HTTP server for those who run the process: /healthz (alive), /readyz (can it work, and why not), /metrics.
type Admin struct {
	server   *http.Server
	listener net.Listener
	served   chan struct{}
}

// StartAdmin listens and serves until Stop.
func StartAdmin(cfg AdminConfig) (*Admin, error) {
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", cfg.Listen)
	if err != nil {
		return nil, fmt.Errorf("listen for the admin server: %w. Try: another address in %s, or stop what listens there", err, cmp.Or(cfg.Setting, Prefix+"_ADMIN_LISTEN"))
	}
	a := &Admin{listener: listener, served: make(chan struct{}), server: cfg.server()}
	go func() {
		defer close(a.served)
		if err := a.server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			cfg.Logger.Error("the admin server has ended", "err", err)
		}
	}()
	return a, nil
}

// Addr is where it listens.
func (a *Admin) Addr() string { return a.listener.Addr().String() }

// Stop lets answers under way finish, until ctx ends.
func (a *Admin) Stop(ctx context.Context) error {
	err := a.server.Shutdown(ctx)
	if err != nil {
		err = fmt.Errorf("stop the admin server: %w", errors.Join(err, a.server.Close()))
	}
	<-a.served
	return err
}

func (c AdminConfig) server() *http.Server {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok\n") })
	mux.HandleFunc("GET /readyz", c.readyz)
	mux.Handle("GET /metrics", promhttp.HandlerFor(c.Registry, promhttp.HandlerOpts{ErrorLog: slog.NewLogLogger(c.Logger.Handler(), slog.LevelError)}))
	server := &http.Server{
		Handler:           mux,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(c.Logger.Handler(), slog.LevelDebug),
	}
	if c.Pprof {
		mux.HandleFunc("GET /debug/pprof/", pprof.Index)
		mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
		mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
		mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
		server.WriteTimeout = 5 * time.Minute // a profile is collected while it is answered
	}
	return server
}

// Readiness is the body of /readyz.
type Readiness struct {
	Ready  bool          `json:"ready"`
	Checks []CheckResult `json:"checks"`
}

func (c AdminConfig) readyz(w http.ResponseWriter, r *http.Request) {
	ready, checks := c.Checks.Run(r.Context())
	body, err := json.Marshal(Readiness{Ready: ready, Checks: checks})
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	if !ready {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	_, _ = w.Write(append(body, '\n'))
}
