package mapper

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/internal/config"
	"github.com/orderwire/orderwire/services/internal/topology"
)

// tight is a topology in which DELIVERIES holds 17 events of large.
func tight() topology.Config {
	c := small(1)
	c.MaxBytes[topology.Deliveries] = 1 << 20
	return c
}

const events = `
destinations: {a: {url: https://a.example.com, auth: []}}
routes: [{to: a, payload: event}]
`

// large makes an event of 60 KB.
func large(e *orderwirev1.OrderStatusChanged) {
	for range 60 {
		e.Order.Lines = append(e.Order.Lines, &orderwirev1.Line{Name: strings.Repeat("x", 980)})
	}
}

// purge makes room in DELIVERIES, as time does.
func (r *rig) purge(orders ...string) {
	r.Helper()
	s, err := r.js.Stream(r.Context(), topology.Deliveries)
	require.NoError(r, err)
	for _, o := range orders {
		require.NoError(r, s.Purge(r.Context(), jetstream.WithPurgeSubject(topology.DeliverySubject(0, "a", "acme", o))))
	}
}

// DELIVERIES is full: nothing is stored, no position moves, nothing is refused. Room is made, and everything is there once.
func TestDeliveriesFullThenFreed(t *testing.T) {
	for name, between := range map[string]time.Duration{"the server refuses": 0, "we stop at 95 %": lookEvery} {
		t.Run(name, func(t *testing.T) {
			bubble(t, tight(), func(r *rig) {
				s := &shop{rig: r}
				run := r.start(Config{Configuration: fixed(t, events)}, nil)
				var causes []uint64
				for n := range uint64(25) {
					causes = append(causes, s.send(itoa(n), "P", large))
					time.Sleep(between)
				}
				malformed := r.publish("orders.acme.7", nil, []byte("{"))
				time.Sleep(time.Minute)
				require.Equal(t, causes[:17], r.causes())
				require.LessOrEqual(t, r.cursor(0).GetLow(), causes[17]-1, "the position must not move")
				require.Empty(t, r.letters())
				require.InDelta(t, 1, testutil.ToFloat64(run.metrics.fill), 0.05)
				require.Greater(t, testutil.ToFloat64(run.metrics.lag), 0.0)
				require.Equal(t, between == 0, run.room.refusing)
				r.purge("0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10")
				r.settled()
				run.end(t)
				require.Equal(t, causes[11:], r.causes())
				require.Equal(t, []string{"malformed"}, r.decided("", malformed))
			})
		})
	}
}

// The process can be stopped while it waits for room, within its drain time-out, and leaves everything to the next.
func TestStopWhileFull(t *testing.T) {
	bubble(t, tight(), func(r *rig) {
		s := &shop{rig: r}
		var causes []uint64
		run := r.start(Config{Configuration: fixed(t, events), DrainTimeout: 3 * time.Second}, nil)
		for n := range uint64(20) {
			causes = append(causes, s.send(itoa(n), "P", large))
			time.Sleep(2 * positionEvery)
		}
		time.Sleep(10 * time.Second)
		began := time.Now()
		run.end(t)
		require.Equal(t, 3*time.Second, time.Since(began))
		require.NotEmpty(t, r.cursor(0).GetOwner(), "it was not released")
		r.purge("0", "1", "2", "3", "4", "5")
		run = r.start(Config{Configuration: fixed(t, events)}, nil)
		r.settled()
		run.end(t)
		require.Subset(t, r.causes(), causes[6:])
	})
}

// A delivery that the server will never take, for its size, is refused like a malformed event.
func TestDeliveryTooLarge(t *testing.T) {
	bubble(t, small(1), func(r *rig) {
		st, err := r.js.Stream(r.Context(), topology.Deliveries)
		require.NoError(t, err)
		cfg := st.CachedInfo().Config
		cfg.MaxMsgSize = 1000
		_, err = r.js.UpdateStream(r.Context(), cfg)
		require.NoError(t, err)
		s := &shop{rig: r}
		large := s.send("7", "P", func(e *orderwirev1.OrderStatusChanged) {
			e.Order.Carrier = &orderwirev1.Carrier{TrackingNumber: "T", TrackingUrl: strings.Repeat("x", 1500)}
		})
		good := s.send("7", "R", nil)
		run := r.start(Config{Configuration: fixed(t, twoTargets)}, nil)
		r.settled()
		run.end(t)
		require.Equal(t, []uint64{good}, r.causes())
		require.Equal(t, []string{"malformed", "mapped"}, r.decided("a", large, good))
		require.Len(t, r.letters(), 1)
	})
}

// So is one that cannot be written at all.
func TestDeliveryCannotBeWritten(t *testing.T) {
	bubble(t, small(1), func(r *rig) {
		src := fixed(t, twoTargets)
		src.now.Load().Shops["acme"] = &config.Shop{Metadata: map[string]string{"note": "\xff"}} // what Parse would never give
		s := &shop{rig: r}
		run := r.start(Config{Configuration: src}, nil)
		causes := []uint64{s.send("7", "P", nil), s.send("7", "P", func(e *orderwirev1.OrderStatusChanged) { e.Shop = "other" })}
		r.settled()
		run.end(t)
		require.Equal(t, []string{"malformed", "mapped"}, r.decided("a", causes...))
		require.Len(t, r.letters(), 1)
	})
}

func TestFill(t *testing.T) {
	info := func(bytes uint64, maxBytes int64, msgs uint64, maxMsgs int64) *jetstream.StreamInfo {
		return &jetstream.StreamInfo{Config: jetstream.StreamConfig{MaxBytes: maxBytes, MaxMsgs: maxMsgs}, State: jetstream.StreamState{Bytes: bytes, Msgs: msgs}}
	}
	require.Zero(t, fill(info(5, -1, 5, -1)))
	require.InDelta(t, 0.5, fill(info(5, 10, 5, -1)), 0)
	require.InDelta(t, 0.9, fill(info(5, 10, 9, 10)), 0)
}

func TestRoom(t *testing.T) {
	r := &room{logger: slog.New(slog.DiscardHandler)}
	require.NoError(t, r.wait(t.Context()))
	r.measured(stopAt)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, r.wait(ctx), context.Canceled)
	done := make(chan error)
	go func() { done <- r.wait(t.Context()) }()
	r.measured(1)
	r.measured(0.9)
	require.NoError(t, <-done)
}
