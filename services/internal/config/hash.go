package config

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
)

// hash is taken over what the file means, as JSON with sorted keys: comments, spacing and the order of fields do not count, the order of routes does. It says where secrets
// are, never what they are.
func (c *Config) hash() string {
	data, err := json.Marshal(struct {
		Shops        map[string]*Shop
		Destinations map[string]*Destination
		Routes       []*Route
	}{c.Shops, c.Destinations, c.Routes})
	if err != nil {
		// Maps, numbers and texts only: cannot fail.
		panic("config: hash: " + err.Error())
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:8])
}
