package dial

import (
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orderwire/orderwire/services/dispatcher/dial/dialtest"
	"github.com/orderwire/orderwire/services/internal/config"
)

func prefixes(texts ...string) []netip.Prefix {
	list := make([]netip.Prefix, len(texts))
	for i, text := range texts {
		list[i] = netip.MustParsePrefix(text)
	}
	return list
}

func dialer(t *testing.T, names dialtest.DNS, allow ...string) *Dialer {
	return New(Config{
		Network: config.Network{Allow: prefixes(allow...)}, DNS: 5 * time.Second, Connect: 5 * time.Second,
		Resolver: dialtest.Resolver(t, names),
	})
}

func TestAddressesThatAreNotPublicAreRefused(t *testing.T) {
	names := dialtest.DNS{
		"private.test": {Addresses: []string{"10.1.2.3"}},
		"rebind.test":  {Addresses: []string{"169.254.169.254", "fd00:ec2::254"}},
	}
	d := dialer(t, names)
	for name, host := range map[string]string{
		"loopback": "127.0.0.1", "loopback, other": "127.8.9.10", "this host": "0.0.0.0", "this network": "0.1.2.3",
		"private 10": "10.0.0.1", "private 172": "172.16.0.1", "private 192": "192.168.1.1", "shared": "100.64.0.1",
		"link-local": "169.254.1.1", "metadata": "169.254.169.254", "metadata of Azure": "168.63.129.16", "metadata of Alibaba": "100.100.100.200",
		"metadata of Oracle": "192.0.0.192", "multicast": "224.0.0.1", "broadcast": "255.255.255.255", "documentation": "192.0.2.1", "reserved": "240.0.0.1",
		"loopback 6": "::1", "unspecified 6": "::", "link-local 6": "fe80::1", "link-local 6 with zone": "fe80::1%lo", "unique local": "fc00::1",
		"metadata 6": "fd00:ec2::254", "multicast 6": "ff02::1", "site-local": "fec0::1", "documentation 6": "2001:db8::1",
		"loopback in 6": "::ffff:127.0.0.1", "private in 6": "::ffff:a00:1", "loopback, compatible": "::127.0.0.1",
		"loopback by NAT64": "64:ff9b::7f00:1", "private by local NAT64": "64:ff9b:1::a00:1", "loopback by 6to4": "2002:7f00:1::1", "by Teredo": "2001::1",
		"localhost": "localhost", "name of a private address": "private.test", "name of a metadata service": "rebind.test",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := d.DialContext(t.Context(), "tcp", net.JoinHostPort(host, "80"))
			var failure *Error
			require.ErrorAs(t, err, &failure)
			require.True(t, failure.Refused(), "%v", err)
			require.ErrorContains(t, err, "try network: {allow: [")
		})
	}
}

// Addresses written as one number, in octal or shortened are names for Go's resolver. A system resolver may read them as addresses: they are
// checked then. Neither gets through.
func TestNumbersThatLookLikeNames(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	require.NoError(t, err)
	for _, host := range []string{"2130706433", "0x7f000001", "0177.0.0.1", "127.1", "127.0.0.1.", "0x7f.1"} {
		for kind, d := range map[string]*Dialer{
			"own resolver":    dialer(t, nil),
			"system resolver": New(Config{DNS: 200 * time.Millisecond, Connect: 5 * time.Second}),
		} {
			t.Run(host+" "+kind, func(t *testing.T) {
				_, err := d.DialContext(t.Context(), "tcp", net.JoinHostPort(host, port))
				var failure *Error
				require.ErrorAs(t, err, &failure)
				require.True(t, failure.Refused() || failure.Phase == Resolve, "%v", err)
			})
		}
	}
}

func TestAllowedAddresses(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	require.NoError(t, err)
	names := dialtest.DNS{
		"lan.test":   {Addresses: []string{"127.0.0.1"}},
		"mixed.test": {Addresses: []string{"10.0.0.1", "127.0.0.1", "169.254.169.254"}},
	}
	for name, c := range map[string]struct {
		host    string
		allow   []string
		refused bool
	}{
		"address":                 {"127.0.0.1", []string{"127.0.0.1/32"}, false},
		"range":                   {"127.0.0.1", []string{"10.0.0.0/8", "127.0.0.0/8"}, false},
		"name":                    {"lan.test", []string{"127.0.0.0/8"}, false},
		"IPv4 in IPv6":            {"::ffff:127.0.0.1", []string{"127.0.0.0/8"}, false},
		"one of several":          {"mixed.test", []string{"127.0.0.0/8"}, false},
		"another range":           {"127.0.0.1", []string{"10.0.0.0/8"}, true},
		"all of IPv6 is not IPv4": {"::ffff:127.0.0.1", []string{"::/0"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			conn, err := dialer(t, names, c.allow...).DialContext(t.Context(), "tcp", net.JoinHostPort(c.host, port))
			if c.refused {
				require.ErrorIs(t, err, ErrRefused)
				return
			}
			require.NoError(t, err)
			require.NoError(t, conn.Close())
		})
	}
}
