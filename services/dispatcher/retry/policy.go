package retry

import (
	"time"

	"github.com/orderwire/orderwire/services/internal/config"
)

// Policy says how often and at what distances a delivery is tried. The configuration has checked it.
type Policy struct {
	// Delays holds the least wait after attempt 1, 2, 3 and so on; the last one repeats. Never empty.
	Delays []time.Duration
	// Attempts is the number of attempts altogether, the first one included; at least 1.
	Attempts uint32
}

// For returns the policy of a destination as configured.
func For(c config.Retry) Policy {
	return Policy{Delays: c.After, Attempts: uint32(c.Attempts)} //nolint:gosec // the configuration bounds it
}

// Waited returns the least time that so many attempts have waited for by the schedule, each for the one after it.
func (p Policy) Waited(made uint32) (sum time.Duration) {
	for n := uint32(1); n <= min(made, p.Attempts); n++ {
		sum += p.delay(n)
	}
	return sum
}

// delay returns the least wait after that many attempts (from 1).
func (p Policy) delay(made uint32) time.Duration {
	return p.Delays[min(uint64(max(made, 1)), uint64(len(p.Delays)))-1]
}
