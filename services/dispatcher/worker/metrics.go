package worker

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/internal/config"
	"github.com/orderwire/orderwire/services/internal/record"
)

// Unknown is the label of all destinations that the configuration does not have: labels come from it alone.
const Unknown = "_unknown"

// Metrics of the workers of a process. The label destination is the name in the configuration, also for a destination per shop.
type Metrics struct {
	attempts *prometheus.CounterVec
	dead     *prometheus.CounterVec
	latency  *prometheus.HistogramVec
	commit   prometheus.Histogram
	skew     *prometheus.GaugeVec
}

// NewMetrics registers them.
func NewMetrics(r prometheus.Registerer) *Metrics {
	m := &Metrics{
		attempts: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "orderwire_dispatcher_attempts_total", Help: "Attempts by destination and class.",
		}, []string{"destination", "class"}),
		dead: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "orderwire_dispatcher_dead_letters_total", Help: "Dead letters stored, by destination and reason.",
		}, []string{"destination", "reason"}),
		latency: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "orderwire_dispatcher_delivered_seconds", Help: "From the event's arrival in ORDERS until its delivery was accepted.",
			Buckets: []float64{.002, .005, .01, .025, .05, .1, .25, .5, 1, 5, 30, 300, 3600, 6 * 3600, 24 * 3600, 72 * 3600},
		}, []string{"destination"}),
		commit: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "orderwire_dispatcher_commit_seconds", Help: "How long commits take.",
			Buckets: prometheus.ExponentialBuckets(.0002, 2.5, 12),
		}),
		skew: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "orderwire_dispatcher_clock_skew_seconds", Help: "The destination's clock minus ours, by its last answer.",
		}, []string{"destination"}),
	}
	r.MustRegister(m.attempts, m.dead, m.latency, m.commit, m.skew)
	return m
}

// Label is a destination's label.
func Label(c *config.Config, destination string) string {
	if d, _, ok := c.Destination(destination); ok {
		return d.Name
	}
	return Unknown
}

func (m *Metrics) attempted(c *config.Config, a *Attempt) {
	destination := Label(c, a.Key.Destination)
	m.attempts.WithLabelValues(destination, record.ReasonName(a.Verdict.Reason)).Inc()
	if a.Result.HasSkew {
		m.skew.WithLabelValues(destination).Set(a.Result.Skew.Seconds())
	}
	if t := a.Delivery.GetPublishedAt(); t != nil && a.Verdict.Delivered {
		m.latency.WithLabelValues(destination).Observe(a.At.Sub(t.AsTime()).Seconds())
	}
}

func (m *Metrics) died(c *config.Config, destination string, reason orderwirev1.Reason) {
	m.dead.WithLabelValues(Label(c, destination), record.ReasonName(reason)).Inc()
}

func (m *Metrics) committed(took time.Duration) { m.commit.Observe(took.Seconds()) }
