package config

import (
	"slices"
	"strconv"

	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
)

// Payloads.
const (
	// OpenAppFulfillment is the body of POST /v1/orders/fulfillment.
	OpenAppFulfillment = "openapp-fulfillment"
	// Event is the event as CloudEvents JSON.
	Event = "event"
)

// Fields that a route may require besides those that its payload needs.
const (
	RequireTransactionID  = "transaction_id"
	RequireReference      = "reference"
	RequireCarrier        = "carrier"
	RequireTrackingNumber = "tracking_number"
	RequireTrackingURL    = "tracking_url"
)

// Route leads events of some shops to one destination.
type Route struct {
	// Name is route<N>, from 1, where the file gives none. Unique.
	Name string
	// Shops holds patterns of shop ids; * stands for any text, ? for one character. Never empty.
	Shops []string
	// IDShop holds the id_shop of a multistore that match; empty: all.
	IDShop []uint32
	// To is the name of a destination.
	To      string
	Payload string
	// Statuses maps the shop's statuses to the destination's words. Empty (payload Event only): every status goes, under its own name.
	Statuses []Mapping
	// Require lists fields that must not be empty.
	Require []string
	// Operators maps names of carriers to operator codes (payload OpenAppFulfillment).
	Operators map[string]string
	// Line in the file.
	Line int `json:"-"`
}

// Matches reports whether events of the shop take this route.
func (r *Route) Matches(shop string, idShop uint32) bool {
	if len(r.IDShop) > 0 && !slices.Contains(r.IDShop, idShop) {
		return false
	}
	return slices.ContainsFunc(r.Shops, func(pattern string) bool { return globMatch(pattern, shop) })
}

// Target returns the destination's word for a status; shop may be nil. ok is false when the route has none (the event is unmapped).
// When several mappings fit, the merchant's own name of the status decides, then the id, then the key, then the flags: shipped, delivery, paid, invoice, logable.
func (r *Route) Target(s *orderwirev1.Status, shop *Shop) (target string, ok bool) {
	if len(r.Statuses) == 0 {
		return ownName(s, shop), true
	}
	m, ok := r.Mapping(s, shop)
	return m.Target, ok
}

// Mapping returns the mapping that decides about a status: what [Route.Target] uses, for explanations.
func (r *Route) Mapping(s *orderwirev1.Status, shop *Shop) (best Mapping, ok bool) {
	for _, m := range r.Statuses {
		if m.fits(s, shop) && (!ok || m.Kind < best.Kind) {
			best, ok = m, true
		}
	}
	return best, ok
}

// ownName is the target where nothing is mapped: the status's key, else the merchant's name from the file, else the id. PrestaShop's own name is in the language of the
// order: no code.
func ownName(s *orderwirev1.Status, shop *Shop) string {
	if s.GetKey() != "" {
		return s.GetKey()
	}
	if name := shop.StatusName(s.GetId()); name != "" {
		return name
	}
	return strconv.FormatUint(uint64(s.GetId()), 10)
}
