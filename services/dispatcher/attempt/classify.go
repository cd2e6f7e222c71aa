package attempt

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	v1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/dispatcher/auth"
	"github.com/orderwire/orderwire/services/dispatcher/dial"
)

// NotYetFor is how long a delivery that is answered with 404 or 409 is tried, counted from the first such answer, and in the waits between its attempts.
const NotYetFor = time.Hour

// Policy holds a destination's own rules of classification.
type Policy struct {
	// ConflictDelivered: 409 means that the destination has it already.
	ConflictDelivered bool
}

// Classify says what a status means, or for status 0 the error that came in its place. It is the only place that does.
//
// Errors are of the network, and transient, except:
//   - the destination's own configuration (url, secret, an address it may not have), and a TLS handshake that was answered and failed (certificate, alert,
//     not TLS at all): endpoint fault;
//   - a delivery of which no request can be made: permanent.
//
// A cancellation is as transient as the rest: one of ours never comes here (see Do).
//
// A host without a DNS entry is transient too: names vanish for minutes when a resolver or a cluster has trouble. So is what is no HTTP:
// proxies say such things while they restart.
func Classify(status int, err error, p Policy) v1.Reason {
	switch {
	case status == http.StatusConflict && p.ConflictDelivered:
		return v1.Reason_DELIVERED
	case status != 0:
		return ruleOf(status).reason
	default:
		return ofError(err)
	}
}

func ofError(err error) v1.Reason {
	var (
		fault      *faultError
		unsendable *unsendableError
		connection *dial.Error
		op         *net.OpError
	)
	switch {
	case err == nil:
		return v1.Reason_REASON_UNSPECIFIED
	case errors.As(err, &fault), errors.Is(err, auth.ErrCredentials):
		return v1.Reason_ENDPOINT_FAULT
	case errors.As(err, &unsendable):
		return v1.Reason_PERMANENT
	case errors.As(err, &connection):
		if connection.Refused() || (connection.Phase == dial.TLS && !connection.Silent()) {
			return v1.Reason_ENDPOINT_FAULT
		}
		return v1.Reason_TRANSIENT
	case errors.As(err, &op) && op.Op == "remote error": // a TLS alert after the handshake: a client certificate is missed
		return v1.Reason_ENDPOINT_FAULT
	default:
		return v1.Reason_TRANSIENT
	}
}

// ResolveNotYet says what NOT_YET means now, when the delivery was first answered so at since (zero: this is the first time): NOT_YET is
// to be tried again as if transient, PERMANENT is the end. waited is how long its attempts have waited for each other by the schedule: an hour in which nobody
// tried does not count.
func ResolveNotYet(since, now time.Time, waited time.Duration) v1.Reason {
	if since.IsZero() || now.Sub(since) < NotYetFor || waited < NotYetFor {
		return v1.Reason_NOT_YET
	}
	return v1.Reason_PERMANENT
}

// hint is what a person should know about a status beyond its number; empty for most.
func hint(resp *http.Response) string {
	h := ruleOf(resp.StatusCode).hint
	if location := resp.Header.Get("Location"); h != "" && location != "" {
		return fmt.Sprintf("%s: it points to %s", h, location)
	}
	return h
}
