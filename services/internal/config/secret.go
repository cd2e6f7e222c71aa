package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Lookup finds an environment variable, as os.LookupEnv does.
type Lookup = func(name string) (string, bool)

// MaxSecretBytes bounds a secret's length.
const MaxSecretBytes = 64 << 10

// Secret says where a secret is, and never holds it. Exactly one of Env and File is set. {SHOP} in either stands for the shop's id in upper case with _ for -,
// {shop} for the id as it is.
type Secret struct {
	// Env is the name of an environment variable.
	Env string
	// File is a path as written; a relative one starts at the configuration file's folder.
	File string
	dir  string
}

// Key identifies the sender to a destination. It is Text, written in the file, or comes from From. Text may hold {SHOP} and {shop} too.
type Key struct {
	Text string
	From Secret
}

// Resolve reads the secret's value as it is now. One line break at the end is cut off. The error names the variable or the file, with a cure, and never the content.
func (s Secret) Resolve(lookup Lookup, shop string) (Value, error) {
	s = s.For(shop)
	text, err := s.read(lookup)
	if err != nil {
		return Value{}, err
	}
	text = strings.TrimSuffix(strings.TrimSuffix(text, "\n"), "\r")
	switch {
	case text == "":
		return Value{}, s.fault("is empty", "the secret itself there", nil)
	case len(text) > MaxSecretBytes:
		return Value{}, s.fault(fmt.Sprintf("holds over %d KiB", MaxSecretBytes>>10), "the right one", nil)
	case !utf8.ValidString(text) || strings.ContainsFunc(text, unprintable):
		return Value{}, s.fault("holds a line break or another control character", "one line of plain UTF-8 text, without a byte order mark", nil)
	}
	return newValue(text), nil
}

func (s Secret) read(lookup Lookup) (string, error) {
	if s.File != "" {
		return s.readFile()
	}
	if lookup != nil {
		if text, ok := lookup(s.Env); ok {
			return text, nil
		}
	}
	return "", s.fault("is not set", s.Env+"=... in the environment of the process", nil)
}

func (s Secret) readFile() (string, error) {
	const try = "a file that the user of the process can read"
	// Opening a pipe would wait for its writer.
	info, err := os.Stat(s.path())
	if err == nil && !info.Mode().IsRegular() {
		return "", s.fault("is not a file", try, nil)
	}
	f, err := os.Open(s.path())
	if err != nil {
		return "", s.fault("cannot be read", try, withoutPath(err))
	}
	defer f.Close() //nolint:errcheck // only read
	var b bytes.Buffer
	// One more than the limit, and two for the line break.
	if _, err := io.Copy(&b, io.LimitReader(f, MaxSecretBytes+3)); err != nil {
		return "", s.fault("cannot be read", try, withoutPath(err))
	}
	return b.String(), nil
}

// For returns the secret of one shop: placeholders replaced. An empty shop replaces nothing.
func (s Secret) For(shop string) Secret {
	s.Env, s.File = expand(s.Env, shop), expand(s.File, shop)
	return s
}

// Resolve is Secret.Resolve for a Key.
func (k Key) Resolve(lookup Lookup, shop string) (Value, error) {
	if k.From != (Secret{}) {
		return k.From.Resolve(lookup, shop)
	}
	return newValue(expand(k.Text, shop)), nil
}

// secretError says what is wrong with a secret, and what to try.
type secretError struct {
	what, try string
	err       error
}

func (e *secretError) Error() string { return e.what + " (try: " + e.try + ")" }
func (e *secretError) Unwrap() error { return e.err }

func (s Secret) fault(what, try string, err error) error {
	what = s.String() + " " + what
	if err != nil {
		what += ": " + err.Error()
	}
	return &secretError{what: what, try: try, err: err}
}

// String says where the secret is.
func (s Secret) String() string {
	if s.File != "" {
		return "file " + s.File
	}
	return "environment variable " + s.Env
}

func (s Secret) path() string {
	if filepath.IsAbs(s.File) {
		return s.File
	}
	return filepath.Join(s.dir, s.File)
}

func (s Secret) perShop() bool { return hasPlaceholder(s.Env) || hasPlaceholder(s.File) }

func hasPlaceholder(s string) bool {
	return strings.Contains(s, "{SHOP}") || strings.Contains(s, "{shop}")
}

func expand(s, shop string) string {
	if shop == "" {
		return s
	}
	upper := strings.ToUpper(strings.ReplaceAll(shop, "-", "_"))
	return strings.NewReplacer("{SHOP}", upper, "{shop}", shop).Replace(s)
}

func unprintable(r rune) bool { return unicode.IsControl(r) || r == '\uFEFF' }

// withoutPath keeps an os error's reason: the path is named by the message around it.
func withoutPath(err error) error {
	if pe, ok := errors.AsType[*os.PathError](err); ok {
		return pe.Err
	}
	return err
}
