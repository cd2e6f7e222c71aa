package config

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// node is one value in the tree, with where it is.
type node struct {
	r *reader
	n ast.Node
	// path of the value, such as destinations.erp.url.
	path string
	// name is the position of the key that leads here, or of the value itself in a list.
	name *token.Position
}

// fail reports a mistake at the value, failHere one at the key that leads to it: for what is missing inside.
func (n node) fail(what, try string)     { n.report(&n.r.problems, n.position(), what, try) }
func (n node) failHere(what, try string) { n.report(&n.r.problems, n.name, what, try) }
func (n node) warn(what, try string)     { n.report(&n.r.warnings, n.position(), what, try) }

func (n node) report(list *Problems, at *token.Position, what, try string) {
	*list = append(*list, Problem{File: n.r.file, Line: at.Line, Column: at.Column, Field: n.path, What: what, Try: try})
}

// position of a value; of a mapping in block style, which begins with its first key, that key's.
func (n node) position() *token.Position {
	switch v := n.n.(type) {
	case *ast.MappingNode:
		if !v.IsFlowStyle && len(v.Values) > 0 {
			return v.Values[0].Key.GetToken().Position
		}
	case *ast.MappingValueNode:
		return v.Key.GetToken().Position
	case *ast.NullNode:
		return n.name
	}
	return n.n.GetToken().Position
}

func (n node) isNull() bool { return n.n.Type() == ast.NullType }

// entry is one key and value of a mapping.
type entry struct {
	key string
	node
}

// entries returns a mapping's pairs in the order of the file.
func (n node) entries(try string) ([]entry, bool) {
	var pairs []*ast.MappingValueNode
	switch v := n.n.(type) {
	case *ast.MappingNode:
		pairs = v.Values
	case *ast.MappingValueNode:
		pairs = []*ast.MappingValueNode{v}
	default:
		n.fail("is "+n.kind()+", not a mapping", try)
		return nil, false
	}
	list := make([]entry, len(pairs))
	for i, p := range pairs {
		list[i] = n.entry(p)
	}
	return list, true
}

// unique leaves out, as mistakes, entries whose key was before.
func unique(entries []entry) []entry {
	var list []entry
	lines := map[string]int{}
	for _, e := range entries {
		if line, twice := lines[e.key]; twice {
			e.failHere(fmt.Sprintf("is written twice, first in line %d", line), "keeping one of them")
			continue
		}
		lines[e.key] = e.name.Line
		list = append(list, e)
	}
	return list
}

func (n node) entry(p *ast.MappingValueNode) entry {
	t := p.Key.GetToken()
	path := quotedKey(t.Value)
	if n.path != "" {
		path = n.path + "." + path
	}
	return entry{key: t.Value, node: node{r: n.r, n: p.Value, path: path, name: t.Position}}
}

// items returns a list's values.
func (n node) items(try string) ([]node, bool) {
	seq, ok := n.n.(*ast.SequenceNode)
	if !ok {
		n.fail("is "+n.kind()+", not a list", try)
		return nil, false
	}
	list := make([]node, len(seq.Values))
	for i, v := range seq.Values {
		list[i] = node{r: n.r, n: v, path: fmt.Sprintf("%s[%d]", n.path, i), name: seq.GetToken().Position}
		list[i].name = list[i].position()
	}
	return list, true
}

// kind names what a value is, never its content.
func (n node) kind() string {
	switch n.n.Type() {
	case ast.NullType:
		return "empty"
	case ast.MappingType, ast.MappingValueType:
		return "a mapping"
	case ast.SequenceType:
		return "a list"
	case ast.StringType, ast.LiteralType:
		return "a text"
	case ast.BoolType:
		return "true or false"
	default:
		return "a number"
	}
}

var plainKey = regexp.MustCompile(`^[A-Za-z0-9_:*?-]{1,64}$`)

// quotedKey makes a key fit for a path: odd ones in quotes, long ones cut.
func quotedKey(k string) string {
	if plainKey.MatchString(k) {
		return k
	}
	if len(k) > 64 {
		k = strings.ToValidUTF8(k[:64], "") + "…"
	}
	return strconv.Quote(k)
}

// text returns a non-empty text of one line.
func (n node) text(try string) (string, bool) {
	var s string
	switch v := n.n.(type) {
	case *ast.StringNode:
		s = v.Value
	case *ast.LiteralNode:
		s = v.Value.Value
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		n.fail("is "+n.kind()+", not a text", "quotes around it")
		return "", false
	default:
		n.fail("is "+n.kind()+", not a text", try)
		return "", false
	}
	switch {
	case strings.TrimSpace(s) == "":
		n.fail("is empty", try)
	case s != strings.TrimSpace(s):
		n.fail("begins or ends with a space", "the text without it")
	case strings.ContainsFunc(s, unicode.IsControl):
		n.fail("holds a line break or another control character", "a text of one line")
	default:
		return s, true
	}
	return "", false
}
