package retry

import (
	"math"
	"testing"
	"time"

	"github.com/cenkalti/backoff/v4"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/orderwire/orderwire/services/internal/config"
)

const minimal = `
destinations:
  erp: {url: https://erp.example.com, auth: []}
routes:
  - {shops: ["*"], to: erp, payload: event, statuses: {PS_OS_PAYMENT: PAID}}
`

func TestDefaultScheduleTakes72Hours(t *testing.T) {
	c, err := config.Parse("orderwire.yaml", []byte(minimal), nil)
	require.NoError(t, err)
	s := New(For(c.Destinations["erp"].Retry), 0)
	var total time.Duration
	for wait := s.NextBackOff(); wait != backoff.Stop; wait = s.NextBackOff() {
		total += wait
	}
	require.Equal(t, uint32(25), s.made)
	least := 71*time.Hour + 42*time.Minute + 35*time.Second
	require.GreaterOrEqual(t, total, least)
	require.LessOrEqual(t, total, least+least/5)
}

func TestSchedule(t *testing.T) {
	list := []time.Duration{5 * time.Second, 30 * time.Second, 2 * time.Minute}
	cases := []struct {
		name     string
		attempts uint32
		made     uint32
		least    []time.Duration // of consecutive waits; Stop ends the schedule
	}{
		{"new delivery", 5, 0, []time.Duration{list[0], list[1], list[2], list[2], backoff.Stop, backoff.Stop}},
		{"goes on from a lane record", 5, 2, []time.Duration{list[2], list[2], backoff.Stop}},
		{"a single attempt", 1, 0, []time.Duration{backoff.Stop}},
		{"last attempt", 5, 4, []time.Duration{backoff.Stop}},
		{"used up", 5, 5, []time.Duration{backoff.Stop}},
		{"more than the policy has now", 5, 900, []time.Duration{backoff.Stop}},
		{"count does not wrap", 5, math.MaxUint32, []time.Duration{backoff.Stop, backoff.Stop}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := New(Policy{Delays: list, Attempts: c.attempts}, c.made)
			for i, least := range c.least {
				got := s.NextBackOff()
				if least == backoff.Stop {
					require.Equal(t, backoff.Stop, got, "wait %d", i+1)
					continue
				}
				require.GreaterOrEqual(t, got, least, "wait %d", i+1)
				require.LessOrEqual(t, got, least+least/5, "wait %d", i+1)
			}
		})
	}
}

func TestLastCostsNothing(t *testing.T) {
	s := New(Policy{Delays: []time.Duration{5 * time.Second, 4 * time.Hour}, Attempts: 25}, 3)
	for range 100 {
		require.GreaterOrEqual(t, s.Last(), 4*time.Hour)
	}
	require.Equal(t, uint32(3), s.made)
	s.Reset()
	require.Zero(t, s.made)
	require.Less(t, s.NextBackOff(), 7*time.Second)
}

// Whatever the list, every wait lies within [delay, 1.2 x delay], the number of attempts is exact, and a schedule that is made anew from the
// count at any moment goes on the same.
func TestScheduleProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		delays := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) time.Duration {
			return time.Duration(rapid.Int64Range(1, int64(30*24*time.Hour)).Draw(t, "delay"))
		}), 1, 12).Draw(t, "delays")
		attempts := rapid.Uint32Range(1, 60).Draw(t, "attempts")
		policy := Policy{Delays: delays, Attempts: attempts}
		s := New(policy, 0)
		for made := uint32(1); ; made++ {
			if rapid.Bool().Draw(t, "restart") {
				s = New(policy, s.made)
			}
			got := s.NextBackOff()
			if got == backoff.Stop {
				if made != attempts {
					t.Fatalf("stopped after %d attempts of %d", made, attempts)
				}
				return
			}
			least := delays[min(int(made), len(delays))-1]
			if got < least || float64(got) > 1.2*float64(least) {
				t.Fatalf("wait after attempt %d: %v outside [%v, 1.2x]", made, got, least)
			}
		}
	})
}
