package record_test

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/timestamppb"

	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/internal/jet"
	"github.com/orderwire/orderwire/services/internal/natsd"
	"github.com/orderwire/orderwire/services/internal/natsd/natstest"
	"github.com/orderwire/orderwire/services/internal/record"
	"github.com/orderwire/orderwire/services/internal/topology"
)

func decision(n uint64, order, reference string) *orderwirev1.Outcome {
	return &orderwirev1.Outcome{
		Id: record.DecisionID(n, "erp"), Reason: orderwirev1.Reason_MAPPED, At: timestamppb.New(time.Unix(int64(n), 0)), Shop: "acme", Order: order,
		Reference: reference, Destination: "erp", Cause: n, Decision: &orderwirev1.Decision{Target: "SHIPPED"},
	}
}

func requireSame(t testing.TB, want, got []*orderwirev1.Outcome) {
	t.Helper()
	require.Empty(t, cmp.Diff(want, got, protocmp.Transform()))
}

// both runs a test with and without batches.
func both(t *testing.T, f func(t *testing.T, w *record.Writer, nc *nats.Conn, js jetstream.JetStream)) {
	for _, batch := range []bool{false, true} {
		t.Run(fmt.Sprintf("batch %v", batch), func(t *testing.T) {
			_, nc, js := natstest.Pipeline(t)
			pub, err := jet.NewPublisher(nc, 5*time.Second)
			require.NoError(t, err)
			f(t, record.NewWriter(record.Config{Publisher: pub, Batch: batch}), nc, js)
		})
	}
}

func TestStoreAndRead(t *testing.T) {
	both(t, func(t *testing.T, w *record.Writer, nc *nats.Conn, js jetstream.JetStream) {
		var first, second, all []*orderwirev1.Outcome
		for n := uint64(1); n <= 700; n++ { // more than one batch, and more than one request when read
			first = append(first, decision(n, "1", "XKBKNABJK"))
			all = append(all, first[n-1])
		}
		second = append(second, decision(701, "2", "XKBKNABJK"), decision(702, "2", ""))
		require.NoError(t, w.Store(t.Context(), all))
		require.NoError(t, w.Store(t.Context(), second))
		require.NoError(t, w.Store(t.Context(), all[5:7]), "a crash may store a record twice")
		require.NoError(t, w.Store(t.Context(), nil))

		for _, c := range []struct {
			order, reference string
			want             []*orderwirev1.Outcome
		}{
			{"1", "", first},
			{"1", "XKBKNABJK", first},
			{"2", "", second},
			{"2", "XKBKNABJK", second[:1]},
			{"", "XKBKNABJK", append(first[:700:700], second[0])},
			{"3", "", []*orderwirev1.Outcome{}},
			{"3", "XKBKNABJK", []*orderwirev1.Outcome{}},
			{"", "*", []*orderwirev1.Outcome{}},
		} {
			got, err := record.Read(t.Context(), nc, js, "acme", c.order, c.reference)
			require.NoError(t, err)
			requireSame(t, c.want, got)
		}
		_, err := record.Read(t.Context(), nc, js, "acme", "", "")
		require.ErrorContains(t, err, "an order or a reference is needed")
	})
}

// What a shop or a receiver can put into a record must not keep it, or others, from being stored.
func TestStoreHostileRecords(t *testing.T) {
	long := strings.Repeat("ä* >.", 2000)
	both(t, func(t *testing.T, w *record.Writer, nc *nats.Conn, js jetstream.JetStream) {
		for name, o := range map[string]*orderwirev1.Outcome{
			"wildcards":   {Shop: "*", Order: ">", Reference: "a.b *"},
			"empty":       {},
			"very long":   {Shop: long, Order: long, Reference: long},
			"not UTF-8":   {Shop: "s\xff", Order: "\xc3\x28", Reference: "\x00", Detail: "\xff", Decision: &orderwirev1.Decision{Status: "\xff"}},
			"of a server": {Shop: "s", Order: "o", Attempt: &orderwirev1.Attempt{Error: "\xfe\xff", Response: []byte("\xff")}},
		} {
			o.Id, o.Reason = name, orderwirev1.Reason_MALFORMED
			require.NoError(t, w.Store(t.Context(), []*orderwirev1.Outcome{o}), name)
			if o.GetOrder() == "" {
				continue
			}
			for _, reference := range []string{o.GetReference(), ""} {
				got, err := record.Read(t.Context(), nc, js, o.GetShop(), o.GetOrder(), reference)
				require.NoError(t, err, name)
				require.Len(t, got, 1, name)
				require.Equal(t, name, got[0].GetId())
			}
		}
		require.NoError(t, w.Store(t.Context(), []*orderwirev1.Outcome{decision(1, "1", "r")}))
	})
}

func TestStoreRefusesMistakes(t *testing.T) {
	both(t, func(t *testing.T, w *record.Writer, _ *nats.Conn, _ jetstream.JetStream) {
		for want, o := range map[string]*orderwirev1.Outcome{
			"without an id": {Reason: orderwirev1.Reason_MAPPED},
			"or a reason":   {Id: "x"},
			"at most":       {Id: "x", Reason: orderwirev1.Reason_MAPPED, Detail: strings.Repeat("x", record.MaxBytes)},
		} {
			require.ErrorContains(t, w.Store(t.Context(), []*orderwirev1.Outcome{decision(1, "1", ""), o}), want)
		}
	})
}

// Whoever was told that a record is stored finds it, through outages; who gave up left nobody else waiting; nothing keeps running.
func TestStoreThroughOutages(t *testing.T) {
	for _, batch := range []bool{false, true} {
		t.Run(fmt.Sprintf("batch %v", batch), func(t *testing.T) {
			dir := natstest.Dir(t)
			synctest.Test(t, func(t *testing.T) {
				s := natstest.Start(t, dir)
				defer elapse(time.Second) // virtual: the server's flushers notice that it has stopped
				defer func() { s.Stop() }()
				nc, js := natstest.Connect(t, s)
				defer nc.Close()
				natstest.Streams(t, js, natstest.Small())
				offline(t, js, false)
				pub, err := jet.NewPublisher(nc, time.Second)
				require.NoError(t, err)
				w := record.NewWriter(record.Config{Publisher: pub, Batch: batch, Logger: slog.New(slog.DiscardHandler)})

				var mu sync.Mutex
				told := map[string]bool{}
				var wg sync.WaitGroup
				for i := range 40 {
					rng := rand.New(rand.NewPCG(uint64(i), 0))
					wg.Go(func() {
						for j := range 10 {
							elapse(time.Duration(rng.IntN(3000)) * time.Millisecond)
							ctx, cancel := context.WithTimeout(t.Context(), time.Duration(rng.IntN(60))*time.Second)
							var mine []*orderwirev1.Outcome
							for k := range rng.IntN(5) + 1 {
								mine = append(mine, decision(uint64(i*1000+j*10+k+1), "1", "r"))
							}
							if w.Store(ctx, mine) == nil {
								mu.Lock()
								for _, o := range mine {
									told[o.GetId()] = true
								}
								mu.Unlock()
							}
							cancel()
						}
					})
				}
				// The stream goes away and comes back, as it was.
				for range 4 {
					elapse(3 * time.Second)
					offline(t, js, true)
					elapse(4 * time.Second)
					offline(t, js, false)
				}
				wg.Wait()
				require.NotEmpty(t, told)
				got, err := record.Read(t.Context(), nc, js, "acme", "1", "r")
				require.NoError(t, err)
				for _, o := range got {
					delete(told, o.GetId())
				}
				require.Empty(t, told, "told to be stored, and not there")

				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				offline(t, js, true)
				require.ErrorIs(t, w.Store(ctx, []*orderwirev1.Outcome{decision(1, "1", "r")}), context.DeadlineExceeded)
			})
		})
	}
}

// offline makes OUTCOMES listen elsewhere, so that nobody acknowledges what is published. It also lifts the age limit: inside a bubble the server compares
// ages with the clock outside, and would drop everything.
func offline(t *testing.T, js jetstream.JetStream, off bool) {
	t.Helper()
	for _, cfg := range natstest.Small().WithDefaults().Streams() {
		if cfg.Name == topology.Outcomes {
			cfg.MaxAge = 0
			if off {
				cfg.Subjects = []string{"elsewhere.>"}
			}
			_, err := js.UpdateStream(t.Context(), cfg)
			require.NoError(t, err)
		}
	}
}

// Records of concurrent calls on a server that syncs always: batches that calls share against a message each.
func BenchmarkStore(b *testing.B) {
	for _, batch := range []bool{false, true} {
		for _, callers := range []int{1, 8, 64} {
			b.Run(fmt.Sprintf("batch=%v/callers=%d", batch, callers), func(b *testing.B) {
				s, err := natsd.Start(natsd.Options{Dir: b.TempDir(), SyncAlways: true}) // TMPDIR on a disk, or it measures nothing
				require.NoError(b, err)
				defer s.Stop()
				nc, js := natstest.Connect(b, s)
				defer nc.Close()
				natstest.Streams(b, js, natstest.Small())
				pub, err := jet.NewPublisher(nc, 10*time.Second)
				require.NoError(b, err)
				w := record.NewWriter(record.Config{Publisher: pub, Batch: batch})
				b.SetParallelism((callers + 1) / 2)
				b.RunParallel(func(pb *testing.PB) {
					for n := uint64(1); pb.Next(); n++ {
						if err := w.Store(b.Context(), []*orderwirev1.Outcome{decision(n, "1", "r")}); err != nil {
							b.Error(err)
						}
					}
				})
			})
		}
	}
}

// elapse lets virtual time pass. Outside of a bubble, whose clock begins in 2000, it would be a sleep.
func elapse(d time.Duration) {
	if time.Now().Year() > 2010 {
		panic("not in virtual time")
	}
	<-time.After(d)
}
