// Package up runs Orderwire in one process for real use: NATS with JetStream, the streams, mapper and dispatcher.
//
// What it holds to:
//  1. All state is in the data folder, each message written through to the disk before it is acknowledged. A process that was killed goes
//     on where it was.
//  2. One process works on a data folder at a time; the second is refused.
//  3. Other commands find the server by the file "address" in the folder, which only its owner can read.
//  4. The configuration file is read again when it changes; the last good one is kept.
//  5. When ctx ends, attempts under way finish and are recorded, and then the server stops.
//
// Where it stops: the server has no users. Whoever reaches the port may read and write everything, on a loopback address every user of the machine. It is one machine. For replicas run nats-server, cmd/mapper and cmd/dispatcher.
package up
