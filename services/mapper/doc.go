// Package mapper turns the events of shops into deliveries: it reads ORDERS in the log's order, decides each entry for each destination, stores the deliveries in
// DELIVERIES, and puts every decision on record in OUTCOMES. Operators' commands come through the same log and are carried out in their place.
//
// Three stages overlap, each at most one group ahead of the next. A group is what is queued at one moment: nothing waits for company.
//
//	read ──▶ plan: decode, validate, decide ──▶ deliver: store, decide anew ──▶ settle: dead letters, records, position
//
// One process works all its partitions in one such pipeline. Partitions come and go while it runs (see hold), behind a partition.Assigner.
//
// Guarantees:
//  1. For each (entry, destination) that is mapped, DELIVERIES has exactly one message, whatever crashes, is retried or is paused, and whoever else believes to own the
//     partition. Along a subject causes and sequences rise. It is not the position that ensures this but the condition of each write: the last delivery of
//     the subject is the one that the decision was made on. Refused and unknown writes ask the leader what is there. With this entry's cause or a later
//     one of the same ORDERS (package cause) it is done; otherwise the entry, and the later ones of its subject, are decided anew.
//  2. Every entry has a record for each destination that a route leads to, or one without a destination. A record of what is mapped is stored after its delivery. An
//     entry that was decided twice, around a crash, may have two records of one id that differ, when the configuration or the memory changed between: one
//     that says mapped is true; else the later one is.
//  3. The position covers an entry only when its deliveries, dead letter and records are acknowledged. It is fenced (package partition), and written at most every
//     50 ms: all it does is say how far to look back.
//  4. Nothing that a shop sends stops another shop: what cannot be taken is kept byte for byte in DEAD_LETTERS (package quarantine), a panic included.
//  5. Unchanged is never concluded from a delivery that might not be the last: see doubt, in doubt.go.
//  6. DELIVERIES at 95 % of its limits, or refusing for want of room: nothing is stored, no position moves, and the shops' events wait in ORDERS until there is
//     room. Faults of the server or the network cost time only.
//
// Where it stops: HTTP, signatures and retries are the dispatcher's. The memory of what was sent is DELIVERIES itself, which reaches back 35 days. A delivery whose
// destination left the configuration while its entry was being decided is sent, and may have no decision on record. What a configuration says is its own
// package's matter, and jq expressions, conditions and forced commands are not here yet.
package mapper
