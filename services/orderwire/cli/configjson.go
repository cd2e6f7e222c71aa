package cli

import (
	"slices"
	"strings"

	"github.com/orderwire/orderwire/services/internal/config"
)

// configAnswer is the answer of config check --json: what works, or the problems.
type configAnswer struct {
	Source       string              `json:"source"`
	Hash         string              `json:"hash,omitempty"`
	Problems     []problemAnswer     `json:"problems,omitempty"`
	Warnings     []problemAnswer     `json:"warnings,omitempty"`
	Destinations []destinationAnswer `json:"destinations,omitempty"`
	Routes       []routeAnswer       `json:"routes,omitempty"`
}

type problemAnswer struct {
	File   string `json:"file"`
	Line   int    `json:"line,omitempty"`
	Column int    `json:"column,omitempty"`
	Field  string `json:"field,omitempty"`
	What   string `json:"what"`
	Try    string `json:"try,omitempty"`
}

type destinationAnswer struct {
	Name        string   `json:"name"`
	URL         string   `json:"url"`
	Auth        []string `json:"auth"`
	Concurrency int      `json:"concurrency"`
	Timeout     string   `json:"timeout"`
	Attempts    int      `json:"attempts"`
}

// routeAnswer is one status of a route.
type routeAnswer struct {
	Route       string `json:"route"`
	Shops       string `json:"shops"`
	IDShop      string `json:"id_shop"`
	Destination string `json:"destination"`
	Payload     string `json:"payload"`
	Status      string `json:"status"`
	Target      string `json:"target"`
	Note        string `json:"note,omitempty"`
}

func configAnswerOf(cfg *config.Config, from string) configAnswer {
	a := configAnswer{Source: from, Hash: cfg.Hash, Warnings: problemAnswers(cfg.Warnings), Destinations: destinations(cfg)}
	for _, r := range cfg.Table() {
		a.Routes = append(a.Routes, routeAnswer(r))
	}
	return a
}

func problemAnswers(ps config.Problems) (all []problemAnswer) {
	for _, p := range ps {
		all = append(all, problemAnswer(p))
	}
	return all
}

// destinations by name, "<name>@<shop>" where each shop has its own.
func destinations(cfg *config.Config) (all []destinationAnswer) {
	for _, d := range cfg.Destinations {
		a := destinationAnswer{Name: d.Key("<shop>"), URL: d.URL, Auth: []string{}, Concurrency: d.Concurrency, Timeout: d.Timeout.Total.String(), Attempts: d.Retry.Attempts}
		for _, s := range d.Auth {
			a.Auth = append(a.Auth, s.Type)
		}
		all = append(all, a)
	}
	slices.SortFunc(all, func(a, b destinationAnswer) int { return strings.Compare(a.Name, b.Name) })
	return all
}

func (d destinationAnswer) auth() string {
	if len(d.Auth) == 0 {
		return "none"
	}
	return strings.Join(d.Auth, " + ")
}

func shopsOf(r config.Row) string {
	if r.IDShop == "any" {
		return r.Shops
	}
	return r.Shops + " (id_shop " + r.IDShop + ")"
}
