package audit

import (
	"math"
	"slices"
)

// Report is the answer. Its JSON is the summary of a demonstration.
type Report struct {
	// Events in ORDERS; Commands are counted apart.
	Events int `json:"events"`
	// Decisions by their reason, folded by id.
	Decisions map[string]int `json:"decisions"`
	// Attempts on record, folded by id.
	Attempts int `json:"attempts"`
	// Deliveries by their fate. Their sum is the number of messages in DELIVERIES, unless an entry without a decision is Lost.
	Delivered int `json:"delivered"`
	Dead      int `json:"dead"`
	Waiting   int `json:"waiting"`
	Lost      int `json:"lost"`
	// OrderViolations are deliveries that came out of order, by the receivers' own judgement or by that of the audit.
	OrderViolations int `json:"order_violations"`
	BadSignatures   int `json:"bad_signatures"`
	Duplicates      int `json:"duplicates"`
	// Latency from the server's time of the event to the receiver's first taking of the delivery.
	Latency Latency `json:"latency_ms"`

	Commands   int `json:"-"`
	Deliveries int `json:"-"`
	// DeadEntries are entries that the mapper refused, with their bytes in DEAD_LETTERS.
	DeadEntries int `json:"-"`
	// Classes of the attempts.
	Classes map[string]int `json:"-"`
	// Idle: every entry is decided, every delivery delivered or dead, every cursor past it, and no lane waits.
	Idle bool `json:"-"`
	// Problems say what is wrong, for a person: at most maxProblems.
	Problems []string `json:"-"`
	problems int
}

// Latency in milliseconds.
type Latency struct {
	P50 float64 `json:"p50"`
	P99 float64 `json:"p99"`
}

// maxProblems bounds the list: when everything is wrong, the first lines say it.
const maxProblems = 20

// OK reports whether nothing was lost, out of order, wrongly signed or contradictory. Duplicates and what waits or is dead are no fault.
func (r *Report) OK() bool {
	return r.Lost == 0 && r.OrderViolations == 0 && r.BadSignatures == 0 && r.problems == 0
}

// Decided is the sum of the decisions.
func (r *Report) Decided() (n int) {
	for _, d := range r.Decisions {
		n += d
	}
	return n
}

func (r *Report) problem(text string) {
	r.problems++
	if len(r.Problems) < maxProblems {
		r.Problems = append(r.Problems, text)
	}
}

// latency of milliseconds, which it sorts.
func latency(ms []float64) Latency {
	if len(ms) == 0 {
		return Latency{}
	}
	slices.Sort(ms)
	at := func(f float64) float64 {
		const micro = 1000
		return math.Round(ms[min(int(f*float64(len(ms))), len(ms)-1)]*micro) / micro
	}
	return Latency{P50: at(.5), P99: at(.99)}
}
