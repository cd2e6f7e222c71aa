package mapper

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"github.com/orderwire/orderwire/proto/lives"
	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/internal/jet"
	"github.com/orderwire/orderwire/services/internal/partition"
	"github.com/orderwire/orderwire/services/internal/record"
	"github.com/orderwire/orderwire/services/internal/topology"
)

func TestConfig(t *testing.T) {
	require.ErrorContains(t, Config{}.Validate(), "a NATS connection is needed\na configuration is needed\nan assigner of partitions is needed")
	_, err := New(Config{DrainTimeout: -1})
	require.ErrorContains(t, err, "cannot be negative")
	c := Config{}.WithDefaults()
	require.Equal(t, topology.DefaultPartitions, c.Partitions)
	require.Equal(t, DefaultDrainTimeout, c.DrainTimeout)
}

func TestStreamsAreMissing(t *testing.T) {
	bubble(t, small(2), func(r *rig) {
		require.NoError(t, r.js.DeleteStream(r.Context(), topology.Outcomes))
		run := r.start(Config{Configuration: fixed(t, twoTargets)}, nil)
		<-run.done
		require.ErrorContains(t, run.err, "stream OUTCOMES does not exist")
	})
}

// One destination for each shop, and one for all: keys, metadata, and both payloads.
func TestDestinations(t *testing.T) {
	bubble(t, small(4), func(r *rig) {
		src := fixed(t, `
shops: {acme: {metadata: {country: FR}}}
destinations:
  market: {url: https://market.example.com, per_shop: true, auth: []}
  erp: {url: https://erp.example.com, auth: []}
routes:
  - {to: market, payload: openapp-fulfillment, statuses: {P: ORDERED}}
  - {to: erp, shops: [acme], payload: event}
`)
		run := r.start(Config{Configuration: src}, nil)
		s := &shop{rig: r}
		mine := s.send("7", "P", nil)
		other := s.send("7", "P", func(e *orderwirev1.OrderStatusChanged) { e.Shop = "other" })
		unmapped := s.send("7", "X", nil)
		test := s.send("7", "P", func(e *orderwirev1.OrderStatusChanged) { e.Kind = orderwirev1.OrderStatusChanged_TEST })
		r.settled()
		src.now.Store(parse(t, "destinations: {erp: {url: https://erp.example.com, auth: []}}\nroutes: [{to: erp, shops: [nobody], payload: event}]"))
		unrouted := s.send("7", "P", nil)
		r.settled()
		run.end(t)
		bySubject := map[string][]*orderwirev1.Delivery{}
		all, subjects := r.deliveries()
		for i, d := range all {
			bySubject[subjects[i]] = append(bySubject[subjects[i]], d)
		}
		at := func(destination, shop string) []*orderwirev1.Delivery {
			return bySubject[topology.DeliverySubject(topology.Partition(4, destination), destination, shop, "7")]
		}
		require.Len(t, all, 4)
		require.Len(t, at("market@acme", "acme"), 1)
		require.Equal(t, map[string]string{"country": "FR"}, at("market@acme", "acme")[0].GetMetadata())
		require.Len(t, at("market@other", "other"), 1)
		require.Len(t, at("erp", "acme"), 2)
		entries := r.all(topology.Orders)
		require.Equal(t, entries[0].Data, at("erp", "acme")[0].GetRequest().GetBody(), "byte for byte")
		require.Equal(t, "X", at("erp", "acme")[1].GetTarget())
		require.True(t, entries[0].Time.Equal(at("erp", "acme")[0].GetPublishedAt().AsTime()))
		require.Equal(t, []string{"mapped", "unmapped"}, r.decided("market@acme", mine, unmapped))
		require.Equal(t, []string{"mapped"}, r.decided("market@other", other))
		require.Equal(t, []string{"test", "no-route"}, r.decided("", test, unrouted))
	})
}

// Reads from the leader fail now and then: that costs time only.
func TestFaultsCostTimeOnly(t *testing.T) {
	bubble(t, small(2), func(r *rig) {
		run := r.start(Config{Configuration: fixed(t, twoTargets)}, func(w wiring) wiring {
			w.state = &away{Store: w.state}
			return w
		})
		s := &shop{rig: r}
		var causes []uint64
		for order := range uint64(20) {
			causes = append(causes, s.send(itoa(order), "P", nil))
		}
		r.settled()
		run.end(t)
		require.ElementsMatch(t, causes, r.causes())
		require.Positive(t, testutil.ToFloat64(run.metrics.retries))
	})
}

// away does not answer every fifth read from the leader.
type away struct {
	partition.Store
	n atomic.Int64
}

func (a *away) Last(ctx context.Context, subject string) (*jet.Stored, error) {
	if a.n.Add(1)%5 == 0 {
		return nil, errors.New("no answer")
	}
	return a.Store.Last(ctx, subject)
}

// The labels of metrics are names of decisions and of destinations, and nothing that a shop sends.
func TestMetricsAndLog(t *testing.T) {
	bubble(t, small(2), func(r *rig) {
		registry := prometheus.NewRegistry()
		var log bytes.Buffer
		src := &source{}
		src.now.Store(openApp(t))
		run := r.start(Config{Configuration: src, Registerer: registry, Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))}, nil)
		events := 0
		for _, l := range lives.All() {
			for _, e := range l.Until(time.Now()) {
				r.publish(e.Subject(), nats.Header(e.Headers), e.Data)
				events++
			}
		}
		r.settled()
		require.NoError(t, run.Ready(r.Context()))
		require.InDelta(t, 2, testutil.ToFloat64(run.metrics.partitions), 0)
		time.Sleep(lookEvery)
		require.Zero(t, testutil.ToFloat64(run.metrics.lag))
		run.end(t)
		require.Zero(t, testutil.ToFloat64(run.metrics.partitions))
		families, err := registry.Gather()
		require.NoError(t, err)
		decided := 0.0
		for _, f := range families {
			if f.GetName() != "orderwire_mapper_decisions_total" {
				continue
			}
			for _, m := range f.GetMetric() {
				decided += m.GetCounter().GetValue()
				for _, l := range m.GetLabel() {
					require.Contains(t, append(record.ReasonNames(), "", "openapp"), l.GetValue())
				}
			}
		}
		require.InDelta(t, events, decided, 0)
		require.Equal(t, events, strings.Count(log.String(), "msg=decided "), "one debug line for each decision")
		require.InDelta(t, strings.Count(log.String(), "a status has no target"), testutil.ToFloat64(run.metrics.unmapped), 0)
		require.Positive(t, testutil.ToFloat64(run.metrics.unmapped))
		require.Positive(t, testutil.ToFloat64(run.metrics.letters))
		require.Positive(t, testutil.ToFloat64(run.metrics.groups))
	})
}
