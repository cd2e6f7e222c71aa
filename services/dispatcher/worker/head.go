package worker

import (
	"context"
	"fmt"

	"github.com/orderwire/orderwire/services/dispatcher/lane"
	"github.com/orderwire/orderwire/services/internal/jet"
	"github.com/orderwire/orderwire/services/internal/topology"
)

// head gives the message of a lane's head. removed: the stream no longer has it; what was found in its place is told to the job.
func (w *Worker) head(j *lane.Job) (m *lane.Message, removed bool, err error) {
	if j.Message != nil {
		return j.Message, false, nil
	}
	m, err = w.first(j.Key, j.Head.Seq, j.Newest)
	if err != nil || (m != nil && m.Seq == j.Head.Seq) {
		return m, false, err
	}
	j.Found(m, j.Newest)
	return nil, true, nil
}

// first reads the lane's first message from one sequence to another, nil when the stream has none of them.
func (w *Worker) first(k topology.Key, from, upTo uint64) (*lane.Message, error) {
	s, err := w.find(w.attempts, deliverySubject(k), from, upTo)
	if err != nil || s == nil {
		return nil, err
	}
	return decode(s), nil
}

// find reads a subject's first message of DELIVERIES from one sequence to another, nil when there is none.
func (w *Worker) find(ctx context.Context, subject string, from, upTo uint64) (*jet.Stored, error) {
	s, err := jet.NextFromLeader(ctx, w.cfg.NC, topology.Deliveries, subject, from)
	if err == nil && (s == nil || s.Seq > from) {
		// Less than asked for: no proof until this leader is known to have had it all. A server that was just elected may lag.
		mark, markErr := jet.Mark(ctx, w.cfg.JS, topology.Deliveries)
		if markErr != nil {
			return nil, markErr
		}
		if mark.GetLast() < upTo {
			return nil, fmt.Errorf("the leader of %s is at %d, and was at %d", topology.Deliveries, mark.GetLast(), upTo)
		}
		s, err = jet.NextFromLeader(ctx, w.cfg.NC, topology.Deliveries, subject, from)
	}
	if err != nil || s == nil || s.Seq > upTo {
		return nil, err
	}
	return s, nil
}

func deliverySubject(k topology.Key) string {
	return topology.DeliverySubject(k.P, k.Destination, k.Shop, k.Order)
}
