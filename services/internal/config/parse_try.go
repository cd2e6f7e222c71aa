package config

import (
	"errors"
	"slices"
)

// secretUse is a place of the file that names a secret.
type secretUse struct {
	node
	secret Secret
	of     *Destination
}

// trySecrets resolves each secret once, and keeps none. One that is missing is a mistake; for a single shop of a per_shop destination only a warning: its deliveries
// wait, and the other shops' go on.
func (r *reader) trySecrets(c *Config, lookup Lookup) {
	for _, use := range r.secrets {
		if !use.secret.perShop() {
			use.try(lookup, "", &r.problems)
			continue
		}
		for _, shop := range keys(c.Shops) {
			if use.of.serves(shop, c) {
				use.try(lookup, shop, &r.warnings)
			}
		}
	}
}

func (u secretUse) try(lookup Lookup, shop string, list *Problems) {
	_, err := u.secret.Resolve(lookup, shop)
	var se *secretError
	if !errors.As(err, &se) {
		return
	}
	what := "leads to nothing: " + se.what
	if shop != "" {
		what = "leads to nothing for the shop " + shop + ", whose deliveries will wait: " + se.what
	}
	u.report(list, u.position(), what, se.try)
}

// serves reports whether some route leads events of the shop to the destination.
func (d *Destination) serves(shop string, c *Config) bool {
	return slices.ContainsFunc(c.Routes, func(r *Route) bool {
		return r.To == d.Name && slices.ContainsFunc(r.Shops, func(p string) bool { return globMatch(p, shop) })
	})
}
