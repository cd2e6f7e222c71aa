package config

import (
	"fmt"
	"time"
)

// DefaultAttempts is how many attempts a delivery has: with the default waits, about 72 h.
const DefaultAttempts = 25

// Bounds of a schedule. In all it must end well before DELIVERIES drops the message (35 days), jitter and time spent waiting for other reasons included.
const (
	maxWaits    = 50
	maxAttempts = 200
	minWait     = time.Millisecond
	maxWait     = 24 * time.Hour
	maxSchedule = 21 * 24 * time.Hour
)

var defaultAfter = []time.Duration{
	5 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 4 * time.Hour,
}

func readRetry(n node, retry *Retry) {
	const try = "retry: {after: [5s, 30s, 2m], attempts: 25}; the last wait repeats"
	o, ok := n.object(try, "after", "attempts")
	if !ok {
		return
	}
	if v, ok := o.get("after"); ok {
		readWaits(v, retry)
	}
	if v, ok := o.get("attempts"); ok {
		if a, ok := v.integer(maxAttempts); ok {
			retry.Attempts = int(a) //nolint:gosec // bounded by integer
		}
		if written, ok := o.fields["after"]; ok && len(retry.After) > max(retry.Attempts-1, 1) {
			written.warn(fmt.Sprintf("has %d waits, and %d attempts use only the first %d", len(retry.After), retry.Attempts, retry.Attempts-1), "more attempts, or fewer waits")
		}
	}
	if in := retry.span(); in > maxSchedule {
		n.failHere(fmt.Sprintf("goes on for %d days, longer than deliveries are kept", in/(24*time.Hour)), fmt.Sprintf("at most %d days in all: fewer attempts, or shorter waits", maxSchedule/(24*time.Hour)))
	}
}

func readWaits(n node, retry *Retry) {
	const try = "after: [5s, 30s, 2m]"
	items, ok := n.items(try)
	if !ok {
		return
	}
	if len(items) == 0 || len(items) > maxWaits {
		n.failHere(fmt.Sprintf("holds %d waits", len(items)), fmt.Sprintf("1 to %d waits, as in %s", maxWaits, try))
		return
	}
	retry.After = nil
	for _, item := range items {
		d, ok := item.duration(minWait, maxWait)
		if !ok {
			d = minWait
		} else if k := len(retry.After); k > 0 && d < retry.After[k-1] {
			item.fail("is shorter than the wait before", "waits that do not get shorter")
		}
		retry.After = append(retry.After, d)
	}
}

// span is the time from the first attempt to the last.
func (r Retry) span() (sum time.Duration) {
	for n := 1; n < r.Attempts; n++ {
		sum += r.wait(n)
	}
	return sum
}
