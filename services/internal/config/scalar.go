package config

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
)

// boolean returns true or false, nothing else.
func (n node) boolean() bool {
	b, ok := n.n.(*ast.BoolNode)
	if !ok {
		n.fail("is "+n.kind()+", not true or false", "true, or false")
		return false
	}
	return b.Value
}

// integer returns a decimal number from 1. YAML's other spellings (017, 0x10, 1_000) mean something else than they seem to.
func (n node) integer(high uint64) (uint64, bool) {
	try := fmt.Sprintf("a whole number from 1 to %d", high)
	if n.n.Type() != ast.IntegerType && n.n.Type() != ast.FloatType {
		n.fail("is "+n.kind()+", not a number", try)
		return 0, false
	}
	v, err := strconv.ParseUint(n.n.GetToken().Value, 10, 64)
	if err != nil || v == 0 || v > high || strings.HasPrefix(n.n.GetToken().Value, "0") {
		n.fail("is out of range, or not a plain number", try)
		return 0, false
	}
	return v, true
}

// duration returns a time with its unit, within bounds.
func (n node) duration(low, high time.Duration) (time.Duration, bool) {
	try := fmt.Sprintf("a time from %s to %s with its unit, such as 5s, 2m or 1h30m", span(low), span(high))
	switch n.n.Type() {
	case ast.IntegerType, ast.FloatType:
		n.fail("has no unit", try)
		return 0, false
	case ast.StringType:
	default:
		n.fail("is "+n.kind()+", not a time", try)
		return 0, false
	}
	d, err := time.ParseDuration(n.n.GetToken().Value)
	switch {
	case err != nil:
		n.fail("is not a time", try+" (a day is 24h)")
	case d < low || d > high:
		n.fail("is out of range", try)
	default:
		return d, true
	}
	return 0, false
}

// span writes a duration without its zero units: 2h, not 2h0m0s.
func span(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// choice returns one of a list of words. The word that is there is not printed: it may be anything.
func (n node) choice(words ...string) (string, bool) {
	s, ok := n.n.(*ast.StringNode)
	if !ok {
		n.fail("is "+n.kind()+", not one of "+strings.Join(words, ", "), strings.Join(words, ", or "))
		return "", false
	}
	if !slices.Contains(words, s.Value) {
		n.fail("is not one of "+strings.Join(words, ", "), orElse(nearest(s.Value, words), strings.Join(words, ", or ")))
		return "", false
	}
	return s.Value, true
}

func orElse(s, other string) string {
	if s != "" {
		return s
	}
	return other
}
