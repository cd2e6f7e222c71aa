package config

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// statusKeys are PrestaShop's own, 8.0 to 9.
var statusKeys = []string{
	"PS_OS_CHEQUE", "PS_OS_PAYMENT", "PS_OS_PREPARATION", "PS_OS_SHIPPING", "PS_OS_DELIVERED", "PS_OS_CANCELED", "PS_OS_REFUND", "PS_OS_ERROR",
	"PS_OS_OUTOFSTOCK", "PS_OS_OUTOFSTOCK_PAID", "PS_OS_OUTOFSTOCK_UNPAID", "PS_OS_BANKWIRE", "PS_OS_WS_PAYMENT", "PS_OS_COD_VALIDATION",
}

// openAppTargets are the statuses that OpenApp takes, in the order of an order's life.
var openAppTargets = []string{"ORDERED", "FULFILLED", "SHIPPED", "READY_FOR_PICKUP", "IN_DELIVERY", "DELIVERED", "CANCELLED_MERCHANT"}

const maxMappings = 256

func readMappings(n node, route *Route, c *Config) []Mapping {
	const try = "statuses: {PS_OS_SHIPPING: SHIPPED}"
	entries, ok := n.entries(try)
	if ok && (len(entries) == 0 || len(entries) > maxMappings) {
		n.failHere(fmt.Sprintf("holds %d statuses", len(entries)), fmt.Sprintf("1 to %d, as in %s", maxMappings, try))
		return nil
	}
	var list []Mapping
	for _, e := range unique(entries) {
		m, ok := readStatus(e, route, c)
		if !ok {
			continue
		}
		m.Target = readTarget(e, route)
		list = append(list, m)
	}
	return list
}

// readStatus reads the left side: what to look at.
func readStatus(e entry, route *Route, c *Config) (Mapping, bool) {
	flag, isFlag := strings.CutPrefix(e.key, "flag:")
	switch {
	case isFlag:
		kind, ok := flagKinds[flag]
		if !ok {
			e.failHere("is not a flag of a status", "flag:"+orElse(nearest(flag, keys(flagKinds)), "shipped, flag:delivery, flag:paid, flag:invoice or flag:logable"))
		}
		return Mapping{Kind: kind, Status: e.key}, ok
	case e.key == "flag":
		e.failHere("is not a status; between { and } a name with a colon needs quotes", `{"flag:paid": ORDERED}`)
	case e.key != "" && strings.Trim(e.key, "0123456789") == "":
		return readStatusID(e)
	case statusKey.MatchString(e.key):
		checkKey(e)
		return Mapping{Kind: ByKey, Status: e.key}, true
	case statusName.MatchString(e.key):
		return Mapping{Kind: ByName, Status: e.key}, checkName(e, route, c)
	default:
		e.failHere("is not a status", "a key such as PS_OS_SHIPPING, an id such as 17, a name from shops.<id>.statuses, or flag:paid")
	}
	return Mapping{}, false
}

func readStatusID(e entry) (Mapping, bool) {
	id, err := strconv.ParseUint(e.key, 10, 32)
	if err != nil || id == 0 || e.key[0] == '0' {
		e.failHere("is not the id of a status", "the number that PrestaShop shows beside the status")
		return Mapping{}, false
	}
	return Mapping{Kind: ByID, Status: e.key, ID: uint32(id)}, true
}

// checkKey only warns: another module, or a later PrestaShop, may have the key.
func checkKey(e entry) {
	if !slices.Contains(statusKeys, e.key) {
		e.report(&e.r.warnings, e.name, "is not a key that PrestaShop has, so it may never match", orElse(nearest(e.key, statusKeys), "one of "+strings.Join(statusKeys, ", ")))
	}
}

// checkName wants at least one listed shop of the route to have the name.
func checkName(e entry, route *Route, c *Config) bool {
	known := slices.Clone(statusKeys)
	for id, s := range c.Shops {
		// id_shop does not matter: names are the installation's.
		if !slices.ContainsFunc(route.Shops, func(p string) bool { return globMatch(p, id) }) {
			continue
		}
		if _, ok := s.Statuses[e.key]; ok {
			return true
		}
		known = append(known, keys(s.Statuses)...)
	}
	slices.Sort(known)
	e.failHere("is a name that no shop of this route has", orElse(nearest(e.key, known), "adding it to a shop, as in shops: {acme-fr: {statuses: {"+e.key+": 17}}}"))
	return false
}

// readTarget reads the right side: the destination's word.
func readTarget(e entry, route *Route) string {
	if route.Payload == OpenAppFulfillment {
		target, _ := e.choice(openAppTargets...)
		return target
	}
	target, ok := e.text(e.key + ": the destination's word for it")
	if ok && len(target) > 100 {
		e.fail("is over 100 bytes", "a shorter word")
	}
	return target
}

func keys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
