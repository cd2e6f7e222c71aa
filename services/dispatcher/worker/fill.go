package worker

import (
	"log/slog"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/orderwire/orderwire/services/internal/topology"
)

const (
	// fullAt is how full STATE may become with lane records. What is left is for cursors, and for the commits that delete records: without them nothing
	// would ever become less.
	fullAt = 0.85
	// roomAt is how far it must empty until more is read.
	roomAt = 0.80
	// lookAfter is the share of the limit that may be written until the stream is looked at again.
	lookAfter = 0.01
)

// Fill knows how full STATE is. Safe for concurrent use.
type Fill struct {
	log     *slog.Logger
	gauge   prometheus.Gauge
	full    atomic.Bool
	limit   atomic.Int64
	written atomic.Int64
	due     chan struct{}
}

// NewFill makes one for a stream that is empty.
func NewFill(log *slog.Logger, r prometheus.Registerer) *Fill {
	f := &Fill{
		log: log, due: make(chan struct{}, 1),
		gauge: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "orderwire_dispatcher_state_fill", Help: "How full STATE is, from 0 to 1. From 0.85 on no deliveries are read.",
		}),
	}
	r.MustRegister(f.gauge)
	return f
}

// Measured takes the stream's size and its limit (none when not positive). It reports whether full became another.
func (f *Fill) Measured(bytes uint64, limit int64) (changed bool) {
	f.written.Store(0)
	f.limit.Store(limit)
	fill := 0.0
	if limit > 0 {
		fill = float64(bytes) / float64(limit)
	}
	f.gauge.Set(fill)
	switch was := f.full.Load(); {
	case !was && fill >= fullAt:
		f.full.Store(true)
		f.log.Error(topology.State+" is nearly full of waiting orders: no deliveries are read until some have gone. Try: a larger max_bytes of "+topology.State+
			", or bring the destination back that holds the backlog", "fill", fill)
		return true
	case was && fill < roomAt:
		f.full.Store(false)
		f.log.Info(topology.State+" has room again", "fill", fill)
		return true
	}
	return false
}

// Due tells that much was written since the last measure.
func (f *Fill) Due() <-chan struct{} { return f.due }

// wrote notes bytes that went to the stream.
func (f *Fill) wrote(n int) {
	limit := f.limit.Load()
	poke(f.due, limit > 0 && float64(f.written.Add(int64(n))) > lookAfter*float64(limit))
}
