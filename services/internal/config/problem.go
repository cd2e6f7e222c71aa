package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Problem is one mistake in the file, or one thing that is probably not meant.
type Problem struct {
	File string
	// Line and Column count from 1; 0 when the whole file is meant.
	Line, Column int
	// Field is the path, such as destinations.openapp.auth[0].secret; empty for the file itself.
	Field string
	// What is wrong, and what to Try instead.
	What, Try string
}

// Error gives file:line:column: field: what. Try: try.
func (p Problem) Error() string {
	var b strings.Builder
	b.WriteString(p.File)
	if p.Line > 0 {
		fmt.Fprintf(&b, ":%d:%d", p.Line, p.Column)
	}
	b.WriteString(": ")
	if p.Field != "" {
		b.WriteString(p.Field + ": ")
	}
	b.WriteString(p.What)
	if p.Try != "" {
		b.WriteString(". Try: " + p.Try)
	}
	return b.String()
}

// Problems is the error of Parse: all mistakes of a file, in its order.
type Problems []Problem

// Error gives one line for each.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.Error()
	}
	return strings.Join(lines, "\n")
}

func (ps Problems) sort() {
	slices.SortStableFunc(ps, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
}
