package config

import "github.com/prometheus/client_golang/prometheus"

// metrics of the watched file.
type metrics struct {
	reloads *prometheus.CounterVec
	ok      prometheus.Gauge
	at      prometheus.Gauge
	hash    prometheus.Gauge
}

func newMetrics(reg prometheus.Registerer) *metrics {
	m := &metrics{
		reloads: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "orderwire_config_reloads_total", Help: "Changed configuration files that were taken or refused.",
		}, []string{"result"}),
		ok: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "orderwire_config_last_reload_successful", Help: "1 when the file as it is now is in use, 0 when it was refused and an earlier one is.",
		}),
		at: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "orderwire_config_last_reload_success_timestamp_seconds", Help: "When the configuration in use was taken, Unix time.",
		}),
		hash: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "orderwire_config_hash", Help: "First 48 bits of the hash of the configuration in use: processes that differ have different ones.",
		}),
	}
	m.reloads.WithLabelValues("taken")
	m.reloads.WithLabelValues("refused")
	if reg != nil {
		reg.MustRegister(m.reloads, m.ok, m.at, m.hash)
	}
	return m
}
