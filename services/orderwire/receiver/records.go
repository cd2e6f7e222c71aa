package receiver

import (
	"cmp"
	"slices"
	"sync/atomic"
	"time"
)

// Taken is one request that was taken. It is also a line of the log.
type Taken struct {
	At          time.Time `json:"at"`
	ID          string    `json:"id"`
	Order       string    `json:"order"`
	Sequence    int64     `json:"sequence"`
	Attempt     int       `json:"attempt,omitempty"`
	Status      string    `json:"status"`
	OAOrderID   string    `json:"oa_order_id"`
	ShopOrderID string    `json:"shop_order_id"`
	// Duplicate: the delivery had been taken before.
	Duplicate bool `json:"duplicate,omitempty"`
	// Violation: it came out of order.
	Violation bool `json:"violation,omitempty"`
}

// ViolationKind says in which way a delivery came out of order.
type ViolationKind string

// Kinds of violations.
const (
	// Below: new, and its sequence is below the highest one taken.
	Below ViolationKind = "below"
	// Early: tried while an older one of its order was tried, not taken, and not given up.
	Early ViolationKind = "early"
	// TwoIDs: its sequence came before under another id.
	TwoIDs ViolationKind = "two-ids"
)

// Violation is one delivery that came out of order.
type Violation struct {
	Kind     ViolationKind `json:"kind"`
	Order    string        `json:"order"`
	ID       string        `json:"id"`
	Sequence int64         `json:"sequence"`
	At       time.Time     `json:"at"`
}

// Stats sums up.
type Stats struct {
	// Requests of any kind.
	Requests int64 `json:"requests"`
	// Orders seen.
	Orders int `json:"orders"`
	// Accepted are deliveries taken, each counted once.
	Accepted int `json:"accepted"`
	// Duplicates are deliveries that came again after they were taken; LateDuplicates those of them that came after a newer one was taken.
	Duplicates     int `json:"duplicates"`
	LateDuplicates int `json:"late_duplicates"`
	// OrderViolations is the number of Violations.
	OrderViolations int `json:"order_violations"`
	// BadSignatures are requests whose authorization was refused, for whatever reason.
	BadSignatures int64 `json:"bad_signatures"`
	// Refused counts the refusals by their reason, those of signatures included.
	Refused map[string]int64 `json:"refused"`
	// Faults counts what was done on purpose.
	Faults map[Fault]int64 `json:"faults"`
}

// counts are the numbers that concern no order.
type counts struct {
	requests, badSignatures atomic.Int64
	refusals, faults        keyed
}

func (c *counts) refused(why refusal) { c.refusals.add(string(why)) }
func (c *counts) fault(f Fault)       { c.faults.add(string(f)) }

// Stats counts at this moment.
func (r *Receiver) Stats() Stats {
	s := Stats{Requests: r.counts.requests.Load(), BadSignatures: r.counts.badSignatures.Load(), Refused: r.counts.refusals.all(), Faults: map[Fault]int64{}}
	for k, n := range r.counts.faults.all() {
		s.Faults[Fault(k)] = n
	}
	r.ledger.each(func(sh *ledgerShard) {
		s.Orders += len(sh.orders)
		s.Accepted += len(sh.taken)
		s.Duplicates += sh.duplicates
		s.LateDuplicates += sh.late
		s.OrderViolations += len(sh.violations)
	})
	return s
}

// Accepted lists the deliveries taken, duplicates left out, in the order in which they came first.
func (r *Receiver) Accepted() []Taken {
	var all []Taken
	r.ledger.each(func(sh *ledgerShard) { all = append(all, sh.taken...) })
	slices.SortStableFunc(all, func(a, b Taken) int { return a.At.Compare(b.At) })
	return all
}

// Violations lists the deliveries that came out of order.
func (r *Receiver) Violations() []Violation {
	var all []Violation
	r.ledger.each(func(sh *ledgerShard) { all = append(all, sh.violations...) })
	slices.SortStableFunc(all, func(a, b Violation) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.ID, b.ID)) })
	return all
}

func (l *ledger) each(f func(*ledgerShard)) {
	for i := range l.shards {
		s := &l.shards[i]
		s.mu.Lock()
		f(s)
		s.mu.Unlock()
	}
}
