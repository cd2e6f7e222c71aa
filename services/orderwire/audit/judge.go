package audit

import (
	"fmt"
	"strings"

	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/internal/topology"
	"github.com/orderwire/orderwire/services/orderwire/receiver"
)

// judge holds the books against each other.
type judge struct {
	*books
	report   *Report
	expected map[uint64]string
	received bool
	taken    map[string]receiver.Taken // first takings, by delivery id
	rank     map[string]int            // their order
	guilty   map[string]bool           // delivery ids that came out of order
	waits    []float64                 // milliseconds
	idle     bool
}

// receive takes the receivers' word.
func (j *judge) receive(r *Received) {
	j.received, j.taken, j.rank, j.guilty = true, map[string]receiver.Taken{}, map[string]int{}, map[string]bool{}
	j.report.BadSignatures, j.report.Duplicates = r.BadSignatures, r.Duplicates
	for _, t := range r.Taken {
		if t.Violation {
			j.guilty[t.ID] = true
		}
		if _, again := j.taken[t.ID]; again || t.Duplicate {
			j.report.Duplicates++
			continue
		}
		j.taken[t.ID] = t
		j.rank[t.ID] = len(j.rank)
	}
	for _, v := range r.Violations {
		j.guilty[v.ID] = true
	}
}

// entries checks that each has its decisions.
func (j *judge) entries() {
	j.idle = true
	for _, text := range j.changed {
		j.report.problem(text)
	}
	for seq := range j.expected {
		if seq > j.last {
			j.idle = false
		} else if j.bySeq[seq] == nil {
			j.report.Lost++
			j.report.problem(fmt.Sprintf("entry %d was acknowledged to the shop and is not in %s", seq, topology.Orders))
		}
	}
	type place struct {
		cause       uint64
		destination string
	}
	seen := map[place]string{}
	for id, o := range j.decisions {
		if o.GetCause() > j.last {
			continue // came while the streams were read
		}
		j.report.Decisions[name(o.GetReason())]++
		e := j.bySeq[o.GetCause()]
		if e == nil {
			continue // the entry has outlived its time in the stream
		}
		e.decisions = append(e.decisions, o)
		at := place{o.GetCause(), o.GetDestination()}
		if other, twice := seen[at]; twice {
			j.report.problem(fmt.Sprintf("entry %d was decided twice for destination %q: records %s and %s", at.cause, at.destination, other, id))
		}
		seen[at] = id
	}
	for _, e := range j.books.entries {
		if e.subject.Kind == topology.EntryCommand {
			j.report.Commands++
		} else {
			j.report.Events++
		}
		behind := settled(j.cursors[topology.MapperCursor(e.subject.P)], e.seq)
		if len(e.decisions) == 0 && behind {
			j.report.Lost++
			j.report.problem(fmt.Sprintf("entry %d has no decision, and the mapper's cursor is past it", e.seq))
		}
		j.idle = j.idle && behind && len(e.decisions) > 0
		want, known := j.expected[e.seq]
		for _, o := range e.decisions {
			if got := name(o.GetReason()); known && got != want && len(j.expected) == len(j.books.entries) {
				j.report.problem(fmt.Sprintf("entry %d was decided %s (%s), expected %s", e.seq, got, o.GetDetail(), want))
			}
		}
	}
	for _, l := range j.dead {
		if l.GetEntry() != nil {
			j.report.DeadEntries++
		}
	}
}

func (j *judge) attempts() {
	for _, o := range j.books.attempts {
		if o.GetReason() < orderwirev1.Reason_EXHAUSTED { // an end without a request of its own is none
			j.report.Attempts++
			j.report.Classes[name(o.GetReason())]++
		}
	}
}

// name of a reason as people see it.
func name(r orderwirev1.Reason) string {
	return strings.ReplaceAll(strings.ToLower(r.String()), "_", "-")
}
