package config

import (
	"crypto/subtle"
	"fmt"
	"log/slog"
)

const redacted = "[redacted]"

// Value is a resolved secret. However it is printed, logged or marshalled, it is "[redacted]"; only Reveal gives it away. The zero value is empty.
type Value struct {
	// A pointer, so that fmt, which cannot call methods of an unexported field deep in a struct, prints an address.
	text *string
}

func newValue(text string) Value { return Value{text: &text} }

// NewValue wraps a secret that does not come from a configuration, such as a test's.
func NewValue(text string) Value { return newValue(text) }

// Reveal returns the secret itself, to sign or send it.
func (v Value) Reveal() string {
	if v.text == nil {
		return ""
	}
	return *v.text
}

// Equal compares in constant time.
func (v Value) Equal(o Value) bool {
	return subtle.ConstantTimeCompare([]byte(v.Reveal()), []byte(o.Reveal())) == 1
}

// Format makes every verb of fmt print [redacted].
func (v Value) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(redacted)) }

// String returns [redacted].
func (v Value) String() string { return redacted }

// GoString returns [redacted].
func (v Value) GoString() string { return redacted }

// MarshalText gives [redacted] to encoding/json and others.
func (v Value) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// LogValue gives [redacted] to slog.
func (v Value) LogValue() slog.Value { return slog.StringValue(redacted) }
