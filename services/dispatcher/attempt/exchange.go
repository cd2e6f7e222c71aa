package attempt

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/orderwire/orderwire/services/dispatcher/auth"
)

// exchange sends the request and reads the response within the destination's total time-out.
func (e *endpoint) exchange(ctx context.Context, r *Request, credentials *auth.Set, start time.Time) Result {
	limit, cancel := context.WithTimeout(ctx, e.total)
	defer cancel()
	req, sent, err := e.request(limit, r, credentials, start)
	if err != nil {
		return failed(err, r)
	}
	resp, err := e.transport.RoundTrip(req)
	switch {
	case err == nil && resp.StatusCode == 0: // net/http takes 000 for a status; here 0 says that there was none
		_ = resp.Body.Close()
		return failed(errors.New("read response: malformed HTTP status code \"000\""), r)
	case err == nil:
		return e.response(resp, sent, credentials.Longest)
	case ctx.Err() != nil: // whatever err says: it may be no more than a trace of that
		return Result{Unknown: true, Err: fmt.Sprintf("send request: given up without an answer: %v", context.Cause(ctx))}
	case limit.Err() != nil:
		return failed(timeoutError(sent, e.total), r)
	default:
		return failed(fmt.Errorf("send request: %w", err), r)
	}
}

// response reads what a response says. Its status is known, and decides: nothing that follows can change the outcome.
func (e *endpoint) response(resp *http.Response, sent *sending, longest int) Result {
	at := time.Now()
	result := Result{Status: resp.StatusCode, Reason: Classify(resp.StatusCode, nil, policyOf(e.destination)), Err: hint(resp)}
	if date, ok := dateOf(resp); ok {
		result.Skew, result.HasSkew = skew(date, sent, at), true
	}
	result.RetryAfter = retryAfter(resp, at)
	excerpt, err := readExcerpt(resp, longest)
	if err != nil && result.Err == "" {
		result.Err = fmt.Sprintf("read response: the status came, the body broke off: %v", err)
	}
	result.Response = excerpt
	return result
}

// timeoutError says how far a request came that had no answer in time.
func timeoutError(sent *sending, total time.Duration) error {
	if _, began := sent.began(); began {
		return fmt.Errorf("await response: none within %v on an open connection", total)
	}
	return fmt.Errorf("await response: none within %v", total)
}
