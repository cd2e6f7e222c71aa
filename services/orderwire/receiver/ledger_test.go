package receiver_test

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orderwire/orderwire/services/orderwire/receiver"
)

// step is one request of order "a": its sequence and what the API answers it with (0: 200).
type step struct {
	sequence int64
	status   int
	id       string
}

func TestOrder(t *testing.T) {
	ok := func(n ...int64) (steps []step) {
		for _, s := range n {
			steps = append(steps, step{sequence: s})
		}
		return steps
	}
	failed := func(times int, s int64, code int) (steps []step) {
		for range times {
			steps = append(steps, step{sequence: s, status: code})
		}
		return steps
	}
	join := func(parts ...[]step) (all []step) {
		for _, p := range parts {
			all = append(all, p...)
		}
		return all
	}
	for _, c := range []struct {
		name                       string
		steps                      []step
		accepted, duplicates, late int
		violations                 []receiver.ViolationKind
	}{
		{"in order", ok(1, 2, 3), 3, 0, 0, nil},
		{"again", ok(1, 2, 2, 2), 2, 2, 0, nil},
		{"an old one again", ok(1, 2, 1), 2, 1, 1, nil},
		{"overtaken", ok(1, 3, 2), 3, 0, 0, []receiver.ViolationKind{receiver.Below}},
		{"overtaken, again: counts once", ok(1, 3, 2, 2), 3, 1, 1, []receiver.ViolationKind{receiver.Below}},
		{"retried until taken", join(failed(3, 1, 503), ok(1, 2)), 2, 0, 0, nil},
		{"newer tried while older is open", join(failed(1, 1, 503), ok(2, 1)), 2, 0, 0, []receiver.ViolationKind{receiver.Early}},
		{"open though it looks like our fault", join(failed(1, 1, 401), ok(2)), 1, 0, 0, []receiver.ViolationKind{receiver.Early}},
		{"given up after an answer that is final", join(failed(1, 1, 422), ok(2)), 1, 0, 0, nil},
		{"given up after all attempts", join(failed(4, 1, 503), ok(2)), 1, 0, 0, nil},
		{"one attempt short of that", join(failed(3, 1, 503), ok(2)), 1, 0, 0, []receiver.ViolationKind{receiver.Early}},
		{"one sequence, two ids", []step{{sequence: 1}, {sequence: 1, id: "x"}}, 2, 0, 0, []receiver.ViolationKind{receiver.TwoIDs}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var log bytes.Buffer
			r := newReceiver(t, func(rc *receiver.Config) { rc.Attempts, rc.Log = 4, &log })
			for _, s := range c.steps {
				require.NoError(t, r.SetFaults(receiver.Faults{Status: s.status}))
				d := delivery(time.Now(), "a", s.sequence)
				if s.id != "" {
					d.id = s.id
				}
				require.Equal(t, max(s.status, 200), d.to(r).Code)
			}
			d := delivery(time.Now(), "b", 1)
			require.NoError(t, r.SetFaults(receiver.Faults{}))
			require.Equal(t, 200, d.to(r).Code, "another order is not concerned")

			st := r.Stats()
			require.Equal(t, []int{c.accepted + 1, c.duplicates, c.late, len(c.violations)}, []int{st.Accepted, st.Duplicates, st.LateDuplicates, st.OrderViolations})
			for i, v := range r.Violations() {
				require.Equal(t, c.violations[i], v.Kind)
			}
			taken, err := receiver.ReadLog(bytes.NewReader(append(log.Bytes(), `{"at":`...)))
			require.NoError(t, err)
			require.Len(t, taken, c.accepted+c.duplicates+1)
			require.Len(t, r.Accepted(), c.accepted+1)
		})
	}
}

func TestOrderByStatusWithoutHeaders(t *testing.T) {
	for _, c := range []struct {
		name       string
		statuses   []string
		duplicates int
		violations int
	}{
		{"whole life", []string{"ORDERED", "FULFILLED", "SHIPPED", "IN_DELIVERY", "DELIVERED"}, 0, 0},
		{"steps skipped", []string{"ORDERED", "DELIVERED"}, 0, 0},
		{"either way to the customer", []string{"IN_DELIVERY", "READY_FOR_PICKUP", "DELIVERED"}, 0, 0},
		{"cancelled", []string{"ORDERED", "CANCELLED_MERCHANT"}, 0, 0},
		{"same again", []string{"ORDERED", "ORDERED"}, 1, 0},
		{"backwards", []string{"SHIPPED", "ORDERED"}, 0, 1},
		{"cancelled after delivery", []string{"DELIVERED", "CANCELLED_MERCHANT"}, 0, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newReceiver(t)
			for _, s := range c.statuses {
				d := good(time.Now())
				d.body = body(s)
				require.Equal(t, 200, d.to(r).Code)
			}
			require.Equal(t, c.duplicates, r.Stats().Duplicates)
			require.Equal(t, c.violations, r.Stats().OrderViolations)
		})
	}
}

func TestManyAtOnce(t *testing.T) {
	r := newReceiver(t)
	const orders, each = 50, 20
	done := make(chan error)
	for o := range orders {
		go func() {
			for n := range each {
				if w := delivery(time.Now(), fmt.Sprint("o", o), int64(n)).to(r); w.Code != 200 {
					done <- fmt.Errorf("order %d, sequence %d: %d", o, n, w.Code)
					return
				}
			}
			done <- nil
		}()
	}
	for range orders {
		require.NoError(t, <-done)
	}
	st := r.Stats()
	require.Equal(t, receiver.Stats{Requests: orders * each, Orders: orders, Accepted: orders * each, Refused: map[string]int64{}, Faults: map[receiver.Fault]int64{}}, st)
}

func BenchmarkReceiver(b *testing.B) {
	r, err := receiver.New(receiver.Config{Credentials: map[string]string{key: secret}})
	require.NoError(b, err)
	for i := range b.N {
		delivery(time.Now(), fmt.Sprint(i/4), int64(i)).to(r)
	}
}
