package payload

import (
	"net/http"

	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/internal/config"
	"github.com/orderwire/orderwire/services/internal/topology"
)

// Input is what a request is made of.
type Input struct {
	// Event is decoded and validated.
	Event *orderwirev1.OrderStatusChanged
	// Raw is the event as the shop sent it.
	Raw   []byte
	Route *config.Route
	// Target is the route's word for the event's status.
	Target string
}

// Render makes the request. When a field is empty that the payload or the route needs, it returns the field's place in the event, such as
// order.payments[0].transactionId, and no request.
func Render(in Input) (request *orderwirev1.Request, missing string) {
	if missing := in.missing(); missing != "" {
		return nil, missing
	}
	if in.Route.Payload == config.Event {
		return wholeEvent(in), ""
	}
	return openAppFulfillment(in), ""
}

// needs lists the fields without which a payload makes no sense, whatever the route requires.
var needs = map[string][]string{
	config.OpenAppFulfillment: {config.RequireTransactionID, config.RequireReference},
}

func (in Input) missing() string {
	for _, list := range [][]string{needs[in.Route.Payload], in.Route.Require} {
		for _, name := range list {
			f, known := fields[name]
			if !known {
				return name // a newer configuration than this code: not sent without what it asks for
			}
			if f.value(in.Event.GetOrder()) == "" {
				return f.place
			}
		}
	}
	return ""
}

// field is one that can be required: where it is in the event, and what it holds.
type field struct {
	place string
	value func(*orderwirev1.Order) string
}

var fields = map[string]field{
	config.RequireTransactionID:  {"order.payments[0].transactionId", transactionID},
	config.RequireReference:      {"order.reference", (*orderwirev1.Order).GetReference},
	config.RequireCarrier:        {"order.carrier.name", func(o *orderwirev1.Order) string { return o.GetCarrier().GetName() }},
	config.RequireTrackingNumber: {"order.carrier.trackingNumber", func(o *orderwirev1.Order) string { return o.GetCarrier().GetTrackingNumber() }},
	config.RequireTrackingURL:    {"order.carrier.trackingUrl", func(o *orderwirev1.Order) string { return o.GetCarrier().GetTrackingUrl() }},
}

// transactionID is that of the first payment: the one that the external order was paid with. A later payment is another matter.
func transactionID(o *orderwirev1.Order) string {
	if len(o.GetPayments()) == 0 {
		return ""
	}
	return o.GetPayments()[0].GetTransactionId()
}

const fulfillmentPath = "/v1/orders/fulfillment"

// openAppFulfillment is {oaOrderId, shopOrderId, status, notes[, shipping{operator, trackingCode, trackingUrl}]}. Shipping is there once there is a
// tracking number; what is empty in it is left out.
func openAppFulfillment(in Input) *orderwirev1.Request {
	order := in.Event.GetOrder()
	b := append(make([]byte, 0, 256), '{')
	b = appendField(b, "oaOrderId", transactionID(order))
	b = appendField(b, "shopOrderId", order.GetReference())
	b = appendField(b, "status", in.Target)
	b = appendField(b, "notes", "")
	if carrier := order.GetCarrier(); carrier.GetTrackingNumber() != "" {
		b = append(b, `,"shipping":{`...)
		operator := in.Route.Operators[carrier.GetName()]
		if operator == "" {
			operator = carrier.GetName()
		}
		if operator != "" {
			b = appendField(b, "operator", operator)
		}
		b = appendField(b, "trackingCode", carrier.GetTrackingNumber())
		if carrier.GetTrackingUrl() != "" {
			b = appendField(b, "trackingUrl", carrier.GetTrackingUrl())
		}
		b = append(b, '}')
	}
	return &orderwirev1.Request{Method: http.MethodPost, Path: fulfillmentPath, ContentType: topology.ContentJSON, Body: append(b, '}')}
}
