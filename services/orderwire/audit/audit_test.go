package audit_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/orderwire/audit"
	"github.com/orderwire/orderwire/services/orderwire/receiver"
)

// Each case does the work of a pipeline by hand, with or without a mistake, for the events 1 and 2 of one order.
func TestAudit(t *testing.T) {
	const (
		mapped    = orderwirev1.Reason_MAPPED
		unmapped  = orderwirev1.Reason_UNMAPPED
		delivered = orderwirev1.Reason_DELIVERED
		transient = orderwirev1.Reason_TRANSIENT
		exhausted = orderwirev1.Reason_EXHAUSTED
	)
	// through is one event from ORDERS to the receiver.
	through := func(h *hand) {
		c := h.event()
		h.decide(c, mapped)
		d := h.deliver(c)
		h.attempt(c, d, 1, transient, false)
		h.take(c)
		h.attempt(c, d, 2, delivered, true)
	}
	for _, c := range []struct {
		name    string
		work    func(h *hand)
		want    audit.Report // of which only counts are looked at
		idle    bool
		problem string
	}{
		{"nothing at all", func(*hand) {}, audit.Report{}, true, ""},
		{"delivered and unmapped", func(h *hand) {
			through(h)
			h.decide(h.event(), unmapped)
			h.cursors(2, 1)
		}, audit.Report{Events: 2, Attempts: 2, Delivered: 1}, true, ""},
		{"not decided yet", func(h *hand) { h.event() }, audit.Report{Events: 1}, false, ""},
		{"decided, cursor not there yet", func(h *hand) {
			through(h)
			h.cursors(0, 1)
		}, audit.Report{Events: 1, Attempts: 2, Delivered: 1}, false, ""},
		{"never decided", func(h *hand) {
			h.event()
			h.cursors(1, 0)
		}, audit.Report{Events: 1, Lost: 1}, false, "entry 1 has no decision"},
		{"mapped to nothing", func(h *hand) {
			h.decide(h.event(), mapped)
			h.cursors(1, 0)
		}, audit.Report{Events: 1, Lost: 1}, true, "entry 1 was mapped to delivery id1"},
		{"waiting to be tried", func(h *hand) {
			c := h.event()
			h.decide(c, mapped)
			h.deliver(c)
			h.cursors(1, 0)
		}, audit.Report{Events: 1, Waiting: 1}, false, ""},
		{"parked", func(h *hand) {
			c := h.event()
			h.decide(c, mapped)
			d := h.deliver(c)
			h.attempt(c, d, 1, transient, false)
			h.park(d, d)
			h.cursors(1, 1)
		}, audit.Report{Events: 1, Attempts: 1, Waiting: 1}, false, ""},
		{"settled without a trace", func(h *hand) {
			c := h.event()
			h.decide(c, mapped)
			d := h.deliver(c)
			h.attempt(c, d, 1, transient, false)
			h.cursors(1, 1)
		}, audit.Report{Events: 1, Attempts: 1, Lost: 1}, true, "is neither delivered, dead nor waiting"},
		{"recorded as delivered, not received", func(h *hand) {
			through(h)
			h.received.Taken = nil
			h.cursors(1, 1)
		}, audit.Report{Events: 1, Attempts: 2, Lost: 1}, true, "no receiver took it"},
		{"received, not recorded", func(h *hand) {
			c := h.event()
			h.decide(c, mapped)
			h.deliver(c)
			h.take(c)
			h.cursors(1, 1)
		}, audit.Report{Events: 1, Delivered: 1}, true, "no record says so"},
		{"dead", func(h *hand) {
			c := h.event()
			h.decide(c, mapped)
			d := h.deliver(c)
			h.attempt(c, d, 1, transient, false)
			h.attempt(c, d, 2, exhausted, true)
			h.letter(d)
			h.cursors(1, 1)
		}, audit.Report{Events: 1, Attempts: 1, Dead: 1}, true, ""},
		{"came twice", func(h *hand) {
			through(h)
			h.take(1)
			h.cursors(1, 1)
		}, audit.Report{Events: 1, Attempts: 2, Delivered: 1, Duplicates: 1}, true, ""},
		{"records written twice", func(h *hand) {
			through(h)
			h.decide(1, mapped)
			h.attempt(1, 1, 2, delivered, true)
			h.cursors(1, 1)
		}, audit.Report{Events: 1, Attempts: 2, Delivered: 1}, true, ""},
		{"a record says something else the second time", func(h *hand) {
			through(h)
			h.decide(1, unmapped)
			h.cursors(1, 1)
		}, audit.Report{Events: 1, Attempts: 2, Delivered: 1}, true, "record d1 says MAPPED, and then UNMAPPED"},
		{"decided twice", func(h *hand) {
			through(h)
			h.outcome(&orderwirev1.Outcome{Id: "other", Reason: unmapped, Cause: 1, Destination: destination, Decision: &orderwirev1.Decision{}})
			h.cursors(1, 1)
		}, audit.Report{Events: 1, Attempts: 2, Delivered: 1}, true, `entry 1 was decided twice for destination "openapp"`},
		{"delivery written twice", func(h *hand) {
			through(h)
			h.deliver(1)
			h.cursors(1, 2)
		}, audit.Report{Events: 1, Attempts: 2, Delivered: 2}, true, "is in DELIVERIES twice"},
		{"overtaken", func(h *hand) {
			for range 2 {
				c := h.event()
				h.decide(c, mapped)
				h.deliver(c)
			}
			h.take(2)
			h.take(1)
			h.attempt(1, 1, 1, delivered, true)
			h.attempt(2, 2, 1, delivered, true)
			h.cursors(2, 2)
		}, audit.Report{Events: 2, Attempts: 2, Delivered: 2, OrderViolations: 1}, true, "delivery id2 came out of order"},
		{"the receiver's own findings", func(h *hand) {
			through(h)
			h.received.Violations = []receiver.Violation{{ID: "id1"}}
			h.received.BadSignatures = 2
			h.cursors(1, 1)
		}, audit.Report{Events: 1, Attempts: 2, Delivered: 1, OrderViolations: 1, BadSignatures: 2}, true, "delivery id1 came out of order"},
		{"received from nowhere", func(h *hand) {
			through(h)
			h.take(7)
			h.cursors(1, 1)
		}, audit.Report{Events: 1, Attempts: 2, Delivered: 1}, true, "a receiver took delivery id7"},
		{"decided otherwise than expected", func(h *hand) {
			through(h)
			h.cursors(1, 1)
			h.expected = map[uint64]string{1: "unmapped"}
		}, audit.Report{Events: 1, Attempts: 2, Delivered: 1}, true, "entry 1 was decided mapped (), expected unmapped"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := newHand(t)
			c.work(h)
			r := h.audit()
			require.Equal(t, counts(&c.want), counts(r), r.Problems)
			require.Equal(t, c.idle, r.Idle)
			if c.problem == "" {
				require.Empty(t, r.Problems)
				require.True(t, r.OK())
				return
			}
			require.NotEmpty(t, r.Problems)
			require.Contains(t, r.Problems[0], c.problem)
			require.False(t, r.OK())
		})
	}
}

func counts(r *audit.Report) []int {
	return []int{r.Events, r.Attempts, r.Delivered, r.Dead, r.Waiting, r.Lost, r.OrderViolations, r.BadSignatures, r.Duplicates}
}

func TestWithoutReceiversRecordsAreBelieved(t *testing.T) {
	h := newHand(t)
	c := h.event()
	h.decide(c, orderwirev1.Reason_MAPPED)
	h.attempt(c, h.deliver(c), 1, orderwirev1.Reason_DELIVERED, true)
	h.cursors(1, 1)
	r, err := audit.Run(t.Context(), audit.Config{NC: h.nc, JS: h.js})
	require.NoError(t, err)
	require.Equal(t, 1, r.Delivered)
	require.True(t, r.OK(), r.Problems)
}

func TestSummaryIsOneObjectWithTheseFields(t *testing.T) {
	h := newHand(t)
	c := h.event()
	h.decide(c, orderwirev1.Reason_MAPPED)
	h.attempt(c, h.deliver(c), 1, orderwirev1.Reason_DELIVERED, true)
	h.take(c)
	h.cursors(1, 1)
	data, err := json.Marshal(h.audit())
	require.NoError(t, err)
	require.JSONEq(t, `{"events":1,"decisions":{"mapped":1},"attempts":1,"delivered":1,"dead":0,"waiting":0,"lost":0,"order_violations":0,"bad_signatures":0,
		"duplicates":0,"latency_ms":{"p50":10,"p99":10}}`, string(data))
}
