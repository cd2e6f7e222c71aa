package dispatcher

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/orderwire/orderwire/services/dispatcher/worker"
)

var (
	waitingDesc = prometheus.NewDesc("orderwire_dispatcher_waiting_orders",
		"Orders with deliveries that wait, by destination; _unknown: not in the configuration.", []string{"destination"}, nil)
	oldestDesc = prometheus.NewDesc("orderwire_dispatcher_oldest_waiting_seconds",
		"Age of the oldest delivery that waits, by destination.", []string{"destination"}, nil)
	unknownDesc = prometheus.NewDesc("orderwire_dispatcher_unknown_destinations",
		"Destinations with waiting deliveries that the configuration does not have.", nil, nil)
)

// gauges tell what waits at the moment they are asked.
type gauges struct{ d *Dispatcher }

func (g gauges) Describe(to chan<- *prometheus.Desc) {
	to <- waitingDesc
	to <- oldestDesc
	to <- unknownDesc
}

func (g gauges) Collect(to chan<- prometheus.Metric) {
	current := g.d.cfg.Configuration.Current()
	waiting, oldest := map[string]int{}, map[string]time.Time{}
	for name := range current.Destinations {
		waiting[name] = 0
	}
	unknown := 0
	for _, w := range g.d.all() {
		for _, x := range w.Waiting() {
			if x.Parked == 0 {
				continue
			}
			label := worker.Label(current, x.Destination)
			if label == worker.Unknown {
				unknown++
			}
			waiting[label] += x.Parked
			if t, ok := oldest[label]; !ok || x.Oldest.Before(t) {
				oldest[label] = x.Oldest
			}
		}
	}
	for label, n := range waiting {
		age := 0.0
		if t, ok := oldest[label]; ok {
			age = g.d.worker.Clock.Now().Sub(t).Seconds()
		}
		to <- prometheus.MustNewConstMetric(waitingDesc, prometheus.GaugeValue, float64(n), label)
		to <- prometheus.MustNewConstMetric(oldestDesc, prometheus.GaugeValue, age, label)
	}
	to <- prometheus.MustNewConstMetric(unknownDesc, prometheus.GaugeValue, float64(unknown))
}
