package config

import (
	"fmt"
	"slices"
	"time"
)

// Defaults and bounds of a destination.
const (
	DefaultConcurrency = 8
	MaxConcurrency     = 256

	DefaultDNSTimeout     = 5 * time.Second
	DefaultConnectTimeout = 5 * time.Second
	DefaultTotalTimeout   = 15 * time.Second
	minTimeout            = 10 * time.Millisecond
	maxStepTimeout        = 30 * time.Second
	maxTotalTimeout       = 2 * time.Minute
)

func (r *reader) readDestinations(c *Config, n node) {
	const try = "destinations: {erp: {url: https://erp.example.com/orderwire, auth: [...]}}"
	entries, ok := n.entries(try)
	if ok && len(entries) == 0 {
		n.failHere("is empty", try)
	}
	for _, e := range unique(entries) {
		if !destinationName.MatchString(e.key) {
			e.failHere("is not a name for a destination", "1 to 40 of a-z, 0-9 and -, not - first")
		}
		c.Destinations[e.key] = readDestination(e)
		r.destinations[e.key] = e.node
	}
}

func readDestination(e entry) *Destination {
	d := &Destination{
		Name:        e.key,
		Concurrency: DefaultConcurrency,
		Timeout:     Timeout{DNS: DefaultDNSTimeout, Connect: DefaultConnectTimeout, Total: DefaultTotalTimeout},
		Retry:       Retry{After: slices.Clone(defaultAfter), Attempts: DefaultAttempts},
	}
	o, ok := e.object("url and auth", "url", "per_shop", "auth", "network", "concurrency", "timeout", "retry", "conflict")
	if !ok {
		return d
	}
	if n, ok := o.get("per_shop"); ok {
		d.PerShop = n.boolean()
	}
	if n, ok := o.get("network"); ok {
		d.Network = readNetwork(n)
	}
	if n, ok := o.need("url", "url: https://..., the address that paths are appended to"); ok {
		d.URL = readURL(n, d.Network)
	}
	if n, ok := o.need("auth", "auth: [{type: api-key, secret: {env: ERP_KEY}}], or auth: [] when it asks for none"); ok {
		d.Auth = readAuths(n, d)
	}
	if n, ok := o.get("concurrency"); ok {
		if v, ok := n.integer(MaxConcurrency); ok {
			d.Concurrency = int(v) //nolint:gosec // bounded by integer
		}
	}
	if n, ok := o.get("timeout"); ok {
		readTimeout(n, &d.Timeout)
	}
	if n, ok := o.get("retry"); ok {
		readRetry(n, &d.Retry)
	}
	if n, ok := o.get("conflict"); ok {
		word, _ := n.choice("not-yet", "delivered")
		d.ConflictDelivered = word == "delivered"
	}
	return d
}

func readTimeout(n node, t *Timeout) {
	o, ok := n.object("timeout: {dns: 5s, connect: 5s, total: 15s}", "dns", "connect", "total")
	if !ok {
		return
	}
	for _, f := range []struct {
		name string
		to   *time.Duration
		high time.Duration
	}{{"dns", &t.DNS, maxStepTimeout}, {"connect", &t.Connect, maxStepTimeout}, {"total", &t.Total, maxTotalTimeout}} {
		if v, ok := o.get(f.name); ok {
			if d, ok := v.duration(minTimeout, f.high); ok {
				*f.to = d
			}
		}
	}
	// A step whose bound is only the default's gives way to a shorter total; one that is written must fit.
	for _, f := range []struct {
		name string
		step *time.Duration
	}{{"dns", &t.DNS}, {"connect", &t.Connect}} {
		if *f.step <= t.Total {
			continue
		}
		if v, ok := o.fields[f.name]; ok {
			v.fail(fmt.Sprintf("is longer than total, %s", span(t.Total)), "a shorter time, or a longer total")
		}
		*f.step = t.Total
	}
}
