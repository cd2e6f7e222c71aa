package config

import (
	"fmt"
	"slices"
)

// Credential is an Auth with its values.
type Credential struct {
	Type   string
	Key    Value
	Secret Value
	Header string
	Path   string
}

// Credentials resolves the destination's schemes for a shop ("" unless it is per shop), as they are now. An error is the destination's fault.
func (d *Destination) Credentials(lookup Lookup, shop string) ([]Credential, error) {
	list := make([]Credential, 0, len(d.Auth))
	for _, a := range d.Auth {
		c := Credential{Type: a.Type, Header: a.Header, Path: a.Path}
		var err error
		if c.Key, err = a.Key.Resolve(lookup, shop); err != nil {
			return nil, fmt.Errorf("resolve key of %s: %w", d.Key(shop), err)
		}
		if c.Secret, err = a.Secret.Resolve(lookup, shop); err != nil {
			return nil, fmt.Errorf("resolve secret of %s: %w", d.Key(shop), err)
		}
		list = append(list, c)
	}
	return list, nil
}

// secrets lists where the destination's values come from: all that must not be shown. A key written in the file is not among them.
func (d *Destination) secrets() []Secret {
	var list []Secret
	for _, a := range d.Auth {
		if a.Key.From != (Secret{}) {
			list = append(list, a.Key.From)
		}
		list = append(list, a.Secret)
	}
	return list
}

// SecretValues returns every secret that can be resolved now, for redacting logs and responses: of per_shop destinations those of listed shops.
func (c *Config) SecretValues(lookup Lookup) []Value {
	var list []Value
	add := func(s Secret, shop string) {
		if v, err := s.Resolve(lookup, shop); err == nil && !slices.ContainsFunc(list, v.Equal) {
			list = append(list, v)
		}
	}
	for _, d := range c.Destinations {
		for _, s := range d.secrets() {
			if !d.PerShop {
				add(s, "")
				continue
			}
			for shop := range c.Shops {
				add(s, shop)
			}
		}
	}
	return list
}
