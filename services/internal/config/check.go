package config

import (
	"fmt"
	"slices"
)

// checkShadow warns of a route that no event can reach, because an earlier one to the same destination takes them all.
func checkShadow(n node, route *Route, c *Config) {
	for _, earlier := range c.Routes[:len(c.Routes)-1] {
		if earlier.covers(route) {
			n.warn(fmt.Sprintf("is never used: %s (line %d) takes its events to %s first", earlier.Name, earlier.Line, route.To), "putting it before that one, or deleting it")
			return
		}
	}
}

func (r *Route) covers(later *Route) bool {
	if r.To != later.To || r.To == "" {
		return false
	}
	for _, b := range later.Shops {
		if !slices.ContainsFunc(r.Shops, func(a string) bool { return globCovers(a, b) }) {
			return false
		}
	}
	if len(r.IDShop) == 0 {
		return true
	}
	for _, id := range later.IDShop {
		if !slices.Contains(r.IDShop, id) {
			return false
		}
	}
	return len(later.IDShop) > 0
}

// warnUnused warns of destinations that no route leads to.
func (r *reader) warnUnused(c *Config) {
	for _, name := range keys(c.Destinations) {
		if len(c.RoutesFor(name)) == 0 {
			n := r.destinations[name]
			n.report(&r.warnings, n.name, "is where no route leads", "a route to it, or deleting it")
		}
	}
}
