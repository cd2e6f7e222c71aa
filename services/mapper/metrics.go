package mapper

import (
	"fmt"
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/orderwire/orderwire/services/internal/record"
	"github.com/orderwire/orderwire/services/mapper/decide"
)

// metrics of the mapper. Labels are names of decisions, and names of destinations from the configuration.
type metrics struct {
	decisions                                        *prometheus.CounterVec
	groups, retries, letters, unkept, lost, unmapped prometheus.Counter
	partitions, fill, lag                            prometheus.Gauge
}

func newMetrics() *metrics {
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Namespace: "orderwire", Subsystem: "mapper", Name: name, Help: help})
	}
	gauge := func(name, help string) prometheus.Gauge {
		return prometheus.NewGauge(prometheus.GaugeOpts{Namespace: "orderwire", Subsystem: "mapper", Name: name, Help: help})
	}
	return &metrics{
		decisions: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: "orderwire", Subsystem: "mapper", Name: "decisions_total", Help: "Decisions on record, by decision and name of the destination (empty: none is concerned).",
		}, []string{"decision", "destination"}),
		groups:     counter("groups_total", "Groups of entries that were settled."),
		retries:    counter("retries_total", "Requests to NATS that were refused, or whose outcome was unknown, and that were looked up or made again."),
		letters:    counter("dead_letters_total", "Refused entries whose bytes are in DEAD_LETTERS."),
		unkept:     counter("dead_letters_unkept_total", "Refused entries of which there is only the record: the shop has reached its limit, or DEAD_LETTERS is full."),
		lost:       counter("partitions_lost_total", "Partitions that were lost to another owner, or stopped."),
		unmapped:   counter("unmapped_statuses_total", "Statuses of shops that were seen without a target for the first time."),
		partitions: gauge("partitions", "Partitions that are claimed."),
		fill:       gauge("deliveries_fill_ratio", "How full DELIVERIES is, from 0 to 1. At 0.95 nothing is mapped."),
		lag:        gauge("lag_entries", "Sequences between the last entry that was settled and the end of ORDERS. Entries of other processes' partitions count until one of our own comes."),
	}
}

func (m *metrics) register(r prometheus.Registerer) error {
	for _, c := range []prometheus.Collector{m.decisions, m.groups, m.retries, m.letters, m.unkept, m.lost, m.unmapped, m.partitions, m.fill, m.lag} {
		if err := r.Register(c); err != nil {
			return fmt.Errorf("register metrics: %w", err)
		}
	}
	return nil
}

func (m *metrics) decided(d *decide.Decision) {
	name, _, _ := strings.Cut(d.Destination, "@") // per_shop: one name for all shops
	m.decisions.WithLabelValues(record.ReasonName(d.Reason), name).Inc()
}
