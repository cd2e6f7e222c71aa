// Package decide says what becomes of one event: which routes it takes, and for each destination whether it is sent, and if not, why.
//
// Guarantees:
//  1. Pure: the same event, configuration, memory and time give the same decisions. The mapper, `orderwire explain` and the tests run this code.
//  2. Every event has at least one decision. Each destination that a route leads to has exactly one; an event that no route takes, and a
//     connection test, have one without a destination.
//  3. What is older than the newest delivery of its destination and order is never sent, and neither is what has just been sent.
//
// The reasons are looked at in this order, and the first that applies is on record: unmapped (nothing would ever be sent, so nothing else counts),
// history-unknown, stale, missing (late and incomplete is late), unchanged, mapped.
//
// An UPDATE is decided like a STATUS, for the current status: its sequence is newer, and the request tells whether it brings anything new. A payload
// that carries the whole event therefore sends every UPDATE.
//
// It stops there: what is malformed, from another instance or ahead of time never becomes an [Event]; reading and writing is the mapper's.
package decide
