package config

import (
	"fmt"

	"github.com/goccy/go-yaml/token"
)

// Bounds of a file's shape, far from what anyone writes: the YAML library recurses over depth, and takes quadratic time over one long mapping.
const (
	maxDepth   = 32
	maxEntries = 4096
)

// guard refuses, before a tree is built, what the file has no use for and what could be made to cost time or memory without bound.
type guard struct {
	r *reader
	// Brackets open.
	flow int
	// Dashes and question marks on the current line.
	line, nested int
	// Keys so far in the block mapping at each column.
	keys map[int]int
	// Something was before.
	content, ended bool
}

func (r *reader) guard(tokens token.Tokens) bool {
	before := len(r.problems)
	g := guard{r: r, keys: map[int]int{}}
	for _, t := range tokens {
		if t.Position == nil || !g.shape(t) {
			return false
		}
		g.features(t)
		if t.Type != token.CommentType {
			g.content = true
		}
	}
	return len(r.problems) == before
}

func (g *guard) shape(t *token.Token) bool {
	switch t.Type {
	case token.SequenceStartType, token.MappingStartType:
		g.flow++
	case token.SequenceEndType, token.MappingEndType:
		g.flow--
	case token.SequenceEntryType, token.MappingKeyType:
		if t.Position.Line != g.line {
			g.line, g.nested = t.Position.Line, 0
		}
		g.nested++
		g.leave(t.Position.Column)
	case token.MappingValueType:
		if g.flow > 0 || t.Prev == nil {
			break
		}
		column := t.Prev.Position.Column
		g.leave(column)
		g.keys[column]++
		if g.keys[column] > maxEntries {
			g.r.at(t.Position.Line, t.Position.Column, fmt.Sprintf("has over %d entries in one place", maxEntries), "patterns instead of an entry for each")
			return false
		}
	}
	if g.flow > maxDepth || g.nested > maxDepth {
		g.r.at(t.Position.Line, t.Position.Column, fmt.Sprintf("is nested deeper than %d", maxDepth), "the structure that orderwire config init prints")
		return false
	}
	return true
}

// leave forgets mappings that are indented deeper than the column: they have ended.
func (g *guard) leave(column int) {
	for c := range g.keys {
		if c > column {
			delete(g.keys, c)
		}
	}
}

func (g *guard) features(t *token.Token) {
	at := func(what, try string) { g.r.at(t.Position.Line, t.Position.Column, what, try) }
	if g.ended && t.Type != token.CommentType {
		g.ended = false
		at("begins a second document", "one document in one file")
		return
	}
	switch t.Type {
	case token.DocumentHeaderType:
		if g.content {
			at("begins a second document", "one document in one file")
		}
	case token.DocumentEndType:
		g.ended = true
	case token.AliasType:
		at("is an alias, which is not used here", `writing the value out; a text that begins with * needs quotes, as in shops: ["*"]`)
	case token.AnchorType:
		at("is an anchor, which is not used here", "writing the value out wherever it is needed; a text that begins with & needs quotes")
	case token.MergeKeyType:
		at("is a merge key, which is not used here", "writing the fields out")
	case token.TagType:
		at("is a tag, which is not used here", "leaving it out; a text that begins with ! needs quotes")
	case token.DirectiveType:
		at("is a directive, which is not used here", "leaving it out; a text that begins with % needs quotes")
	case token.MappingKeyType:
		at("is a complex key, which is not used here", "name: value")
	}
}
