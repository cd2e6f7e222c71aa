// Package lane is the state machine of one partition of the dispatcher: which delivery may be sent, which must wait, and what has to be durable
// before a lane goes on. It has no I/O, no goroutine and no clock: its caller feeds it what happened and when, does what it says, and holds one
// lock around it.
//
// A lane is one order at one destination. It is live (its deliveries are in memory) or parked (they are in the stream, and a lane record in STATE
// covers them from oldest to newest). A parked lane costs about 400 bytes of memory, whatever its destination answered: the answer is kept in its
// record only.
//
// Guarantees:
//  1. A lane has at most one delivery under way, the oldest, and no other before the outcome of that one is durable: stored in OUTCOMES
//     ([Book.Stored]), then committed ([Book.Committed]).
//  2. A delivery's entry is settled in no earlier commit than the one that holds what follows: its outcome, or the record that covers it. A commit
//     that never arrives loses nothing: the next owner reads the same entries and records.
//  3. At a destination lanes are served in the order in which they became due, live and parked alike, at most its concurrency at a time.
//  4. Nothing waits in memory much longer than [Patience]: the lanes of a destination that cannot take them (unknown, held by Retry-After, down,
//     slow, hanging) are parked without an attempt, and the window is free for the others.
//  5. Only an attempt that the delivery is to blame for, or an outage of its destination, costs one of its attempts. An attempt whose outcome is
//     unknown leaves no trace, and is made again with the same number.
//  6. A dead delivery is first committed as dead, then its letter is stored, then its lane steps on.
//  7. At most [MaxUncommitted] outcomes are not durable when an attempt starts, and none starts while the oldest of them is older than [MaxDoubt].
//     Attempts under way are not counted: they would let a few hanging destinations stop the others of the partition. A
//     destination that fails again and again may have a quarter of that, and two attempts under way, until one succeeds.
//  8. Deliveries before a lane's head (the partition was set to an earlier position) are sent before the lane goes on, each with attempts of its own.
//
// A hold that a destination asked for with Retry-After is known in memory only: after a restart, the lanes that were answered with it wait for their own
// time on record, and others of the destination are tried at once, which costs them no attempt either.
//
// Where it stops: the health of a destination (breaker, suspension) and rates are not known here. How a request is made is package attempt's, how a
// commit is made is package partition's.
package lane
