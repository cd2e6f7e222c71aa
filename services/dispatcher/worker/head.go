package worker

import (
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
	subject := topology.DeliverySubject(k.P, k.Destination, k.Shop, k.Order)
	s, err := jet.NextFromLeader(w.attempts, w.cfg.NC, topology.Deliveries, subject, from)
	if err == nil && (s == nil || s.Seq > from) {
		// Less than asked for: no proof until this leader is known to have had it all. A server that was just elected may lag.
		mark, markErr := jet.Mark(w.attempts, w.cfg.JS, topology.Deliveries)
		if markErr != nil {
			return nil, markErr
		}
		if mark.GetLast() < upTo {
			return nil, fmt.Errorf("the leader of %s is at %d, a lane goes to %d", topology.Deliveries, mark.GetLast(), upTo)
		}
		s, err = jet.NextFromLeader(w.attempts, w.cfg.NC, topology.Deliveries, subject, from)
	}
	if err != nil || s == nil || s.Seq > upTo {
		return nil, err
	}
	return decode(s), nil
}
