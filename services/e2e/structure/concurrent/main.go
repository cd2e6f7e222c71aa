// Command concurrent prints the concurrent tests of the repository at the given root, one package a line: its folder, a space, and a
// pattern of their names. scripts/stress.sh runs them many times.
//
// A test is concurrent when it, or a function of its package's tests that it uses, starts a goroutine (a go statement, or a Go method that
// takes a function), runs in a synctest bubble, is parallel, or is called TestConcurrent….
package main

import (
	"fmt"
	"os"

	"github.com/orderwire/orderwire/services/e2e/structure"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: concurrent ROOT")
		os.Exit(2)
	}
	files, err := structure.GoFiles(os.DirFS(os.Args[1]))
	if err != nil {
		fmt.Fprintln(os.Stderr, "Error:", err)
		os.Exit(1)
	}
	for _, line := range concurrent(files) {
		_, _ = fmt.Fprintln(os.Stdout, line)
	}
}
