package lane

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	v1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/dispatcher/attempt"
)

var results = []attempt.Result{
	{Reason: v1.Reason_DELIVERED, Status: 200},
	{Reason: v1.Reason_DELIVERED, Status: 204},
	{Reason: v1.Reason_TRANSIENT, Status: 500, Response: []byte("boom")},
	{Reason: v1.Reason_TRANSIENT, Err: "connection refused"},
	{Reason: v1.Reason_TRANSIENT, Status: 503, RetryAfter: 30 * time.Second},
	{Reason: v1.Reason_PERMANENT, Status: 400},
	{Reason: v1.Reason_NOT_YET, Status: 404},
	{Reason: v1.Reason_ENDPOINT_FAULT, Status: 401},
	{Reason: v1.Reason_GONE, Status: 410},
}

// Whatever happens in whatever order, crashes at any moment included: no delivery starts before the one before it is over, a lane has one thing under way, no
// commit covers what is neither over nor on record, and in the end everything is over.
func TestNothingIsLostOrOutOfOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		destinations, orders := rapid.SampledFrom([]string{"a", "b", "c"}), rapid.SampledFrom([]string{"1", "2", "3"})
		t.Repeat(map[string]func(*rapid.T){
			"publish": func(t *rapid.T) {
				d, o := destinations.Draw(t, "destination"), orders.Draw(t, "order")
				for range rapid.IntRange(1, 25).Draw(t, "n") {
					w.publish(d, o)
				}
			},
			"read": func(t *rapid.T) {
				for range rapid.IntRange(1, 30).Draw(t, "n") {
					w.readNext()
				}
			},
			"start": func(t *rapid.T) { w.start(rapid.IntRange(0, 6).Draw(t, "permits")) },
			"end": func(t *rapid.T) {
				if len(w.running) == 0 {
					return
				}
				r := rapid.SampledFrom(results).Draw(t, "result")
				w.end(rapid.IntRange(0, len(w.running)-1).Draw(t, "job"), &r, func() {
					if rapid.Bool().Draw(t, "read meanwhile") {
						w.readNext()
					}
				})
			},
			"return": func(t *rapid.T) {
				if len(w.running) == 0 {
					return
				}
				j := w.running[0]
				w.running = w.running[1:]
				if j.Letter {
					w.book.Postpone(j, w.now)
				} else {
					w.book.Return(j, w.now, time.Duration(rapid.IntRange(0, 1000).Draw(t, "ms"))*time.Millisecond)
				}
			},
			"store": func(t *rapid.T) {
				if w.storing == nil {
					w.storing = w.book.Unstored(rapid.IntRange(1, 3).Draw(t, "limit"))
					return
				}
				w.stored()
				w.book.Stored(w.storing)
				w.storing = nil
			},
			"commit": func(t *rapid.T) {
				if w.taken == nil {
					w.take(rapid.IntRange(1, 3).Draw(t, "limit"))
					return
				}
				w.commit()
				w.book.Committed(w.taken)
				w.taken = nil
			},
			"crash": func(t *rapid.T) {
				if w.storing != nil && rapid.Bool().Draw(t, "outcomes arrived") {
					w.stored()
				}
				if w.taken != nil && rapid.Bool().Draw(t, "commit arrived") {
					w.commit()
				}
				w.claim()
			},
			"wait": func(t *rapid.T) {
				d := rapid.SampledFrom([]time.Duration{time.Millisecond, 2 * time.Second, time.Minute, 5 * time.Hour}).Draw(t, "time")
				w.now = w.now.Add(d)
			},
			"wait for very long": func(t *rapid.T) {
				if rapid.IntRange(0, 20).Draw(t, "rarely") == 0 {
					w.now = w.now.Add(expireAfter)
				}
			},
			"recover": func(t *rapid.T) {
				if rapid.IntRange(0, 5).Draw(t, "rarely") == 0 {
					w.recover(uint64(rapid.IntRange(0, int(w.cursor.GetLow())).Draw(t, "position")))
				}
			},
			"configure": func(t *rapid.T) {
				d := destinations.Draw(t, "destination")
				w.unknown[d] = !w.unknown[d]
				w.book.Configure(w.now)
			},
			"remove": func(t *rapid.T) {
				if len(w.log) == 0 || rapid.IntRange(0, 5).Draw(t, "rarely") > 0 {
					return
				}
				w.log[rapid.IntRange(0, len(w.log)-1).Draw(t, "which")].removed = true
			},
		})
		w.finish()
	})
}

// A lane costs no attempts for what it is not to blame for.
func TestAttemptsThatCostNothing(t *testing.T) {
	for _, free := range []attempt.Result{results[4], results[7], results[8]} {
		rapid.Check(t, func(t *rapid.T) {
			w := newWorld(t)
			w.publish("a", "1")
			w.readNext()
			for range rapid.IntRange(5, 40).Draw(t, "answers") {
				w.start(math.MaxInt)
				if len(w.running) != 1 || w.running[0].Number != 1 {
					t.Fatalf("want one job with number 1: %+v", w.running)
				}
				r := free
				w.end(0, &r, func() {})
				w.storeAndCommit()
				w.now = w.now.Add(5 * time.Hour)
			}
			w.finish()
		})
	}
}
