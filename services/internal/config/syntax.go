package config

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// MaxFileBytes bounds the file.
const MaxFileBytes = 512 << 10

// reader collects what is wrong with one file.
type reader struct {
	file     string
	problems Problems
	warnings Problems
	// secrets are where the file names one.
	secrets []secretUse
	// destinations are where they begin.
	destinations map[string]node
}

// root turns the bytes into a tree; nil when they are no YAML document, or one that uses what the file has no use for.
func (r *reader) root(data []byte) ast.Node {
	data = bytes.TrimPrefix(data, []byte("\uFEFF"))
	if !r.isText(data) {
		return nil
	}
	tokens := lexer.Tokenize(string(data))
	if !r.guard(tokens) {
		return nil
	}
	file, err := parseTokens(tokens)
	if err != nil {
		r.syntax(err, data)
		return nil
	}
	for _, doc := range file.Docs {
		if doc.Body != nil && doc.Body.Type() != ast.NullType {
			return doc.Body
		}
	}
	r.whole("is empty", "orderwire config init, which prints a file to start from")
	return nil
}

func (r *reader) isText(data []byte) bool {
	if len(data) > MaxFileBytes {
		r.whole(fmt.Sprintf("is over %d KiB", MaxFileBytes>>10), "patterns in routes and per_shop destinations instead of an entry for each shop")
		return false
	}
	line, column := 1, 0
	for len(data) > 0 {
		c, n := utf8.DecodeRune(data)
		data = data[n:]
		column++
		switch {
		case c == '\n':
			line, column = line+1, 0
		case c == 0, c == utf8.RuneError && n == 1:
			r.at(line, column, "is not UTF-8 text", "saving the file as UTF-8")
			return false
		case unicode.IsControl(c) && c != '\t' && c != '\r':
			r.at(line, column, "holds a control character", "deleting it")
			return false
		}
	}
	return true
}

// parseTokens turns a fault of the library into an error.
func parseTokens(tokens token.Tokens) (file *ast.File, err error) {
	defer func() {
		if recover() != nil {
			err = errors.New("cannot be understood")
		}
	}()
	// Keys written twice are our own finding, so that all of them are reported.
	return parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
}

// syntax reports where the text stops being YAML. The library's error quotes the file, which may hold a secret by mistake: only its fixed words are used.
func (r *reader) syntax(err error, data []byte) {
	var se *yaml.SyntaxError
	if !errors.As(err, &se) || se.Token == nil || se.Token.Position == nil {
		r.whole("is not YAML: "+err.Error(), "the examples that orderwire config init prints")
		return
	}
	what, _, _ := strings.Cut(se.Message, `"`)
	what = strings.ReplaceAll(strings.TrimRight(what, ": "), "'\t'", "tab")
	pos := se.Token.Position
	r.at(pos.Line, pos.Column, "is not YAML: "+what, syntaxCure(what, lineOf(data, pos.Line)))
}

// syntaxCure guesses the usual mistake from the message and the line.
func syntaxCure(what, line string) string {
	switch {
	case strings.Contains(what, "tab"):
		return "spaces; YAML takes no tabs for indentation"
	case hasPlaceholder(line):
		return `quotes around a text that holds {SHOP}, as in {env: "OA_SECRET_{SHOP}"}`
	case strings.Contains(line, "*"):
		return `quotes around a text that begins with *, as in shops: ["*"]`
	case strings.Contains(line, "::"):
		return `quotes around an IPv6 address, as in allow: ["fd00::/8"]`
	case strings.Contains(what, "reserved"):
		return "quotes around the text"
	case strings.Contains(what, "']'"), strings.Contains(what, "'}'"), strings.Contains(what, "end character"):
		return "closing every [, { and quote"
	default:
		return "a look at this line and the one before: indentation, a missing colon or space after it, quotes"
	}
}

func lineOf(data []byte, n int) string {
	for range n - 1 {
		_, data, _ = bytes.Cut(data, []byte("\n"))
	}
	line, _, _ := bytes.Cut(data, []byte("\n"))
	return string(line)
}

func (r *reader) whole(what, try string) { r.at(0, 0, what, try) }

func (r *reader) at(line, column int, what, try string) {
	r.problems = append(r.problems, Problem{File: r.file, Line: line, Column: column, What: what, Try: try})
}
