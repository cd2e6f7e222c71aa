package decide_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/timestamppb"

	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/internal/config"
	"github.com/orderwire/orderwire/services/internal/event"
	"github.com/orderwire/orderwire/services/internal/topology"
	"github.com/orderwire/orderwire/services/mapper/decide"
)

const routes = `
shops:
  acme: {name: ACME, statuses: {awaiting_pickup: 17}, metadata: {country: FR}}
destinations:
  market: {url: https://market.example.com/merchant, auth: [], per_shop: true}
  erp: {url: https://erp.example.com/in, auth: []}
routes:
  - {name: second-shop, to: market, shops: [acme], id_shop: [2], payload: openapp-fulfillment, statuses: {PS_OS_SHIPPING: IN_DELIVERY}}
  - {name: market, to: market, payload: openapp-fulfillment, statuses: {PS_OS_SHIPPING: SHIPPED, PS_OS_PREPARATION: SHIPPED, awaiting_pickup: READY_FOR_PICKUP, "flag:paid": ORDERED}}
  - {to: erp, shops: [acme], payload: event}
`

func parse(t testing.TB, yaml string) *config.Config {
	t.Helper()
	cfg, err := config.Parse("test.yaml", []byte(yaml), nil)
	require.NoError(t, err)
	return cfg
}

func shipped(set func(*orderwirev1.OrderStatusChanged)) *decide.Event {
	at := now.Add(-time.Minute)
	e := &orderwirev1.OrderStatusChanged{
		Kind: orderwirev1.OrderStatusChanged_STATUS, Id: "h5", Sequence: at.UnixMicro(), OccurredAt: timestamppb.New(at), CapturedBy: orderwirev1.OrderStatusChanged_HOOK,
		Shop: "acme", Instance: "i", Platform: &orderwirev1.Platform{IdShop: 1},
		Order:   &orderwirev1.Order{Id: "7", Reference: "ABC", Payments: []*orderwirev1.Payment{{TransactionId: "tx"}}},
		Current: &orderwirev1.Status{Id: 4, Key: "PS_OS_SHIPPING", Paid: true},
	}
	if set != nil {
		set(e)
	}
	return &decide.Event{OrderStatusChanged: e, Raw: []byte(`{}`), Cause: 42, PublishedAt: now}
}

// sent is what is remembered of a delivery of the event to the destination.
func sent(t testing.TB, e *decide.Event, destination string) decide.Last {
	t.Helper()
	for _, d := range decide.Decide(e, parse(t, routes), func(string) decide.Last { return decide.Last{} }, now) {
		if d.Destination == destination && d.Delivery != nil {
			return decide.Remember(d.Delivery)
		}
	}
	require.FailNow(t, "not mapped")
	return decide.Last{}
}

func TestDecisions(t *testing.T) {
	before := shipped(func(e *orderwirev1.OrderStatusChanged) {
		e.Id, e.Sequence, e.Current.Key = "h4", e.GetSequence()-1, "PS_OS_PREPARATION"
	})
	last := sent(t, before, "market@acme")
	doubtful := last
	doubtful.Doubtful = true
	newer := last
	newer.MaxSequence += 10
	other := last
	other.Request[0]++
	old := now.Add(-decide.HistoryLimit - time.Minute)
	for name, c := range map[string]struct {
		event   *decide.Event
		last    decide.Last
		reason  orderwirev1.Reason
		route   string
		target  string
		checked func(*testing.T, decide.Decision)
	}{
		"first":               {event: shipped(nil), reason: orderwirev1.Reason_MAPPED, route: "market", target: "SHIPPED"},
		"first route decides": {event: shipped(func(e *orderwirev1.OrderStatusChanged) { e.Platform.IdShop = 2 }), reason: orderwirev1.Reason_MAPPED, route: "second-shop", target: "IN_DELIVERY"},
		"same request":        {event: shipped(nil), last: last, reason: orderwirev1.Reason_UNCHANGED, route: "market", target: "SHIPPED"},
		"same request, doubt": {event: shipped(nil), last: doubtful, reason: orderwirev1.Reason_MAPPED, route: "market", target: "SHIPPED"},
		"another request":     {event: shipped(nil), last: other, reason: orderwirev1.Reason_MAPPED, route: "market", target: "SHIPPED"},
		"late":                {event: shipped(nil), last: newer, reason: orderwirev1.Reason_STALE, route: "market", target: "SHIPPED"},
		"late and incomplete": {event: shipped(func(e *orderwirev1.OrderStatusChanged) { e.Order.Payments = nil }), last: newer, reason: orderwirev1.Reason_STALE, route: "market", target: "SHIPPED"},
		"incomplete":          {event: shipped(func(e *orderwirev1.OrderStatusChanged) { e.Order.Payments = nil }), last: last, reason: orderwirev1.Reason_MISSING, route: "market", target: "SHIPPED"},
		"old, nothing known":  {event: shipped(func(e *orderwirev1.OrderStatusChanged) { e.Sequence = old.UnixMicro() }), reason: orderwirev1.Reason_HISTORY_UNKNOWN, route: "market", target: "SHIPPED"},
		"old and unmapped": {event: shipped(func(e *orderwirev1.OrderStatusChanged) {
			e.Sequence, e.Current = old.UnixMicro(), &orderwirev1.Status{Id: 99}
		}), reason: orderwirev1.Reason_UNMAPPED, route: "market"},
		"old, something known": {event: shipped(func(e *orderwirev1.OrderStatusChanged) { e.Sequence = old.UnixMicro() }), last: last, reason: orderwirev1.Reason_STALE, route: "market", target: "SHIPPED"},
		"by merchant's name":   {event: shipped(func(e *orderwirev1.OrderStatusChanged) { e.Current = &orderwirev1.Status{Id: 17, Paid: true} }), reason: orderwirev1.Reason_MAPPED, route: "market", target: "READY_FOR_PICKUP"},
		"by flag":              {event: shipped(func(e *orderwirev1.OrderStatusChanged) { e.Current = &orderwirev1.Status{Id: 18, Paid: true} }), reason: orderwirev1.Reason_MAPPED, route: "market", target: "ORDERED"},
		"unmapped":             {event: shipped(func(e *orderwirev1.OrderStatusChanged) { e.Current = &orderwirev1.Status{Id: 18, Name: "Paused\n"} }), reason: orderwirev1.Reason_UNMAPPED, route: "market"},
		"update with news": {
			event: shipped(func(e *orderwirev1.OrderStatusChanged) {
				e.Kind, e.Order.Carrier = orderwirev1.OrderStatusChanged_UPDATE, &orderwirev1.Carrier{TrackingNumber: "T"}
			}), last: last, reason: orderwirev1.Reason_MAPPED, route: "market", target: "SHIPPED",
		},
		"update without news": {
			event: shipped(func(e *orderwirev1.OrderStatusChanged) { e.Kind = orderwirev1.OrderStatusChanged_UPDATE }),
			last:  last, reason: orderwirev1.Reason_UNCHANGED, route: "market", target: "SHIPPED",
		},
	} {
		t.Run(name, func(t *testing.T) {
			all := decide.Decide(c.event, parse(t, routes), func(destination string) decide.Last {
				if destination == "market@acme" {
					return c.last
				}
				return decide.Last{}
			}, now)
			require.Len(t, all, 2)
			d := all[0]
			require.Equal(t, "market@acme", d.Destination)
			require.Equal(t, "erp", all[1].Destination)
			require.Equal(t, c.reason, d.Reason, d.Detail)
			require.Equal(t, c.route, d.Route)
			require.Equal(t, c.target, d.Target)
			require.Equal(t, c.last.Target, d.PreviousTarget)
			switch d.Reason {
			case orderwirev1.Reason_MAPPED:
				require.Equal(t, event.DeliveryID(c.event.OrderStatusChanged, "market@acme"), d.DeliveryID)
			case orderwirev1.Reason_UNCHANGED, orderwirev1.Reason_STALE:
				require.Equal(t, c.last.ID, d.DeliveryID)
			default:
				require.Empty(t, d.DeliveryID)
			}
			if d.Reason != orderwirev1.Reason_MAPPED {
				require.NotEmpty(t, d.Detail)
				require.Nil(t, d.Delivery)
			}
		})
	}
}

func TestDelivery(t *testing.T) {
	e := shipped(nil)
	last := sent(t, shipped(func(e *orderwirev1.OrderStatusChanged) { e.Sequence-- }), "market@acme")
	last.Request[0]++
	d := decide.Decide(e, parse(t, routes), func(string) decide.Last { return last }, now)[0]
	require.Empty(t, cmp.Diff(&orderwirev1.Delivery{
		Id: event.DeliveryID(e.OrderStatusChanged, "market@acme"), EventId: "h5", Sequence: e.GetSequence(), MaxSequence: e.GetSequence(), Cause: 42,
		PublishedAt: timestamppb.New(now), OccurredAt: e.GetOccurredAt(), Reference: "ABC", Route: "market", Target: "SHIPPED", PreviousTarget: "SHIPPED",
		Metadata: map[string]string{"country": "FR"},
		Request: &orderwirev1.Request{
			Method: "POST", Path: "/v1/orders/fulfillment", ContentType: topology.ContentJSON, Body: []byte(`{"oaOrderId":"tx","shopOrderId":"ABC","status":"SHIPPED","notes":""}`),
		},
	}, d.Delivery, protocmp.Transform()))
}

func TestWithoutDestination(t *testing.T) {
	cfg := parse(t, routes+"\n")
	for i := range cfg.Routes {
		cfg.Routes[i].Shops = []string{"nobody"}
	}
	none := func(string) decide.Last { return decide.Last{} }
	all := decide.Decide(shipped(nil), cfg, none, now)
	require.Len(t, all, 1)
	require.Equal(t, orderwirev1.Reason_NO_ROUTE, all[0].Reason)
	require.Empty(t, all[0].Destination)
	require.Equal(t, "no route matches shop acme with id_shop 1", all[0].Detail)
	all = decide.Decide(shipped(func(e *orderwirev1.OrderStatusChanged) { e.Kind = orderwirev1.OrderStatusChanged_TEST }), parse(t, routes), none, now)
	require.Equal(t, []decide.Decision{{Reason: orderwirev1.Reason_TEST}}, all)
}

func TestFingerprintTellsRequestsApart(t *testing.T) {
	requests := []*orderwirev1.Request{
		{},
		{Method: "POST"},
		{Path: "POST"},
		{ContentType: "POST"},
		{Body: []byte("POST")},
		{Method: "PO", Path: "ST"},
		{Headers: map[string]string{"POST": ""}},
		{Headers: map[string]string{"": "POST"}},
		{Headers: map[string]string{"a": "b", "c": "d"}},
		{Headers: map[string]string{"a": "d", "c": "b"}},
		{Headers: map[string]string{"a": "bcd"}},
	}
	seen := map[[32]byte]int{}
	for i, r := range requests {
		f := decide.Fingerprint(r)
		require.NotContains(t, seen, f, "%d and %d", i, seen[f])
		seen[f] = i
		require.Equal(t, f, decide.Fingerprint(r))
	}
}

// Decide, render and remember: what the mapper does for each destination of an event besides reading and writing.
func BenchmarkDecide(b *testing.B) {
	cfg := openApp(b)
	e := shipped(nil)
	last := decide.Last{Cause: 1, MaxSequence: e.GetSequence() - 1, Target: "FULFILLED", ID: "0123456789abcdef0123456789abcdef"}
	b.ReportAllocs()
	for b.Loop() {
		for _, d := range decide.Decide(e, cfg, func(string) decide.Last { return last }, now) {
			decide.Remember(d.Delivery)
		}
	}
}
