package config

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

const maxRoutes = 1000

const tryRoute = "routes: [{shops: [acme-*], to: erp, payload: event}]"

func (r *reader) readRoutes(c *Config, n node) {
	items, ok := n.items(tryRoute)
	if ok && (len(items) == 0 || len(items) > maxRoutes) {
		n.failHere(fmt.Sprintf("holds %d routes", len(items)), fmt.Sprintf("1 to %d, as in %s", maxRoutes, tryRoute))
		return
	}
	lines := map[string]int{}
	for i, item := range items {
		route := &Route{Name: fmt.Sprintf("route%d", i+1), Shops: []string{"*"}, Line: item.name.Line}
		c.Routes = append(c.Routes, route)
		o, ok := item.object(tryRoute, "name", "shops", "id_shop", "to", "payload", "statuses", "require", "operators")
		if !ok {
			continue
		}
		readRouteName(o, route)
		if line, twice := lines[route.Name]; twice {
			item.fail(fmt.Sprintf("is named %s, as is the route of line %d", route.Name, line), "another name")
		}
		lines[route.Name] = item.name.Line
		readWho(o, route, c)
		readWhat(o, route, c)
		checkShadow(item, route, c)
	}
	r.warnUnused(c)
}

func readRouteName(o object, route *Route) {
	n, ok := o.get("name")
	if !ok {
		return
	}
	name, ok := n.text("name: acme-to-erp")
	if ok && !destinationName.MatchString(name) {
		n.fail("is not a name for a route", "1 to 40 of a-z, 0-9 and -, not - first")
		return
	}
	route.Name = orElse(name, route.Name)
}

// readWho reads which events take the route.
func readWho(o object, route *Route, c *Config) {
	if n, ok := o.get("shops"); ok {
		readPatterns(n, route, c)
	}
	n, ok := o.get("id_shop")
	if !ok {
		return
	}
	items, ok := n.items("id_shop: [1]")
	if ok && len(items) == 0 {
		n.failHere("matches no event", "id_shop: [1], or deleting the line for all")
	}
	for _, item := range items {
		if id, ok := item.integer(math.MaxUint32); ok {
			route.IDShop = append(route.IDShop, uint32(id)) //nolint:gosec // bounded by integer
		}
	}
}

func readPatterns(n node, route *Route, c *Config) {
	const try = `shops: [acme-*]`
	items, ok := n.items(try)
	if !ok {
		return
	}
	if len(items) == 0 {
		n.failHere("matches no shop", try+", or deleting the line for all shops")
		return
	}
	route.Shops = nil
	for _, item := range items {
		p, ok := item.text(try)
		switch {
		case !ok:
			continue
		case !shopPattern.MatchString(p):
			item.fail("can match no shop", "1 to 40 of a-z, 0-9 and -, with * for any text and ? for one character")
			continue
		case !isGlob(p) && c.Shops[p] == nil:
			if near := nearest(p, keys(c.Shops)); near != "" {
				item.warn("is not a shop of this file", near+", if that is meant")
			}
		}
		route.Shops = append(route.Shops, p)
	}
}

// readWhat reads where events go, and as what.
func readWhat(o object, route *Route, c *Config) {
	if n, ok := o.need("to", "to: the name of a destination"); ok {
		route.To, _ = n.text("to: the name of a destination")
		checkTo(n, route.To, keys(c.Destinations))
	}
	if n, ok := o.need("payload", "payload: "+OpenAppFulfillment+", or payload: "+Event); ok {
		route.Payload, _ = n.choice(OpenAppFulfillment, Event)
	}
	if n, ok := o.get("statuses"); ok {
		route.Statuses = readMappings(n, route, c)
	} else if _, written := o.fields["statuses"]; !written && route.Payload == OpenAppFulfillment {
		o.need("statuses", "statuses: {PS_OS_SHIPPING: SHIPPED}")
	}
	if n, ok := o.get("require"); ok {
		readRequire(n, route)
	}
	if n, ok := o.get("operators"); ok {
		readOperators(n, route)
	}
	if d := c.Destinations[route.To]; d != nil && route.Payload == OpenAppFulfillment && strings.HasSuffix(strings.ToLower(d.URL), "/v1/orders/fulfillment") {
		o.failHere("appends /v1/orders/fulfillment to the URL of "+d.Name+", which ends with it already", "the URL without it")
	}
}

func checkTo(n node, to string, names []string) {
	// Without any destination that is the mistake, and reported.
	if to == "" || len(names) == 0 || slices.Contains(names, to) {
		return
	}
	n.fail(fmt.Sprintf("names the destination %s, which is not in this file", quotedKey(to)), orElse(nearest(to, names), "one of "+strings.Join(names, ", ")))
}

func readRequire(n node, route *Route) {
	items, _ := n.items("require: [tracking_number]")
	for _, item := range items {
		field, ok := item.choice(RequireTransactionID, RequireReference, RequireCarrier, RequireTrackingNumber, RequireTrackingURL)
		if ok && !slices.Contains(route.Require, field) {
			route.Require = append(route.Require, field)
		}
	}
}

func readOperators(n node, route *Route) {
	if route.Payload == Event {
		n.failHere("has no meaning for the payload event", "deleting it")
		return
	}
	entries, _ := n.entries(`operators: {"InPost Paczkomaty": INPOST_APM}`)
	route.Operators = map[string]string{}
	for _, e := range unique(entries) {
		code, ok := e.text("INPOST_APM")
		if ok && !statusKey.MatchString(code) {
			e.fail("is not the code of an operator", "OpenApp's code, of A-Z, 0-9 and _, such as INPOST_APM")
		}
		route.Operators[e.key] = code
	}
}
