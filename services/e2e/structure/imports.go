package structure

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

const natsServer = "github.com/nats-io/nats-server/"

// rule says what the packages under from must not reach.
type rule struct {
	from, except string // folders; except: a part of from that is free
	to           string // a folder, or a path of another module
	toExcept     string // a part of to that may be reached
	through      bool   // also through other packages of ours, tests aside; else only directly, tests included
	why          string
}

var rules = []rule{
	{from: "proto", to: "services", why: "the contract depends on nobody"},
	{from: "services/internal", to: "services", toExcept: "services/internal", why: "what is shared does not know who shares it"},
	{from: "services/mapper", to: "services", toExcept: "services/mapper services/internal", why: "a service does not import another"},
	{from: "services/dispatcher", to: "services", toExcept: "services/dispatcher services/internal", why: "a service does not import another"},
	{from: "services", except: "services/internal/natsd", to: natsServer, why: "nats-server is embedded by services/internal/natsd alone"},
	{from: "services/mapper", to: natsServer, through: true, why: "the mapper does not carry a NATS server with it"},
	{from: "services/dispatcher", to: natsServer, through: true, why: "the dispatcher does not carry a NATS server with it"},
	{from: "services/orderwire/receiver", to: "services/dispatcher", through: true, why: "the receiver verifies with code of its own, not the signer's"},
	{from: "services/internal/process", to: "services/internal/config", why: "where a process runs does not depend on what it does"},
}

// Imports finds imports against the rules.
func Imports(files []*GoFile) []string {
	direct := map[string][]string{} // package: what its files import, tests aside
	var findings []string
	for _, f := range files {
		for _, spec := range f.AST.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				continue // such a file does not compile
			}
			if !f.Test {
				direct[f.Package()] = append(direct[f.Package()], imported)
			}
			for _, r := range rules {
				if !r.through && r.forbids(f.Package(), imported) {
					findings = append(findings, fmt.Sprintf("%s imports %s: %s", f.Line(spec), imported, r.why))
				}
			}
		}
	}
	for from := range direct {
		for _, r := range rules {
			if !r.through {
				continue
			}
			if way := r.wayFrom(from, direct); way != nil {
				findings = append(findings, fmt.Sprintf("%s: %s", strings.Join(way, " imports "), r.why))
			}
		}
	}
	slices.Sort(findings)
	return findings
}

func (r rule) forbids(from, to string) bool {
	return under(from, r.from) && !under(from, r.except) && under(to, r.to) && !under(to, r.toExcept)
}

// wayFrom is the chain of imports from a package to a forbidden one; nil if there is none.
func (r rule) wayFrom(from string, direct map[string][]string) []string {
	if !under(from, r.from) {
		return nil
	}
	seen := map[string]bool{}
	var search func(at string) []string
	search = func(at string) []string {
		if seen[at] {
			return nil
		}
		seen[at] = true
		for _, next := range direct[at] {
			if r.forbids(from, next) {
				return []string{at, next}
			}
			if way := search(next); way != nil {
				return append([]string{at}, way...)
			}
		}
		return nil
	}
	return search(from)
}

// under tells whether an import path lies in one of the folders (of this repository, or paths of other modules), separated by spaces.
func under(importPath, folders string) bool {
	return slices.ContainsFunc(strings.Fields(folders), func(folder string) bool {
		if folder == natsServer {
			return strings.HasPrefix(importPath, natsServer)
		}
		whole := Module + "/" + folder
		return importPath == whole || strings.HasPrefix(importPath, whole+"/")
	})
}
