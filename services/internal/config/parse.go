package config

import (
	"path/filepath"

	"github.com/goccy/go-yaml/token"
)

// maxProblems bounds the list: beyond it, more of the same helps nobody.
const maxProblems = 200

// Parse reads a file's content; file is its name for messages, and its folder is where relative paths of secrets start. With a lookup, secrets are tried too: a process that
// uses none passes nil. The error is Problems.
func Parse(file string, data []byte, lookup Lookup) (*Config, error) {
	r := &reader{file: file, destinations: map[string]node{}}
	c := r.config(data)
	if c != nil && lookup != nil {
		r.trySecrets(c, lookup)
	}
	if len(r.problems) > 0 {
		r.problems.sort()
		if n := len(r.problems); n > maxProblems {
			r.problems = r.problems[:maxProblems]
			r.whole("has more mistakes than these", "mending these first")
		}
		return nil, r.problems
	}
	r.warnings.sort()
	c.Warnings = r.warnings
	c.Hash = c.hash()
	return c, nil
}

const tryExample = "the structure that orderwire config init prints"

// config reads everything that can be read, mistakes or not, so that they all come to light; nil when there is no tree to read.
func (r *reader) config(data []byte) *Config {
	tree := r.root(data)
	if tree == nil {
		return nil
	}
	root, ok := node{r: r, n: tree, name: &token.Position{Line: 1, Column: 1}}.object(tryExample, "shops", "destinations", "routes")
	if !ok {
		return nil
	}
	c := &Config{Shops: map[string]*Shop{}, Destinations: map[string]*Destination{}}
	if n, ok := root.get("shops"); ok {
		r.readShops(c, n)
	}
	if n, ok := root.need("destinations", "destinations: {erp: {url: https://erp.example.com/orderwire, auth: [...]}}"); ok {
		r.readDestinations(c, n)
	}
	if n, ok := root.need("routes", "routes: [{to: erp, payload: event}]"); ok {
		r.readRoutes(c, n)
	}
	return c
}

func (r *reader) dir() string { return filepath.Dir(r.file) }
