package auth

import "strings"

// reserved headers frame the request or belong to the connection. A second one of them, from a payload or a scheme, would let the two
// sides disagree about where a request ends.
var reserved = map[string]bool{
	"accept-encoding":     true,
	"connection":          true,
	"content-length":      true,
	"content-type":        true,
	"cookie":              true,
	"expect":              true,
	"host":                true,
	"keep-alive":          true,
	"proxy-authorization": true,
	"proxy-connection":    true,
	"te":                  true,
	"trailer":             true,
	"transfer-encoding":   true,
	"upgrade":             true,
	"user-agent":          true,
	"webhook-id":          true,
	"webhook-timestamp":   true,
	"idempotency-key":     true,
	"orderwire-order":     true,
	"orderwire-sequence":  true,
	"orderwire-attempt":   true,
}

// Reserved reports whether neither a scheme nor a payload may set the header.
func Reserved(header string) bool { return reserved[strings.ToLower(header)] }
