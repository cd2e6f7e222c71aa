package config

import (
	"net/netip"
	"time"
)

// Destination is one external system, or with PerShop one for each shop.
type Destination struct {
	Name string
	// URL is the base: a request's path is appended. No slash at the end, no credentials, no query.
	URL string
	// PerShop makes it a destination per shop, each with its own secret, health and limits.
	PerShop bool
	// Auth holds one or several schemes, all applied; empty when the file says auth: [].
	Auth    []Auth
	Network Network
	// Concurrency is how many requests may be under way at a time (each of another order).
	Concurrency int
	Timeout     Timeout
	Retry       Retry
	// ConflictDelivered makes a 409 count as delivered.
	ConflictDelivered bool
}

// Key is the destination's name on subjects: <name>, or <name>@<shop> when it is per shop.
func (d *Destination) Key(shop string) string {
	if d.PerShop {
		return d.Name + "@" + shop
	}
	return d.Name
}

// Types of Auth.
const (
	OpenAppHMAC = "openapp-hmac"
	APIKey      = "api-key"
)

// Paths of an OpenAppHMAC signature.
const (
	PathSuffix = "suffix"
	PathFull   = "full"
)

// DefaultAPIKeyHeader is the header of an APIKey that names none.
const DefaultAPIKeyHeader = "x-api-key"

// Auth is one scheme as configured. Values are resolved at each use: see [Destination.Credentials].
type Auth struct {
	// Type is OpenAppHMAC or APIKey.
	Type string
	// Key identifies the sender (OpenAppHMAC).
	Key Key
	// Secret signs (OpenAppHMAC) or is sent (APIKey).
	Secret Secret
	// Header carries the secret (APIKey), as written: sent with this spelling.
	Header string
	// Path is what OpenAppHMAC signs: PathSuffix, the part after the base URL, or PathFull.
	Path string
}

// Network loosens what is refused by default.
type Network struct {
	// PlainHTTP allows http URLs.
	PlainHTTP bool
	// Allow lists private addresses that may be dialled. Masked, never IPv4 in IPv6.
	Allow []netip.Prefix
}

// Allows reports whether a listed range holds the address.
func (n Network) Allows(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	for _, p := range n.Allow {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// Timeout bounds an attempt.
type Timeout struct {
	DNS, Connect time.Duration
	// Total is from the first lookup to the last byte of the response.
	Total time.Duration
}

// Retry is when an attempt is made again.
type Retry struct {
	// After holds the waits: After[0] after the first failure. The last one repeats. Never empty.
	After []time.Duration
	// Attempts is how many there are in all.
	Attempts int
}

// wait returns the wait after the n-th failed attempt (from 1), without jitter.
func (r Retry) wait(n int) time.Duration {
	return r.After[min(max(n, 1), len(r.After))-1]
}
