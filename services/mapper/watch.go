package mapper

import (
	"context"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/orderwire/orderwire/services/internal/topology"
)

// watch looks at the streams now and then: how full DELIVERIES is, how far behind we are, what time it is.
func (m *Mapper) watch(ctx context.Context) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		if i, err := m.look(ctx, topology.Deliveries); err == nil {
			fill := fill(i)
			m.metrics.fill.Set(fill)
			m.room.measured(fill)
		}
		if i, err := m.look(ctx, topology.Orders); err == nil {
			m.metrics.lag.Set(lag(i.State.LastSeq, m.settled.Load()))
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

func (m *Mapper) look(ctx context.Context, name string) (*jetstream.StreamInfo, error) {
	ctx, cancel := context.WithTimeout(ctx, lookEvery)
	defer cancel()
	sent := time.Now()
	s, err := m.js.Stream(ctx, name)
	if err != nil {
		m.cfg.Logger.Debug("cannot look at a stream", "stream", name, "err", err)
		return nil, err
	}
	m.clock.Set(sent, time.Now(), s.CachedInfo().TimeStamp)
	return s.CachedInfo(), nil
}

// fill is the part of a stream's limits that is used.
func fill(i *jetstream.StreamInfo) float64 {
	var f float64
	if i.Config.MaxBytes > 0 {
		f = float64(i.State.Bytes) / float64(i.Config.MaxBytes)
	}
	if i.Config.MaxMsgs > 0 {
		f = max(f, float64(i.State.Msgs)/float64(i.Config.MaxMsgs))
	}
	return f
}

// lag is what ORDERS has beyond the last entry that was settled. When it ends before that, it is another stream, of which nothing was.
func lag(last, settled uint64) float64 {
	if settled > last {
		return float64(last)
	}
	return float64(last - settled)
}
