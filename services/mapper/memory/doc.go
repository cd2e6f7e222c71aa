// Package memory remembers the last delivery of each subject of DELIVERIES: what the mapper decides on top of, and what it conditions its writes on.
//
// The memory is DELIVERIES itself; this package is a bounded cache in front. While one group of entries is being stored the next is decided, so each subject
// has two ends: its head, the newest delivery that was decided (and may not be stored yet), and its tip, the newest one that is stored. A decision is made
// on top of a head. When its turn comes to be stored, that must be the tip; otherwise somebody else has written, or an earlier decision came
// out differently, and it is made anew on top of the tip. Once nothing of a subject is under way its head is its tip.
//
// Guarantees:
//  1. A subject that is cached holds the newest delivery that this process knows of. One with work under way is never evicted.
//  2. What is loaded is never older than the newest delivery that this process was told of, by an acknowledgement or by the stream's leader when a
//     partition was claimed: a replica that lags is noticed, and the leader asked. Messages of a stream that was re-created or lost its end count no more.
//  3. What was learned under one claim of a partition is not used under another.
//
// Where it stops: what somebody else writes after it was loaded is only noticed when a write on top of it is refused. It does not decide.
package memory
