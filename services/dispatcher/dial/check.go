package dial

import (
	"fmt"
	"net/netip"
	"syscall"

	"code.dny.dev/ssrf"

	"github.com/orderwire/orderwire/services/internal/config"
)

// wireServer is Azure's metadata and agent service: the one such address that lies in public space.
var wireServer = netip.MustParsePrefix("168.63.129.16/32")

// guardian holds what no destination may have of itself. It is never changed.
var guardian = ssrf.New(ssrf.WithAnyPort(), ssrf.WithDeniedV4Prefixes(wireServer))

// control is a net.Dialer's Control: called with the numeric address of each connection that is about to be made.
func control(network config.Network) func(string, string, syscall.RawConn) error {
	return func(kind, address string, c syscall.RawConn) error {
		a, err := netip.ParseAddrPort(address)
		if err != nil {
			return fmt.Errorf("%w: parse %q: %w", ErrRefused, address, err)
		}
		ip := a.Addr().Unmap().WithZone("")
		if network.Allows(ip) {
			return nil
		}
		if err := guardian.Safe(kind, netip.AddrPortFrom(ip, a.Port()).String(), c); err != nil {
			return fmt.Errorf("%w: %s is not a public address (if it is meant, try network: {allow: [%s]})", ErrRefused, ip, netip.PrefixFrom(ip, ip.BitLen()))
		}
		return nil
	}
}
