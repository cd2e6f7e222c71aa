package config

import (
	"slices"
	"strings"
)

// Config is one parsed file. It is never changed after Parse: share it freely.
type Config struct {
	// Shops by id. A shop need not be listed: only its names for statuses and its metadata are.
	Shops map[string]*Shop
	// Destinations by name.
	Destinations map[string]*Destination
	// Routes in the order of the file.
	Routes []*Route
	// Hash of what the file means, 16 hex digits: the same whatever its comments, spacing or order of fields.
	Hash string
	// Warnings are what is allowed, and probably not meant.
	Warnings Problems
}

// Shop is what the file knows of one installation.
type Shop struct {
	ID string
	// Name for people.
	Name string
	// Statuses names the merchant's own statuses: name to PrestaShop's id_order_state.
	Statuses map[string]uint32
	// Metadata is carried along in each delivery of the shop.
	Metadata map[string]string
}

// StatusName returns the merchant's own name of a status id, "" when it has none. A nil shop has no names.
func (s *Shop) StatusName(id uint32) string {
	if s == nil {
		return ""
	}
	for name, n := range s.Statuses {
		if n == id {
			return name
		}
	}
	return ""
}

// Destination finds a destination by its key on subjects: the name, or <name>@<shop> for a per_shop one; shop is "" for the former.
// ok is false for a key that this configuration does not have (any more): its deliveries wait.
func (c *Config) Destination(key string) (d *Destination, shop string, ok bool) {
	name, shop, perShop := strings.Cut(key, "@")
	d = c.Destinations[name]
	if d == nil || d.PerShop != perShop || (perShop && !shopID.MatchString(shop)) {
		return nil, "", false
	}
	return d, shop, true
}

// Match returns the routes that decide for an event of the shop: for each destination the first that matches, in the order of the file.
func (c *Config) Match(shop string, idShop uint32) []*Route {
	var found []*Route
	for _, r := range c.Routes {
		taken := slices.ContainsFunc(found, func(f *Route) bool { return f.To == r.To })
		if !taken && r.Matches(shop, idShop) {
			found = append(found, r)
		}
	}
	return found
}

// RoutesFor returns the routes to one destination, in the order of the file.
func (c *Config) RoutesFor(destination string) []*Route {
	var found []*Route
	for _, r := range c.Routes {
		if r.To == destination {
			found = append(found, r)
		}
	}
	return found
}
