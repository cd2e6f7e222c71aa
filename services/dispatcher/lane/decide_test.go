package lane

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	v1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/dispatcher/attempt"
	"github.com/orderwire/orderwire/services/dispatcher/retry"
)

var schedule = retry.Policy{Attempts: 25, Delays: []time.Duration{
	5 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 4 * time.Hour,
}}

func TestDecide(t *testing.T) {
	now := time.Date(2024, 5, 1, 0, 0, 0, 0, time.UTC)
	last := 4 * time.Hour
	cases := []struct {
		name     string
		result   attempt.Result
		attempts uint32
		notYet   time.Duration // ago

		reason, dead v1.Reason
		cost         uint32
		wait, hold   time.Duration
	}{
		{name: "delivered", result: attempt.Result{Reason: v1.Reason_DELIVERED}, reason: v1.Reason_DELIVERED, cost: 1},
		{name: "first failure", result: attempt.Result{Reason: v1.Reason_TRANSIENT}, reason: v1.Reason_TRANSIENT, cost: 1, wait: 5 * time.Second},
		{name: "eighth failure", result: attempt.Result{Reason: v1.Reason_TRANSIENT}, attempts: 7, reason: v1.Reason_TRANSIENT, cost: 1, wait: last},
		{name: "last failure", result: attempt.Result{Reason: v1.Reason_TRANSIENT}, attempts: 24, reason: v1.Reason_TRANSIENT, dead: v1.Reason_EXHAUSTED, cost: 1},
		{name: "refused", result: attempt.Result{Reason: v1.Reason_PERMANENT}, attempts: 3, reason: v1.Reason_PERMANENT, dead: v1.Reason_PERMANENT, cost: 1},
		{name: "not yet", result: attempt.Result{Reason: v1.Reason_NOT_YET}, reason: v1.Reason_NOT_YET, cost: 1, wait: 5 * time.Second},
		{name: "not yet for long", result: attempt.Result{Reason: v1.Reason_NOT_YET}, attempts: 4, notYet: 59 * time.Minute, reason: v1.Reason_NOT_YET, cost: 1, wait: 30 * time.Minute},
		{name: "not yet for too long", result: attempt.Result{Reason: v1.Reason_NOT_YET}, attempts: 6, notYet: time.Hour, reason: v1.Reason_PERMANENT, dead: v1.Reason_PERMANENT, cost: 1},
		{name: "not yet, and nobody tried for an hour", result: attempt.Result{Reason: v1.Reason_NOT_YET}, attempts: 5, notYet: 5 * time.Hour, reason: v1.Reason_NOT_YET, cost: 1, wait: time.Hour},
		{name: "endpoint fault", result: attempt.Result{Reason: v1.Reason_ENDPOINT_FAULT}, attempts: 24, reason: v1.Reason_ENDPOINT_FAULT, wait: last},
		{name: "gone", result: attempt.Result{Reason: v1.Reason_GONE}, reason: v1.Reason_GONE, wait: last},
		{name: "retry after", result: attempt.Result{Reason: v1.Reason_TRANSIENT, RetryAfter: time.Minute}, reason: v1.Reason_TRANSIENT, wait: time.Minute, hold: time.Minute},
		{name: "retry after at the last attempt", result: attempt.Result{Reason: v1.Reason_TRANSIENT, RetryAfter: time.Minute}, attempts: 24, reason: v1.Reason_TRANSIENT, wait: last, hold: time.Minute},
		{name: "retry after no time", result: attempt.Result{Reason: v1.Reason_TRANSIENT, RetryAfter: time.Second}, reason: v1.Reason_TRANSIENT, wait: 5 * time.Second, hold: time.Second},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var notYet time.Time
			if c.notYet > 0 {
				notYet = now.Add(-c.notYet)
			}
			v := decide(&c.result, schedule, c.attempts, notYet, now)
			require.Equal(t, c.reason, v.Reason)
			require.Equal(t, c.dead, v.Dead)
			require.Equal(t, c.attempts+c.cost, v.Attempts)
			require.Equal(t, c.reason == v1.Reason_DELIVERED, v.Delivered)
			require.Equal(t, c.wait == 0, v.Next.IsZero())
			if c.wait > 0 {
				require.GreaterOrEqual(t, v.Next.Sub(now), c.wait)
				require.LessOrEqual(t, v.Next.Sub(now), c.wait+c.wait/5)
			}
			if c.hold == 0 {
				require.Zero(t, v.Hold)
			} else {
				require.Equal(t, now.Add(c.hold), v.Hold)
			}
		})
	}
}
