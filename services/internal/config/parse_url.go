package config

import (
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

const tryURL = "url: https://api.example.com/base"

// readURL reads a base URL, without printing it: it may hold what should not be there.
func readURL(n node, net Network) string {
	text, ok := n.text(tryURL)
	if !ok {
		return ""
	}
	if hasPlaceholder(text) {
		n.fail("holds {SHOP}: an address is one for all shops", "a destination for each address")
		return ""
	}
	u, err := url.Parse(text)
	if err != nil {
		n.fail("is not a URL", tryURL)
		return ""
	}
	if what, try := urlProblem(u); what != "" {
		n.fail(what, try)
		return ""
	}
	switch {
	case u.Scheme == "https" && net.PlainHTTP:
		n.warn("is https, and network says plain_http", "plain_http: false")
	case u.Scheme == "http" && !net.PlainHTTP:
		n.fail("is http: orders and secrets would go unencrypted", "https://, or to allow it, add to the destination the line network: {plain_http: true}")
	}
	checkHost(n, u.Hostname(), net)
	return strings.TrimRight(text, "/")
}

func urlProblem(u *url.URL) (what, try string) {
	switch {
	case u.Scheme != "https" && u.Scheme != "http":
		return "does not begin with https://", tryURL
	case u.User != nil:
		return "holds a user name or password", "taking it out, and auth for what the destination asks for"
	case u.RawQuery != "" || u.ForceQuery:
		return "holds a query (after ?)", "taking it out, and auth for what the destination asks for"
	case u.Fragment != "" || strings.HasSuffix(u.String(), "#"):
		return "holds a fragment (after #)", "taking it out"
	case u.Hostname() == "" || u.Opaque != "":
		return "has no host", tryURL
	case !validPort(u):
		return "has a port that is not one", "a number from 1 to 65535, or none"
	case strings.Contains(u.Path+"/", "/../") || strings.Contains(u.Path+"/", "/./"):
		return "has . or .. as a part of its path", "the path without them"
	}
	return "", ""
}

func validPort(u *url.URL) bool {
	if u.Port() == "" {
		return !strings.HasSuffix(u.Host, ":")
	}
	p, err := strconv.ParseUint(u.Port(), 10, 16)
	return err == nil && p > 0
}

// checkHost says at once what would otherwise be refused at each attempt. What a name resolves to is only known, and only decided, when it is dialled.
func checkHost(n node, host string, net Network) {
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		if !net.Allows(netip.MustParseAddr("127.0.0.1")) && !net.Allows(netip.IPv6Loopback()) {
			n.fail("is this machine itself, which is refused unless allowed", `adding allow: [127.0.0.0/8, "::1"] to the destination's network`)
		}
		return
	}
	a, err := netip.ParseAddr(host)
	if err != nil {
		return
	}
	a = a.Unmap().WithZone("")
	if !isPublic(a) && !net.Allows(a) {
		item := a.String()
		if a.Is6() {
			item = strconv.Quote(item)
		}
		n.fail("is a private address, which is refused unless allowed", "adding allow: ["+item+"] to the destination's network")
	}
}

var carrierNAT = netip.MustParsePrefix("100.64.0.0/10")

func isPublic(a netip.Addr) bool {
	return a.IsGlobalUnicast() && !a.IsPrivate() && !carrierNAT.Contains(a)
}
