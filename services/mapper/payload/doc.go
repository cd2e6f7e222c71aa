// Package payload renders the HTTP request that a destination is to receive for an event.
//
// Guarantees:
//  1. Pure: the same event, route and target give the same bytes, in every process and version of the configuration. Package decide compares
//     them to tell that nothing has changed.
//  2. The body is valid JSON whatever the event's strings hold.
//  3. A field that the payload or the route needs and that is empty is named, and nothing is rendered.
//
// The two payloads:
//
//   - openapp-fulfillment is OpenApp's POST /v1/orders/fulfillment. Two events that say the same (a status set twice, two statuses with one
//     target) give the same request; a tracking number that came late gives another one.
//   - event is the event itself, byte for byte as the shop sent it, in CloudEvents' binary mode. Every event has an id of its own, so no two
//     requests are equal and none is ever taken for unchanged: a destination that asked for events gets each of them, also a status set twice and
//     an UPDATE, and tells them apart by ce-id.
//
// It stops there: base URL, signature and the headers of an attempt are added by the dispatcher.
package payload
