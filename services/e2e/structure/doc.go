// Package structure holds the repository to what was agreed about its shape. Its checks read the files as they lie there, so they also see
// what no compiler and no linter looks at across modules:
//
//  1. every package says in a package doc what it is (docs.go);
//  2. imports go only where they may: no service into another, nats-server only behind natsd, the verifier apart from the signer (imports.go);
//  3. no file is longer than 500 lines, none promises work for later, and the top level holds only what was agreed (files.go);
//  4. tests sleep in virtual time only, and are never skipped (tests.go);
//  5. the modules agree on Go, on versions and on where each other lies (modules.go).
//
// Each check is a function from a file tree to findings. It is tried on a small tree with the mistake in it, then on the repository.
//
// Where it stops: what can be seen in a single package is the linters' business (.golangci.yml).
package structure
