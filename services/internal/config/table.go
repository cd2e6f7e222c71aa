package config

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Row is one line of the effective routes: what `config check` prints.
type Row struct {
	Route string `json:"route"`
	// Shops are the route's patterns, IDShop its id_shop: "any", or a list.
	Shops       string `json:"shops"`
	IDShop      string `json:"id_shop"`
	Destination string `json:"destination"`
	Payload     string `json:"payload"`
	// Status as written, "any" where nothing is mapped; Target is the destination's word, "its own name" for any.
	Status string `json:"status"`
	Target string `json:"target"`
	// Note says which id a merchant's name stands for in which shop.
	Note string `json:"note,omitempty"`
}

// Table lists what leads where, in the order of the file.
func (c *Config) Table() []Row {
	var rows []Row
	for _, r := range c.Routes {
		row := Row{
			Route: r.Name, Shops: strings.Join(r.Shops, ", "), IDShop: r.idShops(), Destination: r.To, Payload: r.Payload, Status: "any", Target: "its own name",
		}
		if d := c.Destinations[r.To]; d != nil && d.PerShop {
			row.Destination += "@<shop>"
		}
		if len(r.Statuses) == 0 {
			rows = append(rows, row)
		}
		for _, m := range r.Statuses {
			row.Status, row.Target, row.Note = m.Status, m.Target, c.note(r, m)
			rows = append(rows, row)
		}
	}
	return rows
}

func (r *Route) idShops() string {
	if len(r.IDShop) == 0 {
		return "any"
	}
	ids := make([]string, len(r.IDShop))
	for i, id := range r.IDShop {
		ids[i] = strconv.FormatUint(uint64(id), 10)
	}
	return strings.Join(ids, ", ")
}

// note says which id a merchant's name stands for in each shop of the route.
func (c *Config) note(r *Route, m Mapping) string {
	if m.Kind != ByName {
		return ""
	}
	var ids []string
	for _, shop := range keys(c.Shops) {
		id, named := c.Shops[shop].Statuses[m.Status]
		if named && slices.ContainsFunc(r.Shops, func(p string) bool { return globMatch(p, shop) }) {
			ids = append(ids, fmt.Sprintf("%d in %s", id, shop))
		}
	}
	return strings.Join(ids, ", ")
}
