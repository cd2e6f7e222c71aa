package config

import (
	"fmt"
	"net/netip"
	"strings"
)

const maxAllow = 256

func readNetwork(n node) Network {
	var net Network
	o, ok := n.object("network: {plain_http: true, allow: [10.1.0.0/16]}", "plain_http", "allow")
	if !ok {
		return net
	}
	if v, ok := o.get("plain_http"); ok {
		net.PlainHTTP = v.boolean()
	}
	v, ok := o.get("allow")
	if !ok {
		return net
	}
	items, _ := v.items("allow: [10.1.0.0/16]")
	if len(items) > maxAllow {
		v.failHere(fmt.Sprintf("holds over %d ranges", maxAllow), "wider ranges")
		return net
	}
	for _, item := range items {
		if p, ok := readPrefix(item); ok {
			net.Allow = append(net.Allow, p)
		}
	}
	return net
}

// readPrefix reads a range such as 10.1.0.0/16, or one address.
func readPrefix(n node) (netip.Prefix, bool) {
	const try = "a range such as 10.1.0.0/16, or an address such as 10.1.2.3"
	text, ok := n.text(try)
	if !ok {
		return netip.Prefix{}, false
	}
	p, err := parsePrefix(text)
	switch {
	case err != nil:
		n.fail("is not an address or range", try+"; names are not taken, since they can change")
		return netip.Prefix{}, false
	case p != p.Masked():
		n.fail(fmt.Sprintf("is an address within a range, %s", p), fmt.Sprintf("%s for the range, or %s for the address", p.Masked(), p.Addr()))
		return netip.Prefix{}, false
	case p.Bits() == 0:
		n.warn("allows every address, that of a cloud's metadata service too", "the range that the destination is in")
	}
	return p, true
}

func parsePrefix(text string) (netip.Prefix, error) {
	if strings.Contains(text, "/") {
		p, err := netip.ParsePrefix(text)
		if err == nil && p.Addr().Is4In6() {
			err = fmt.Errorf("IPv4 in IPv6")
		}
		return p, err
	}
	a, err := netip.ParseAddr(text)
	if err != nil || a.Zone() != "" {
		return netip.Prefix{}, fmt.Errorf("not an address")
	}
	a = a.Unmap()
	return a.Prefix(a.BitLen())
}
