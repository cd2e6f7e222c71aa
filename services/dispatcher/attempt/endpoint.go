package attempt

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/orderwire/orderwire/services/dispatcher/auth"
	"github.com/orderwire/orderwire/services/dispatcher/dial"
	"github.com/orderwire/orderwire/services/internal/config"
)

const (
	// idleTimeout is below what common servers and load balancers allow (60 s and more), so that it is mostly we who close: a request sent
	// into a connection that the other side is just closing is a failed attempt.
	idleTimeout = 30 * time.Second
	// maxHead bounds the head of a response in bytes.
	maxHead = 64 << 10
)

// endpoint is what is kept of one destination: its connections, its credentials and its parsed URLs.
type endpoint struct {
	destination *config.Destination
	total       time.Duration // bounds an attempt
	base        string        // without a slash at the end
	source      *auth.Source
	transport   *http.Transport
	userAgent   []string

	mu      sync.RWMutex
	targets map[string]*target // by path of the request
}

// newEndpoint keeps the transport of the old one (nil: there is none) while it would be made the same.
func (c *Client) newEndpoint(r *Request, old *endpoint) (*endpoint, error) {
	d := r.Destination
	u, err := url.Parse(d.URL)
	switch {
	case err != nil:
		return nil, &faultError{fmt.Sprintf("read url of %s: not a URL (try https://api.example.com/base)", d.Name)}
	case u.Scheme == "http" && !d.Network.PlainHTTP:
		return nil, &faultError{fmt.Sprintf("read url of %s: plain http is not allowed (try https, or network: {plain_http: true})", d.Name)}
	case (u.Scheme != "https" && u.Scheme != "http") || u.Host == "":
		return nil, &faultError{fmt.Sprintf("read url of %s: not an http URL (try https://api.example.com/base)", d.Name)}
	}
	e := &endpoint{
		destination: d,
		total:       cmp.Or(d.Timeout.Total, config.DefaultTotalTimeout),
		base:        strings.TrimRight(d.URL, "/"),
		userAgent:   c.userAgent,
		targets:     map[string]*target{},
		source:      auth.NewSource(auth.SourceConfig{Destination: d, Shop: shopOf(r), Lookup: c.cfg.Lookup, Logger: c.cfg.Logger}),
	}
	if old != nil && sameNetwork(old.destination, d) {
		e.transport = old.transport
	} else {
		e.transport = c.newTransport(d)
	}
	return e, nil
}

func shopOf(r *Request) string {
	if r.Destination.PerShop {
		return r.Shop
	}
	return ""
}

func sameNetwork(a, b *config.Destination) bool {
	return a.URL == b.URL && a.Concurrency == b.Concurrency && a.Timeout.DNS == b.Timeout.DNS && a.Timeout.Connect == b.Timeout.Connect &&
		a.Network.PlainHTTP == b.Network.PlainHTTP && slices.Equal(a.Network.Allow, b.Network.Allow)
}

func (c *Client) newTransport(d *config.Destination) *http.Transport {
	dialer := dial.New(dial.Config{
		Network: d.Network,
		DNS:     cmp.Or(d.Timeout.DNS, config.DefaultDNSTimeout),
		Connect: cmp.Or(d.Timeout.Connect, config.DefaultConnectTimeout),

		Resolver: c.resolver,
		Dial:     c.cfg.Dial,
	})
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	return &http.Transport{
		DialContext:            dialer.DialContext,
		DialTLSContext:         dialer.DialTLSContext,
		Protocols:              protocols,
		MaxIdleConnsPerHost:    d.Concurrency,
		IdleConnTimeout:        idleTimeout,
		MaxResponseHeaderBytes: maxHead,
		DisableCompression:     true,
	}
}
