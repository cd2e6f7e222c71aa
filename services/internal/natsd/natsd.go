// Package natsd runs a nats-server with JetStream inside the process: for `orderwire up`, `orderwire demo`, and tests.
//
// Guarantees:
//  1. With SyncAlways an acknowledged message survives a power cut; without it, it survives the end of the process.
//  2. Without a listen address no socket is opened: connections are made in memory, also inside a synctest bubble.
//  3. Stop returns when the server has shut down. It may still remove left-over folders of its own for a moment: who deletes the data folder tries twice.
//
// It is the only package that links nats-server. Servers of their own are configured by files in deploy/, not here.
package natsd

import (
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

// startTimeout bounds the recovery of the streams at start. A gigabyte takes seconds.
const startTimeout = 2 * time.Minute

// maxPending is where a client that does not read is cut off, in bytes.
const maxPending = 16 << 20

// Options of a server.
type Options struct {
	// Dir holds the streams.
	Dir string
	// Listen is host:port for clients; port 0 takes a free one. Empty: no socket at all.
	Listen string
	// SyncAlways writes every message through to the disk before it is acknowledged.
	SyncAlways bool
	// MaxBytes bounds what all streams may reserve; 0 leaves it to the server (three quarters of the free disk).
	MaxBytes int64
	// Logger takes the server's warnings and errors; nil drops them.
	Logger *slog.Logger
}

// Server is a running nats-server.
type Server struct {
	s      *server.Server
	listen bool
}

// Start starts a server and returns when it takes connections.
func Start(o Options) (*Server, error) {
	opts := &server.Options{
		ServerName: "orderwire", JetStream: true, StoreDir: o.Dir, SyncAlways: o.SyncAlways, JetStreamMaxStore: o.MaxBytes,
		NoSigs: true, NoLog: o.Logger == nil, DontListen: true, MaxPayload: 1 << 20, MaxControlLine: 4096, MaxPending: maxPending,
	}
	if o.Listen != "" {
		host, port, err := net.SplitHostPort(o.Listen)
		if err != nil {
			return nil, fmt.Errorf("listen address %q: %w. Try: 127.0.0.1:4222", o.Listen, err)
		}
		n, err := strconv.Atoi(port)
		if err != nil || n < 0 || n > 65535 {
			return nil, fmt.Errorf("listen address %q: port %q is not a number up to 65535. Try: 127.0.0.1:4222", o.Listen, port)
		}
		if err := free(o.Listen); err != nil {
			return nil, err
		}
		opts.DontListen, opts.Host, opts.Port = false, host, n
		if n == 0 {
			opts.Port = server.RANDOM_PORT
		}
	}
	s, err := server.NewServer(opts)
	if err != nil {
		return nil, fmt.Errorf("start nats-server: %w", err)
	}
	if o.Logger != nil {
		s.SetLoggerV2(&logger{o.Logger}, false, false, false)
	}
	go s.Start()
	if !s.ReadyForConnections(startTimeout) {
		s.Shutdown()
		s.WaitForShutdown()
		return nil, fmt.Errorf("start nats-server in %s: not ready within %s. Try: look at its log lines above", o.Dir, startTimeout)
	}
	return &Server{s: s, listen: o.Listen != ""}, nil
}

// free says whether the address can be listened on: the server itself would end the process when it cannot.
func free(address string) error {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return fmt.Errorf("listen on %s: %w. Try: another address, or stop what listens there", address, err)
	}
	return l.Close()
}

// URL is where clients connect; empty without a socket.
func (s *Server) URL() string {
	if !s.listen {
		return ""
	}
	return s.s.ClientURL()
}

// InProcess connects in memory.
func (s *Server) InProcess() nats.Option { return nats.InProcessServer(s.s) }

// Connect makes a connection in memory.
func (s *Server) Connect(opts ...nats.Option) (*nats.Conn, error) {
	nc, err := nats.Connect("", append([]nats.Option{s.InProcess(), nats.ReconnectBufSize(-1), nats.MaxReconnects(-1)}, opts...)...)
	if err != nil {
		return nil, fmt.Errorf("connect in process: %w", err)
	}
	return nc, nil
}

// Stop shuts the server down and waits for it.
func (s *Server) Stop() {
	s.s.Shutdown()
	s.s.WaitForShutdown()
}

// logger passes on what an operator should see.
type logger struct{ to *slog.Logger }

func (l *logger) Noticef(string, ...any)    {}
func (l *logger) Debugf(string, ...any)     {}
func (l *logger) Tracef(string, ...any)     {}
func (l *logger) Warnf(f string, v ...any)  { l.to.Warn("nats-server: " + fmt.Sprintf(f, v...)) }
func (l *logger) Errorf(f string, v ...any) { l.to.Error("nats-server: " + fmt.Sprintf(f, v...)) }
func (l *logger) Fatalf(f string, v ...any) {
	l.to.Error("nats-server: " + fmt.Sprintf(f, v...))
}
