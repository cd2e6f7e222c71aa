package retry

import (
	"math"
	"math/rand/v2"
	"time"

	"github.com/cenkalti/backoff/v4"
)

// Schedule walks through a policy. Not safe for concurrent use.
type Schedule struct {
	policy Policy
	made   uint32
}

var _ backoff.BackOff = (*Schedule)(nil)

// New makes the schedule of a delivery that has cost this many attempts so far: 0 for a new one, a lane record's count after a restart.
func New(policy Policy, made uint32) *Schedule {
	return &Schedule{policy: policy, made: made}
}

// NextBackOff counts an attempt that failed and returns how long to wait for the next one, or backoff.Stop when that was the last.
func (s *Schedule) NextBackOff() time.Duration {
	if s.made < math.MaxUint32 {
		s.made++
	}
	if s.made >= s.policy.Attempts {
		return backoff.Stop
	}
	return jitter(s.policy.delay(s.made))
}

// Last returns the wait of the policy's last step, with jitter. It counts nothing: for outcomes that the delivery is not to blame for.
func (s *Schedule) Last() time.Duration {
	return jitter(s.policy.delay(math.MaxUint32))
}

// Next returns the wait that an attempt that failed now would be followed by, with jitter, and counts nothing.
func (s *Schedule) Next() time.Duration {
	return jitter(s.policy.delay(s.made + min(1, math.MaxUint32-s.made)))
}

// Reset starts anew, as for a delivery that has cost no attempt.
func (s *Schedule) Reset() { s.made = 0 }

// jitterDivisor makes the jitter at most one fifth (20 %) of the delay.
const jitterDivisor = 5

// jitter adds 0-20 % to d.
func jitter(d time.Duration) time.Duration {
	return d + rand.N(d/jitterDivisor+1)
}
