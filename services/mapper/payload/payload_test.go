package payload

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/timestamppb"
	"pgregory.net/rapid"

	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/internal/config"
)

func order(set func(*orderwirev1.Order)) *orderwirev1.OrderStatusChanged {
	o := &orderwirev1.Order{Id: "7", Reference: "ABC", Payments: []*orderwirev1.Payment{{TransactionId: "tx"}, {TransactionId: "later"}}, Carrier: &orderwirev1.Carrier{Name: "InPost"}}
	if set != nil {
		set(o)
	}
	return &orderwirev1.OrderStatusChanged{Id: "h9", Shop: "acme", Order: o, OccurredAt: timestamppb.New(time.Date(2026, 11, 21, 9, 23, 13, 647540000, time.UTC))}
}

func TestOpenAppFulfillment(t *testing.T) {
	route := &config.Route{Payload: config.OpenAppFulfillment, Operators: map[string]string{"InPost": "INPOST_APM"}}
	strict := &config.Route{Payload: config.OpenAppFulfillment, Require: []string{config.RequireCarrier, config.RequireTrackingNumber, config.RequireTrackingURL}}
	track := func(number, url string) func(*orderwirev1.Order) {
		return func(o *orderwirev1.Order) { o.Carrier.TrackingNumber, o.Carrier.TrackingUrl = number, url }
	}
	for name, c := range map[string]struct {
		route         *config.Route
		set           func(*orderwirev1.Order)
		body, missing string
	}{
		"plain":                   {route: route, body: `{"oaOrderId":"tx","shopOrderId":"ABC","status":"SHIPPED","notes":""}`},
		"tracking":                {route: route, set: track("T1", "https://t/1?a=b&c=<d>"), body: `{"oaOrderId":"tx","shopOrderId":"ABC","status":"SHIPPED","notes":"","shipping":{"operator":"INPOST_APM","trackingCode":"T1","trackingUrl":"https://t/1?a=b&c=<d>"}}`},
		"no url":                  {route: route, set: track("T1", ""), body: `{"oaOrderId":"tx","shopOrderId":"ABC","status":"SHIPPED","notes":"","shipping":{"operator":"INPOST_APM","trackingCode":"T1"}}`},
		"url without number":      {route: route, set: track("", "https://t"), body: `{"oaOrderId":"tx","shopOrderId":"ABC","status":"SHIPPED","notes":""}`},
		"carrier without a code":  {route: route, set: func(o *orderwirev1.Order) { o.Carrier = &orderwirev1.Carrier{Name: "Poczta", TrackingNumber: "T"} }, body: `{"oaOrderId":"tx","shopOrderId":"ABC","status":"SHIPPED","notes":"","shipping":{"operator":"Poczta","trackingCode":"T"}}`},
		"carrier without a name":  {route: route, set: func(o *orderwirev1.Order) { o.Carrier = &orderwirev1.Carrier{TrackingNumber: "T"} }, body: `{"oaOrderId":"tx","shopOrderId":"ABC","status":"SHIPPED","notes":"","shipping":{"trackingCode":"T"}}`},
		"no payment":              {route: route, set: func(o *orderwirev1.Order) { o.Payments = nil }, missing: "order.payments[0].transactionId"},
		"first payment has no id": {route: route, set: func(o *orderwirev1.Order) { o.Payments[0].TransactionId = "" }, missing: "order.payments[0].transactionId"},
		"no reference":            {route: route, set: func(o *orderwirev1.Order) { o.Reference = "" }, missing: "order.reference"},
		"required carrier":        {route: strict, set: func(o *orderwirev1.Order) { o.Carrier = nil }, missing: "order.carrier.name"},
		"required number":         {route: strict, missing: "order.carrier.trackingNumber"},
		"required url":            {route: strict, set: track("T", ""), missing: "order.carrier.trackingUrl"},
		"unknown requirement":     {route: &config.Route{Payload: config.OpenAppFulfillment, Require: []string{"colour"}}, missing: "colour"},
	} {
		t.Run(name, func(t *testing.T) {
			got, missing := Render(Input{Event: order(c.set), Route: c.route, Target: "SHIPPED"})
			require.Equal(t, c.missing, missing)
			if c.missing != "" {
				require.Nil(t, got)
				return
			}
			require.Empty(t, cmp.Diff(&orderwirev1.Request{Method: "POST", Path: "/v1/orders/fulfillment", ContentType: "application/json", Body: []byte(c.body)}, got, protocmp.Transform()))
		})
	}
}

func TestEventIsSentAsItCame(t *testing.T) {
	raw := []byte("{ \"kind\" : \"UPDATE\"}\n")
	route := &config.Route{Payload: config.Event}
	got, missing := Render(Input{Event: order(func(o *orderwirev1.Order) { o.Reference, o.Payments = "", nil }), Raw: raw, Route: route, Target: "X"})
	require.Empty(t, missing)
	require.Empty(t, cmp.Diff(&orderwirev1.Request{Method: "POST", ContentType: "application/json", Body: raw, Headers: map[string]string{
		"ce-specversion": "1.0", "ce-id": "h9", "ce-type": "orderwire.v1.OrderStatusChanged", "ce-source": "/shops/acme", "ce-time": "2026-11-21T09:23:13.64754Z",
	}}, got, protocmp.Transform()))
	route.Require = []string{config.RequireTransactionID}
	_, missing = Render(Input{Event: order(func(o *orderwirev1.Order) { o.Payments = nil }), Raw: raw, Route: route})
	require.Equal(t, "order.payments[0].transactionId", missing)
}

// Whatever the strings hold, the body is JSON and says what was put in.
func TestFulfillmentIsAlwaysJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := func(label string) string { return rapid.StringN(1, 20, -1).Draw(t, label) }
		tx, reference, number, url, carrier, target := s("tx"), s("reference"), s("number"), s("url"), s("carrier"), s("target")
		e := order(func(o *orderwirev1.Order) {
			o.Reference, o.Payments = reference, []*orderwirev1.Payment{{TransactionId: tx}}
			o.Carrier = &orderwirev1.Carrier{Name: carrier, TrackingNumber: number, TrackingUrl: url}
		})
		got, missing := Render(Input{Event: e, Route: &config.Route{Payload: config.OpenAppFulfillment}, Target: target})
		require.Empty(t, missing)
		var body map[string]any
		require.NoError(t, json.Unmarshal(got.GetBody(), &body))
		require.Equal(t, map[string]any{
			"oaOrderId": tx, "shopOrderId": reference, "status": target, "notes": "",
			"shipping": map[string]any{"operator": carrier, "trackingCode": number, "trackingUrl": url},
		}, body)
	})
}
