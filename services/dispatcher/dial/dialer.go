package dial

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"time"

	"github.com/orderwire/orderwire/services/internal/config"
)

// sessions is how many TLS sessions a destination keeps for resumption: one per host is used, a few more cost nothing.
const sessions = 8

// Func connects to an address, as net.Dialer.DialContext does.
type Func func(ctx context.Context, network, address string) (net.Conn, error)

// Config of a dialer.
type Config struct {
	Network config.Network
	// DNS bounds the lookup, Connect the connections and, once more, the TLS handshake.
	DNS, Connect time.Duration
	// Resolver is the system's when nil.
	Resolver *net.Resolver
	// Dial replaces lookup, check and connection. It is for tests that connect in memory, where no address is dialled. No
	// file and no variable of the environment can set it.
	Dial Func
}

// Dialer makes connections for one destination. Safe for concurrent use.
type Dialer struct {
	cfg Config
	net net.Dialer
	tls *tls.Config
}

// New makes a dialer.
func New(cfg Config) *Dialer {
	if cfg.Resolver == nil {
		cfg.Resolver = net.DefaultResolver
	}
	return &Dialer{
		cfg: cfg,
		net: net.Dialer{Control: control(cfg.Network)},
		tls: &tls.Config{
			MinVersion:         tls.VersionTLS12,
			NextProtos:         []string{"http/1.1"},
			ClientSessionCache: tls.NewLRUClientSessionCache(sessions),
		},
	}
}

// DialContext connects to host:port. Errors are of type *Error, unless ctx ended.
func (d *Dialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, &Error{Phase: Resolve, Host: address, Err: err}
	}
	if d.cfg.Dial != nil {
		return d.inMemory(ctx, network, address, host)
	}
	addresses, err := d.resolve(ctx, host, port)
	if err != nil {
		return nil, err
	}
	return d.connect(ctx, host, addresses)
}

// DialTLSContext connects to host:port and shakes hands. The certificate must be the host's and lead to a root of the system.
func (d *Dialer) DialTLSContext(ctx context.Context, network, address string) (net.Conn, error) {
	plain, err := d.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	host, _, _ := net.SplitHostPort(address) // DialContext has seen it
	cfg := d.tls.Clone()
	cfg.ServerName = host
	c := tls.Client(plain, cfg)
	limit, cancel := context.WithTimeout(ctx, d.cfg.Connect)
	defer cancel()
	if err := c.HandshakeContext(limit); err != nil {
		plain.Close() //nolint:errcheck // the handshake's error is the one to tell
		return nil, phaseError(ctx, limit, &Error{Phase: TLS, Host: host, Err: err}, d.cfg.Connect)
	}
	return c, nil
}

func (d *Dialer) resolve(ctx context.Context, host, port string) ([]netip.AddrPort, error) {
	p, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return nil, &Error{Phase: Resolve, Host: host, Err: fmt.Errorf("port %q is not a number within 1-65535", port)}
	}
	if ip, err := netip.ParseAddr(host); err == nil {
		return []netip.AddrPort{netip.AddrPortFrom(ip.Unmap(), uint16(p))}, nil
	}
	limit, cancel := context.WithTimeout(ctx, d.cfg.DNS)
	defer cancel()
	ips, err := d.cfg.Resolver.LookupNetIP(limit, "ip", host)
	if err != nil {
		return nil, phaseError(ctx, limit, &Error{Phase: Resolve, Host: host, Err: err}, d.cfg.DNS)
	}
	list := make([]netip.AddrPort, len(ips))
	for i, ip := range ips {
		list[i] = netip.AddrPortFrom(ip.Unmap(), uint16(p))
	}
	return list, nil
}

func (d *Dialer) inMemory(ctx context.Context, network, address, host string) (net.Conn, error) {
	limit, cancel := context.WithTimeout(ctx, d.cfg.Connect)
	defer cancel()
	c, err := d.cfg.Dial(limit, network, address)
	if err != nil {
		return nil, phaseError(ctx, limit, &Error{Phase: Connect, Host: host, Err: err}, d.cfg.Connect)
	}
	return c, nil
}

func (d *Dialer) connect(ctx context.Context, host string, addresses []netip.AddrPort) (net.Conn, error) {
	limit, cancel := context.WithTimeout(ctx, d.cfg.Connect)
	defer cancel()
	c, err := race(limit, addresses, func(ctx context.Context, a netip.AddrPort) (net.Conn, error) {
		return d.net.DialContext(ctx, "tcp", a.String())
	})
	if err != nil {
		return nil, phaseError(ctx, limit, &Error{Phase: Connect, Host: host, Err: err}, d.cfg.Connect)
	}
	return c, nil
}

// phaseError tells the phase's own time-out from the end of the attempt around it. The network may notice the time before its context does.
func phaseError(ctx, limit context.Context, e *Error, timeout time.Duration) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	var slow net.Error
	if limit.Err() != nil || (errors.As(e.Err, &slow) && slow.Timeout()) {
		e.Timeout = timeout
	}
	return e
}
