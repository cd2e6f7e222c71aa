package attempt

import (
	"context"
	"log/slog"
	"net"
	"os"
	"sync"
	"time"

	"github.com/orderwire/orderwire/services/dispatcher/dial"
	"github.com/orderwire/orderwire/services/internal/config"
)

// Config of a client. The zero value works.
type Config struct {
	// Version is sent as User-Agent orderwire/<Version>; "dev" when empty.
	Version string
	// Lookup finds environment variables that hold secrets; os.LookupEnv when nil.
	Lookup config.Lookup
	// Logger is slog.Default when nil. An attempt logs nothing; a secret's file that has become unreadable does.
	Logger *slog.Logger
	// Dial is a seam for tests that connect in memory, as in a synctest bubble: see dial.Config. With it no address is looked up, so
	// none is checked. Only code can set it.
	Dial dial.Func
}

// Client makes attempts. Safe for concurrent use.
type Client struct {
	cfg       Config
	userAgent []string
	resolver  *net.Resolver // the system's when nil; tests of this package have their own
	mu        sync.RWMutex
	endpoints map[string]*endpoint // by destination key
}

// New makes a client. Close it when no attempt is to be made any more.
func New(cfg Config) *Client {
	if cfg.Version == "" {
		cfg.Version = "dev"
	}
	if cfg.Lookup == nil {
		cfg.Lookup = os.LookupEnv
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.Default()
	}
	return &Client{cfg: cfg, userAgent: []string{"orderwire/" + cfg.Version}, endpoints: map[string]*endpoint{}}
}

// Do makes one attempt and returns when its outcome is known, the destination's total time-out is over, or ctx has ended.
func (c *Client) Do(ctx context.Context, r Request) Result {
	start := time.Now()
	result := c.do(ctx, &r, start)
	result.Duration = time.Since(start)
	if result.Err != "" {
		result.Err = presentable(result.Err)
	}
	return result
}

func (c *Client) do(ctx context.Context, r *Request, start time.Time) Result {
	e, err := c.endpoint(r)
	if err != nil {
		return failed(err, r)
	}
	credentials, err := e.source.Current(start)
	if err != nil {
		return failed(err, r)
	}
	return e.exchange(ctx, r, credentials, start)
}

// Keep closes what is held for destinations whose key keep refuses. Call it after a reload. An attempt under way finishes.
func (c *Client) Keep(keep func(key string) bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for key, e := range c.endpoints {
		if !keep(key) {
			e.transport.CloseIdleConnections()
			delete(c.endpoints, key)
		}
	}
}

// Close closes idle connections. An attempt under way finishes, and its connection is closed then.
func (c *Client) Close() { c.Keep(func(string) bool { return false }) }

// failed is the result of an attempt without a response.
func failed(err error, r *Request) Result {
	return Result{Reason: Classify(0, err, policyOf(r.Destination)), Err: err.Error()}
}

func policyOf(d *config.Destination) Policy { return Policy{ConflictDelivered: d.ConflictDelivered} }

// endpoint returns what is kept of the request's destination, made anew when its configuration is another.
func (c *Client) endpoint(r *Request) (*endpoint, error) {
	c.mu.RLock()
	e := c.endpoints[r.Key]
	c.mu.RUnlock()
	if e != nil && e.destination == r.Destination {
		return e, nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	old := c.endpoints[r.Key]
	if old != nil && old.destination == r.Destination {
		return old, nil
	}
	e, err := c.newEndpoint(r, old)
	if err != nil {
		return nil, err
	}
	if old != nil && old.transport != e.transport {
		old.transport.CloseIdleConnections()
	}
	c.endpoints[r.Key] = e
	return e, nil
}
