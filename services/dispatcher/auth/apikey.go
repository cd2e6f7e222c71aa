package auth

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/orderwire/orderwire/services/internal/config"
)

// apiKey is the scheme api-key: a secret in a header of the destination's choice, spelt as configured.
type apiKey struct {
	header string
	lower  []string
	value  []string
}

func newAPIKey(c config.Credential) (*apiKey, error) {
	header := c.Header
	if header == "" {
		header = config.DefaultAPIKeyHeader
	}
	if Reserved(header) {
		return nil, fmt.Errorf("make auth scheme %s: header %s belongs to the request itself (try %s)", c.Type, header, config.DefaultAPIKeyHeader)
	}
	return &apiKey{header: header, lower: []string{strings.ToLower(header)}, value: []string{c.Secret.Reveal()}}, nil
}

func (a *apiKey) Headers() []string { return a.lower }

// Sign shares one slice between requests: the transport only reads it.
func (a *apiKey) Sign(h http.Header, _ *Call) { h[a.header] = a.value }
