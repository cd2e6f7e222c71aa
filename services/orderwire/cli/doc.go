// Package cli is the grammar of the command orderwire, and what it prints.
//
// What every command holds to:
//  1. Exit code 0: done. 1: failed. 2: wrong usage. 3: nothing matched. 141: who read the answer left before its end, as in orderwire demo | head.
//  2. Answers go to standard output; everything else (errors, logs, progress) to standard error. With --json the answer is JSON: one
//     object, or one a line where a command goes on.
//  3. An error is one `Error: ...`, and `Try: ...` where there is a cure. Secrets are redacted.
//  4. Colours only on a terminal, and never with NO_COLOR.
//  5. --help has examples.
//
// Where it stops: it does nothing itself. Each command calls the package that does.
package cli
