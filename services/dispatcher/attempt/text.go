package attempt

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/orderwire/orderwire/services/internal/process"
)

// maxText bounds an error's text in bytes. Some errors of net/http quote what the other side sent.
const maxText = 500

// presentable makes a text fit to be stored and shown: no secret, no control character, valid UTF-8, not long.
func presentable(text string) string {
	text = strings.Map(func(r rune) rune {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			return '\u00b7'
		}
		return r
	}, process.Redact(text))
	if len(text) <= maxText {
		return text
	}
	cut := maxText
	for !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut] + "..."
}
