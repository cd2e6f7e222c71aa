package worker

import (
	"context"

	"github.com/orderwire/orderwire/services/internal/jet"
	"github.com/orderwire/orderwire/services/internal/topology"
)

// From is the first sequence of DELIVERIES that the worker needs. In a partition without entries the cursor stays where it began; reading from there
// would mean all of the stream, for nothing, so the leader is asked where the partition goes on. Without an answer the worker begins behind its cursor.
func (w *Worker) From(ctx context.Context) uint64 {
	from := w.chain.Claimed().GetLow() + 1
	next, err := w.nextEntry(ctx, from)
	if err != nil {
		w.log.Debug("the partition's next entry is not known, reading from its position", "from", from, "err", err)
		return from
	}
	return next
}

// nextEntry is the sequence of the partition's first entry from one on, or the one behind the stream's end when there is none.
func (w *Worker) nextEntry(ctx context.Context, from uint64) (uint64, error) {
	mark, err := jet.Mark(ctx, w.cfg.JS, topology.Deliveries)
	if err != nil {
		return 0, err
	}
	if mark.GetLast() < from {
		return from, nil
	}
	s, err := w.find(ctx, topology.DeliveryFilters(w.cfg.Partitions, []int{w.partition})[0], from, mark.GetLast())
	switch {
	case err != nil:
		return 0, err
	case s == nil:
		return mark.GetLast() + 1, nil
	}
	return s.Seq, nil
}
