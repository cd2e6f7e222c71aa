package config

import (
	"fmt"
	"math"
)

// Bounds of what each delivery of a shop carries.
const (
	maxMetadata      = 32
	maxMetadataValue = 1000
)

const tryShopID = "the shop's id as the module shows it: 1 to 40 of a-z, 0-9 and -"

func (r *reader) readShops(c *Config, n node) {
	entries, _ := n.entries("shops: {acme-fr: {name: ACME France}}")
	for _, e := range unique(entries) {
		if !shopID.MatchString(e.key) {
			e.failHere("is not an id of a shop", tryShopID)
		}
		c.Shops[e.key] = readShop(e)
	}
}

func readShop(e entry) *Shop {
	s := &Shop{ID: e.key}
	if e.isNull() {
		return s
	}
	o, ok := e.object(e.key+": {name: ...}", "name", "statuses", "metadata")
	if !ok {
		return s
	}
	if n, ok := o.get("name"); ok {
		s.Name, _ = n.text("name: ACME France")
	}
	if n, ok := o.get("statuses"); ok {
		s.Statuses = readStatusNames(n)
	}
	if n, ok := o.get("metadata"); ok {
		s.Metadata = readMetadata(n)
	}
	return s
}

// readStatusNames keeps a name whose id is wrong, so that routes which use it are not wrong too.
func readStatusNames(n node) map[string]uint32 {
	entries, _ := n.entries("statuses: {awaiting_pickup: 17}")
	names, taken := map[string]uint32{}, map[uint32]string{}
	for _, e := range unique(entries) {
		if !statusName.MatchString(e.key) {
			e.failHere("is not a name for a status", "1 to 40 of a-z, 0-9, _ and -, a letter first, such as awaiting_pickup")
			continue
		}
		id, ok := e.integer(math.MaxUint32)
		names[e.key] = uint32(id) //nolint:gosec // bounded by integer
		if !ok {
			continue
		}
		if other, twice := taken[names[e.key]]; twice {
			e.fail(fmt.Sprintf("is the id that %s has", other), "one name for one status")
		}
		taken[names[e.key]] = e.key
	}
	return names
}

func readMetadata(n node) map[string]string {
	entries, _ := n.entries("metadata: {branch: Paris}")
	if len(entries) > maxMetadata {
		n.failHere(fmt.Sprintf("has over %d entries", maxMetadata), "what a delivery needs, and no more")
		return nil
	}
	m := map[string]string{}
	for _, e := range unique(entries) {
		if !metadataKey.MatchString(e.key) {
			e.failHere("is not a name for metadata", "1 to 64 of A-Z, a-z, 0-9, _, . and -")
		}
		text, ok := e.text(e.key + ": a text")
		if ok && len(text) > maxMetadataValue {
			e.fail(fmt.Sprintf("is over %d bytes", maxMetadataValue), "a shorter text")
		}
		m[e.key] = text
	}
	return m
}
