package attempt

import (
	"net/http"
	"strconv"
	"time"
)

// What a destination may ask for with Retry-After.
const (
	minRetryAfter = time.Second
	maxRetryAfter = 4 * time.Hour
)

func dateOf(resp *http.Response) (time.Time, bool) {
	date, err := http.ParseTime(resp.Header.Get("Date"))
	return date, err == nil
}

// skew returns the destination's clock minus ours: its Date against our time half way between sending and receiving. Date is cut to whole seconds, so
// the true value lies within the second that begins there; equal clocks give 0.
func skew(date time.Time, sent *sending, received time.Time) time.Duration {
	begin, _ := sent.began()
	half := begin.Add(received.Sub(begin) / 2)
	exact := date.Sub(half)
	whole := exact.Truncate(time.Second)
	if whole < exact {
		whole += time.Second
	}
	return whole
}

// retryAfter returns what a 429 or 503 asks for, clamped; 0 when it asks for nothing that can be read. A date counts from the destination's own
// Date where it sent one, so that its clock need not be right.
func retryAfter(resp *http.Response, now time.Time) time.Duration {
	if resp.StatusCode != http.StatusTooManyRequests && resp.StatusCode != http.StatusServiceUnavailable {
		return 0
	}
	text := resp.Header.Get("Retry-After")
	if text == "" {
		return 0
	}
	if seconds, err := strconv.ParseUint(text, 10, 64); err == nil {
		return clamp(time.Duration(min(seconds, uint64(maxRetryAfter/time.Second))) * time.Second)
	}
	until, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	if date, ok := dateOf(resp); ok {
		now = date
	}
	return clamp(until.Sub(now))
}

func clamp(d time.Duration) time.Duration { return min(max(d, minRetryAfter), maxRetryAfter) }
