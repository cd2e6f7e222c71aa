package attempt

import (
	"time"

	v1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/internal/config"
)

// Request is what an attempt is made of.
type Request struct {
	// Destination from the configuration in force. The client compares it with the one it knew: a reload takes effect at the next attempt.
	Destination *config.Destination
	// Key of the destination as on subjects: its name, or <name>@<shop>. Connections and credentials are kept by it.
	Key string
	// Shop and Order are the subject's tokens, unescaped.
	Shop, Order string
	Delivery    *v1.Delivery
	// Number of the attempt, from 1.
	Number uint32
}

// Result is what became of an attempt.
type Result struct {
	// Reason is the attempt's class. NOT_YET is further resolved by ResolveNotYet. UNSPECIFIED when Unknown.
	Reason v1.Reason
	// Unknown: the context ended before there was an answer. It is not an attempt: nobody can say whether the destination got it.
	Unknown bool
	// Status of the response; 0 when there was none.
	Status int
	// Err says in words what went wrong, secrets redacted; empty when the status says it all.
	Err string
	// Response is the beginning of the response's body, at most MaxExcerpt bytes, secrets redacted. The caller owns it.
	Response []byte
	// RetryAfter is what a 429 or 503 asked for, within 1 s-4 h; 0 when it asked for nothing.
	RetryAfter time.Duration
	// Skew is the destination's clock minus ours, in whole seconds; valid when HasSkew.
	Skew    time.Duration
	HasSkew bool
	// Duration from before the request is built to the end of the response.
	Duration time.Duration
}
