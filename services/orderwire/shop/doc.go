// Package shop publishes events as a shop's module does: one after the other, each until the server has stored it.
//
// What it holds to:
//  1. An event is published only after the one before it is stored, so the events of an order are stored in the order they were given.
//  2. An unknown outcome (no answer, connection lost, no stream yet, stream full) is tried again with the identical bytes until ctx
//     ends: an event may be stored twice, and is never left out in silence.
//  3. What the server refuses for good (too large, not permitted) is an error at once.
//
// Where it stops: it has no outbox. What ctx cuts off is the caller's to give again.
package shop
