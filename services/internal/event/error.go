package event

import (
	"strconv"
	"strings"
)

// maxQuoted is how much of a hostile value an error shows, in characters.
const maxQuoted = 80

// Error says what is wrong with an event or a command. It holds printable ASCII only and is safe to log and to show.
type Error struct {
	// Field is the path of the field, such as order.payments[3].amount, or the name of a header; empty when it is the body as a whole.
	Field string
	// Problem is what is wrong with it.
	Problem string
}

func (e *Error) Error() string {
	if e.Field == "" {
		return "body: " + e.Problem
	}
	return e.Field + ": " + e.Problem
}

// within puts a field's path in front of the error's own.
func (e *Error) within(path string) *Error {
	switch {
	case e.Field == "":
		e.Field = path
	case strings.HasPrefix(e.Field, "["):
		e.Field = path + e.Field
	default:
		e.Field = path + "." + e.Field
	}
	return e
}

// quote shows the beginning of a hostile value.
func quote(s string) string {
	return `"` + clip(s, maxQuoted-10) + `"`
}

// clip returns the beginning of a text in at most n printable ASCII characters; what is cut off shows as three dots.
func clip(s string, n int) string {
	var b strings.Builder
	for _, r := range s {
		c := string(r)
		if r < ' ' || r > '~' {
			c = strings.Trim(strconv.QuoteRuneToASCII(r), "'")
		}
		if b.Len()+len(c) > n-3 {
			b.WriteString("...")
			break
		}
		b.WriteString(c)
	}
	return b.String()
}
