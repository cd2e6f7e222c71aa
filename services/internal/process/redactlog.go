package process

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
)

// redacting is a handler that hides secrets in the message and in every value before the next handler sees them. Keys and levels stay.
type redacting struct{ next slog.Handler }

// Enabled asks the next handler.
func (h redacting) Enabled(ctx context.Context, level slog.Level) bool {
	return h.next.Enabled(ctx, level)
}

// Handle passes the record on without secrets.
func (h redacting) Handle(ctx context.Context, r slog.Record) error {
	clean := slog.NewRecord(r.Time, r.Level, Redact(r.Message), r.PC)
	r.Attrs(func(a slog.Attr) bool {
		clean.AddAttrs(redactAttr(a))
		return true
	})
	return h.next.Handle(ctx, clean)
}

// WithAttrs hides the secrets that are known by then.
func (h redacting) WithAttrs(attrs []slog.Attr) slog.Handler {
	return redacting{h.next.WithAttrs(redactAttrs(attrs))}
}

// WithGroup is the next handler's.
func (h redacting) WithGroup(name string) slog.Handler { return redacting{h.next.WithGroup(name)} }

func redactAttrs(attrs []slog.Attr) []slog.Attr {
	clean := make([]slog.Attr, len(attrs))
	for i, a := range attrs {
		clean[i] = redactAttr(a)
	}
	return clean
}

func redactAttr(a slog.Attr) slog.Attr {
	switch v := a.Value.Resolve(); v.Kind() {
	case slog.KindString:
		return slog.String(a.Key, Redact(v.String()))
	case slog.KindGroup:
		return slog.Attr{Key: a.Key, Value: slog.GroupValue(redactAttrs(v.Group())...)}
	case slog.KindAny:
		return slog.Attr{Key: a.Key, Value: redactAny(v)}
	default: // numbers, times: nothing that could hold a secret
		return slog.Attr{Key: a.Key, Value: v}
	}
}

// redactAny looks at a value as the handlers would print it: %+v as text, Marshal as JSON. Where one of the two holds a secret, that text
// takes the place of the value.
func redactAny(v slog.Value) slog.Value {
	value := v.Any()
	if raw, isBytes := value.([]byte); isBytes { // printed as numbers or base64, where no secret would be found
		if clean := Redact(string(raw)); clean != string(raw) {
			return slog.StringValue(clean)
		}
	}
	text := fmt.Sprintf("%+v", value)
	if clean := Redact(text); clean != text {
		return slog.StringValue(clean)
	}
	if _, isError := value.(error); isError { // printed as text by both
		return v
	}
	if encoded, err := json.Marshal(value); err == nil {
		if clean := Redact(string(encoded)); clean != string(encoded) {
			return slog.StringValue(clean)
		}
	}
	return v
}
