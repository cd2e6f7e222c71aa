package audit

import (
	"context"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"

	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/internal/topology"
)

// deliveries checks each one's fate.
func (j *judge) deliveries(ctx context.Context, nc *nats.Conn) error {
	j.index()
	for _, d := range j.sent {
		j.report.Deliveries++
		if err := j.fate(ctx, nc, d); err != nil {
			return err
		}
	}
	for _, o := range j.decisions {
		if o.GetReason() != orderwirev1.Reason_MAPPED || o.GetCause() > j.last {
			continue
		}
		e := j.bySeq[o.GetCause()]
		if j.byID[o.GetDecision().GetDeliveryId()] == nil && e != nil && settled(j.cursors[topology.MapperCursor(e.subject.P)], e.seq) {
			j.report.Lost++
			j.report.problem(fmt.Sprintf("entry %d was mapped to delivery %s, which is not in %s", o.GetCause(), o.GetDecision().GetDeliveryId(), topology.Deliveries))
		}
	}
	if j.idle {
		for id := range j.taken {
			if j.byID[id] == nil {
				j.report.problem(fmt.Sprintf("a receiver took delivery %s, which is not in %s", id, topology.Deliveries))
			}
		}
	}
	return nil
}

// index finds deliveries by id and gives them their records.
func (j *judge) index() {
	type place struct {
		subject string
		cause   uint64
	}
	seen := map[place]bool{}
	bySeq := map[uint64]*delivery{}
	for _, d := range j.sent {
		at := place{d.subject, d.GetCause()}
		if seen[at] || j.byID[d.GetId()] != nil {
			j.report.problem(fmt.Sprintf("delivery %s (entry %d) is in %s twice", d.GetId(), d.GetCause(), topology.Deliveries))
		}
		seen[at] = true
		j.byID[d.GetId()] = d
		bySeq[d.seq] = d
	}
	for _, o := range j.books.attempts {
		if d := bySeq[o.GetAttempt().GetDelivery()]; d != nil {
			d.records = append(d.records, o)
		}
	}
}

// fate counts a delivery.
func (j *judge) fate(ctx context.Context, nc *nats.Conn, d *delivery) error {
	end := d.final()
	taken, reached := j.taken[d.GetId()]
	delivered := end.GetReason() == orderwirev1.Reason_DELIVERED
	behind := settled(j.cursors[topology.DispatchCursor(d.key.P)], d.seq)
	j.idle = j.idle && behind
	letter := j.dead[topology.DeadSubject(d.key.Destination, d.key.Shop, d.key.Order, d.seq)]
	switch {
	case letter != nil, end != nil && !delivered:
		j.report.Dead++
	case reached, delivered && !j.received:
		j.report.Delivered++
		if reached {
			j.waits = append(j.waits, float64(taken.At.Sub(d.GetPublishedAt().AsTime()))/float64(time.Millisecond))
		}
		if end == nil && behind && !j.parked(d) {
			j.report.problem(fmt.Sprintf("delivery %s was taken and is settled, and no record says so", d.GetId()))
		}
	case delivered:
		j.report.Lost++
		j.report.problem(fmt.Sprintf("delivery %s (entry %d) is recorded as delivered, and no receiver took it", d.GetId(), d.GetCause()))
	case !behind, j.parked(d):
		j.report.Waiting++
	default:
		parked, err := onLeader(ctx, nc, d)
		if err != nil {
			return err
		}
		if parked {
			j.report.Waiting++
			break
		}
		j.report.Lost++
		j.report.problem(fmt.Sprintf("delivery %s (entry %d) is settled, and is neither delivered, dead nor waiting", d.GetId(), d.GetCause()))
	}
	return nil
}

// parked reports whether a lane record says that the delivery waits.
func (j *judge) parked(d *delivery) bool {
	l := j.lanes[topology.LaneSubject(d.key.P, d.key.Destination, d.key.Shop, d.key.Order)]
	return l != nil && l.GetOldest() <= d.seq && d.seq <= l.GetNewest()
}

// order compares the order of taking with that of DELIVERIES.
func (j *judge) order() {
	highest := map[string]int{}
	for _, d := range j.sent {
		rank, ok := j.rank[d.GetId()]
		if !ok {
			continue
		}
		if before, seen := highest[d.subject]; seen && rank < before {
			j.guilty[d.GetId()] = true
		}
		highest[d.subject] = max(highest[d.subject], rank)
	}
	j.report.OrderViolations = len(j.guilty)
	for id := range j.guilty {
		j.report.problem(fmt.Sprintf("delivery %s came out of order", id))
	}
}
