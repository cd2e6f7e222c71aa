package auth

import (
	"fmt"
	"net/http"
	"time"

	"github.com/orderwire/orderwire/services/internal/config"
)

// Scheme adds to a request what its destination wants to see. Safe for concurrent use.
type Scheme interface {
	// Sign sets the scheme's headers in h, under the spelling that goes out on the wire.
	Sign(h http.Header, c *Call)
	// Headers are the names that the scheme sets, in lower case: a payload's own headers may not have them. Not to be changed.
	Headers() []string
}

// Call is what a signature is made over.
type Call struct {
	Method string
	// Path is the whole path as it is on the wire: escaped, without query.
	Path string
	// Suffix is the part of Path after the destination's base URL; "/" when nothing follows it.
	Suffix string
	// Body as it is sent, empty when there is none.
	Body []byte
	// Now is the attempt's time.
	Now time.Time
}

// New makes the scheme of one entry of a destination's auth list.
func New(c config.Credential) (Scheme, error) {
	switch c.Type {
	case config.OpenAppHMAC:
		return newOpenApp(c), nil
	case config.APIKey:
		return newAPIKey(c)
	default:
		return nil, fmt.Errorf("make auth scheme: unknown type %q (try %s or %s)", c.Type, config.OpenAppHMAC, config.APIKey)
	}
}
