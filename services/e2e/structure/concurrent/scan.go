package main

import (
	"slices"
	"strings"

	"github.com/orderwire/orderwire/services/e2e/structure"
)

// concurrent is a line for each package with concurrent tests, in the order of the folders.
func concurrent(files []*structure.GoFile) []string {
	var lines []string
	for dir, graph := range structure.Graphs(files) {
		var tests []string
		for _, name := range graph.Tests() {
			if strings.HasPrefix(name, "Test") && isConcurrent(graph, name) {
				tests = append(tests, name)
			}
		}
		if len(tests) > 0 {
			slices.Sort(tests)
			lines = append(lines, "./"+dir+" "+strings.Join(tests, "|"))
		}
	}
	slices.Sort(lines)
	return lines
}

func isConcurrent(graph structure.Graph, test string) bool {
	is := strings.HasPrefix(test, "TestConcurrent")
	graph.Reach(test, func(fn *structure.Function) { is = is || fn.Goroutine || fn.Bubble || fn.Parallel })
	return is
}
