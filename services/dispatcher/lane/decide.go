package lane

import (
	"time"

	"github.com/cenkalti/backoff/v4"

	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/dispatcher/attempt"
	"github.com/orderwire/orderwire/services/dispatcher/retry"
)

// Verdict is what follows from an attempt for its delivery.
type Verdict struct {
	// Reason is the attempt's class: that of the result, except that a NOT_YET for too long is PERMANENT.
	Reason orderwirev1.Reason
	// Delivered, or Dead, or else it waits until Next.
	Delivered bool
	// Dead is the reason of the dead letter; 0 while the delivery lives.
	Dead orderwirev1.Reason
	Next time.Time
	// Attempts that it has cost by now.
	Attempts uint32
	// NotYet is when it was first answered with 404 or 409.
	NotYet time.Time
	// Hold keeps the whole destination until then (Retry-After); zero when it does not.
	Hold time.Time
}

// decide judges an attempt of a delivery that has cost so many before it.
func decide(r *attempt.Result, policy retry.Policy, attempts uint32, notYet, now time.Time) Verdict {
	v := Verdict{Reason: r.Reason, Attempts: attempts, NotYet: notYet}
	schedule := retry.New(policy, attempts)
	if r.Reason == orderwirev1.Reason_NOT_YET {
		if notYet.IsZero() {
			v.NotYet = now
		}
		v.Reason = attempt.ResolveNotYet(notYet, now, policy.Waited(attempts))
	}
	switch v.Reason {
	case orderwirev1.Reason_DELIVERED:
		v.Delivered, v.Attempts = true, attempts+1
		return v
	case orderwirev1.Reason_PERMANENT:
		v.Dead, v.Attempts = orderwirev1.Reason_PERMANENT, attempts+1
		return v
	case orderwirev1.Reason_ENDPOINT_FAULT, orderwirev1.Reason_GONE:
		v.Next = now.Add(schedule.Last())
		return v
	}
	if r.RetryAfter > 0 { // the destination's wish, and its own fault
		v.Hold = now.Add(r.RetryAfter)
		v.Next = now.Add(max(r.RetryAfter, schedule.Next())) // it costs nothing, so it must not go on every second for weeks
		return v
	}
	wait := schedule.NextBackOff()
	v.Attempts = attempts + 1
	if wait == backoff.Stop {
		v.Dead = orderwirev1.Reason_EXHAUSTED
		return v
	}
	v.Next = now.Add(wait)
	return v
}
