// Package lives gives the events of example orders, each with what the default OpenApp mapping decides about it: recorded from real shops,
// constructed from how shops are known to behave, and hostile. They lie as files in proto/testdata, which other languages read too.
//
// Guarantees:
//  1. Life.Events stand in the order in which they reach the pipeline, which need not be the order of their sequences.
//  2. An event's Data is, byte for byte, what decisions.json says.
//  3. What Until and As return is decided like the life it was made of, by a server and a mapper whose clocks say the time that was given.
//  4. No two lives share an order, except hostile ones: all lives can run through one pipeline, one after the other.
//
// It stops there: it knows no NATS, and decides nothing. Its callers are tests, demonstrations and load generators.
package lives
