package config

import (
	"path"
	"strings"
)

// globMatch reports whether a pattern of * and ? fits the text. Neither holds a slash or a bracket, so path.Match cannot fail.
func globMatch(pattern, text string) bool {
	ok, err := path.Match(pattern, text)
	return err == nil && ok
}

// globCovers reports whether everything that b fits, a fits too. It may say no where that is so, never yes where it is not.
func globCovers(a, b string) bool {
	if a == b || !isGlob(b) {
		return a == b || globMatch(a, b)
	}
	prefix, open := strings.CutSuffix(a, "*")
	return open && !isGlob(prefix) && strings.HasPrefix(b, prefix)
}

func isGlob(s string) bool { return strings.ContainsAny(s, "*?") }
