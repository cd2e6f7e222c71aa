package mapper

import (
	"context"

	"github.com/orderwire/orderwire/services/internal/jet"
	"github.com/orderwire/orderwire/services/internal/topology"
)

// reading is one life of the reader, with the partitions it is for.
type reading struct {
	set []*owned
	by  map[int]*owned
}

func newReading(set []*owned) *reading {
	r := &reading{set: set, by: make(map[int]*owned, len(set))}
	for _, o := range set {
		r.by[o.p] = o
	}
	return r
}

// read hands the entries of all partitions over in the log's order: one reader for all, since one costs the server less than one for each. It starts again
// when partitions come or go, behind the one that is furthest back; entries that were handed over before are dropped.
func (m *Mapper) read(ctx context.Context) {
	for ctx.Err() == nil {
		set, changed, err := m.members.wait(ctx)
		if err != nil {
			return
		}
		m.readUntil(ctx, newReading(set), changed)
	}
}

func (m *Mapper) readUntil(pipe context.Context, r *reading, changed <-chan struct{}) {
	ctx, cancel := context.WithCancel(pipe)
	defer cancel()
	go func() {
		select {
		case <-changed:
			cancel()
		case <-ctx.Done():
		}
	}()
	partitions := make([]int, len(r.set))
	from := r.set[0].read + 1
	for i, o := range r.set {
		partitions[i] = o.p
		from = min(from, o.read+1)
	}
	m.cfg.Logger.Info("reading", "partitions", partitions, "from", from)
	m.reading.Store(r)
	defer m.reading.Store(nil)
	cfg := jet.ReadConfig{Stream: topology.Orders, Filters: topology.EntryFilters(m.cfg.Partitions, partitions), From: from, Logger: m.cfg.Logger}
	err := jet.Read(ctx, m.cfg.NC, m.js, cfg, func(s *jet.Stored) error { return m.hand(ctx, r, s) })
	if ctx.Err() != nil {
		return
	}
	// The stream is not the one that the partitions were claimed in: claiming them again finds out what is left of them.
	for _, o := range r.set {
		m.lose(o, err)
	}
	m.settled.Store(0)
	select {
	case <-changed:
	case <-pipe.Done():
	}
}

// hand puts an entry into the queue. What has no partition in its subject belongs to partition 0, like the filter that finds it.
func (m *Mapper) hand(ctx context.Context, r *reading, s *jet.Stored) error {
	entry, err := topology.ParseEntry(s.Subject)
	if err != nil { // not as ORDERS stores anything; refused like a literal wildcard
		entry = topology.Entry{Literal: true}
	}
	if entry.Literal {
		entry.P = 0
	}
	own := r.by[entry.P]
	if own == nil || s.Seq <= own.read {
		return nil
	}
	select {
	case m.queue <- &work{stored: s, entry: entry, own: own, reading: r}:
		own.read = s.Seq
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
