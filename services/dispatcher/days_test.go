package dispatcher

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	v1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/internal/topology"
)

// Three days, in which one order is refused with 500 for ever at one destination, and another destination is down for 70 hours. The order dies after 25 attempts and
// about 72 hours, and its lane goes on; the destination gets everything in order afterwards; whoever is neither never waits.
func TestThreeDays(t *testing.T) {
	inBubble(t, func(r *rig) {
		begin := time.Now()
		r.answers(func(h hit) answer {
			switch {
			case h.destination == "alpha" && time.Since(begin) < 70*time.Hour:
				return answer{status: 502}
			case h.destination == "beta" && h.order == "bad" && h.sequence == 1:
				return answer{status: 500, body: "boom " + time.Now().Format(time.RFC3339)}
			}
			return answer{}
		})
		r.start()
		r.publish("beta", "bad", 2)
		orders := []string{"1", "2", "3", "4", "5"}
		for day := range 3 {
			for _, o := range orders {
				r.publish("alpha", o, 2)
				r.publish("beta", o, 2)
			}
			r.within(2*time.Second, "beta", func() bool {
				return !slices.ContainsFunc(orders, func(o string) bool { return len(r.of("beta", o)) < 2*(day+1) })
			})
			time.Sleep(22 * time.Hour)
		}
		r.within(20*time.Hour, "everything", func() bool { return len(r.lanes()) == 0 })
		r.checkDown(orders, begin.Add(70*time.Hour))
		r.checkExhausted(begin)
	})
}

// checkDown: nothing overtook the first delivery while alpha was down, and all came in order afterwards.
func (r *rig) checkDown(orders []string, until time.Time) {
	for _, o := range orders {
		var got []int64
		for _, h := range r.of("alpha", o) {
			if h.at.Before(until) {
				require.EqualValues(r, 1, h.sequence)
			} else {
				got = append(got, h.sequence)
			}
		}
		require.Equal(r, []int64{1, 2, 3, 4, 5, 6}, got)
	}
}

func (r *rig) checkExhausted(begin time.Time) {
	hits := r.of("beta", "bad")
	require.Len(r, hits, 26)
	for i, h := range hits[:25] {
		require.EqualValues(r, 1, h.sequence)
		require.Equal(r, i+1, h.attempt)
	}
	require.EqualValues(r, 2, hits[25].sequence)
	took := hits[24].at.Sub(begin)
	require.Greater(r, took, 71*time.Hour)
	require.Less(r, took, 87*time.Hour)

	letters := r.letters()
	require.Len(r, letters, 1)
	d := letters[0]
	require.Equal(r, v1.Reason_EXHAUSTED, d.GetReason())
	require.Equal(r, "all 25 attempts are used up; last answer: status 500", d.GetDetail())
	require.EqualValues(r, 25, d.GetDelivery().GetAttempts())
	require.Equal(r, "boom "+hits[24].at.Format(time.RFC3339), string(d.GetDelivery().GetLast().GetResponse()))
	require.Equal(r, "beta-bad-1", d.GetDelivery().GetDelivery().GetId())
	require.EqualValues(r, 1001, d.GetCause())

	var ends []v1.Reason
	for _, o := range r.outcomes("bad") {
		if o.GetAttempt().GetFinal() {
			ends = append(ends, o.GetReason())
		}
	}
	require.Equal(r, []v1.Reason{v1.Reason_TRANSIENT, v1.Reason_EXHAUSTED, v1.Reason_DELIVERED}, ends)
}

// 404 is tried for an hour, and is then the delivery's end.
func TestNotFoundForTooLong(t *testing.T) {
	inBubble(t, func(r *rig) {
		r.answers(func(h hit) answer { return answer{status: 404} })
		begin := time.Now()
		r.publish("alpha", "1", 1)
		r.start()
		r.within(4*time.Hour, "a letter", func() bool { return len(r.letters()) == 1 })
		hits := r.of("alpha", "1")
		require.Greater(r, hits[len(hits)-1].at.Sub(begin), time.Hour)
		require.Less(r, hits[len(hits)-2].at.Sub(begin), time.Hour)
		d := r.letters()[0]
		require.Equal(r, v1.Reason_PERMANENT, d.GetReason())
		require.EqualValues(r, len(hits), d.GetDelivery().GetAttempts())
		all := r.outcomes("1")
		require.Equal(r, v1.Reason_NOT_YET, all[0].GetReason())
		require.Equal(r, v1.Reason_PERMANENT, all[len(all)-1].GetReason())
	})
}

// Endpoint faults cost nothing and never end, until the stream would drop the delivery: then it is a dead letter with the last answer.
func TestExpired(t *testing.T) {
	inBubble(t, func(r *rig) {
		stream, err := r.js.Stream(context.Background(), topology.Deliveries)
		require.NoError(r, err)
		short := stream.CachedInfo().Config
		short.MaxAge = 24*time.Hour + 9*time.Hour // 35 days of heartbeats take minutes
		_, err = r.js.UpdateStream(context.Background(), short)
		require.NoError(r, err)
		r.answers(func(h hit) answer { return answer{status: 401, body: "who are you"} })
		begin := time.Now()
		r.publish("alpha", "1", 1)
		r.publish("nowhere", "1", 1)
		r.start()
		time.Sleep(9*time.Hour - time.Minute)
		require.Empty(r, r.letters())
		require.Len(r, r.lanes(), 2)
		require.GreaterOrEqual(r, len(r.of("alpha", "1")), 2, "every four hours and a little")
		for _, h := range r.of("alpha", "1") {
			require.Equal(r, 1, h.attempt)
		}
		r.within(2*time.Minute, "letters", func() bool { return len(r.letters()) == 2 })
		require.InDelta(r, 9, time.Since(begin).Hours(), 0.1)
		for _, d := range r.letters() {
			require.Equal(r, v1.Reason_EXPIRED, d.GetReason())
			require.Zero(r, d.GetDelivery().GetAttempts())
			require.NotNil(r, d.GetDelivery().GetDelivery())
			if d.GetDestination() == "alpha" {
				require.Equal(r, "who are you", string(d.GetDelivery().GetLast().GetResponse()))
			}
		}
		r.within(time.Minute, "no lane left", func() bool { return len(r.lanes()) == 0 })
	})
}
