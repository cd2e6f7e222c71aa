// Package demo runs the whole of Orderwire in one process, with shops in front of it and an API behind it that fails at random.
//
// What it holds to:
//  1. The parts are the real ones: NATS with JetStream on a TCP port, mapper and dispatcher, the configuration as a file would have it,
//     shops that publish through a client and await acknowledgements, a receiver that verifies everything. Only the waits between
//     attempts are milliseconds instead of minutes.
//  2. The summary is the audit's: recomputed from the streams and from what the receiver wrote down. Each decision is also held against
//     what the example orders say it must be.
//  3. It uses free loopback ports and a temporary folder, which is gone afterwards, and a key and a secret that were made for this run and are
//     written nowhere.
//  4. It cannot hang: what is not done at the deadline is an error.
package demo
