// Package audit recomputes from the streams, and from what the receivers wrote down, what became of every event.
//
// It asks nothing of the code that did the work: no counter, no metric, no memory of it. It reads ORDERS, DELIVERIES, OUTCOMES,
// DEAD_LETTERS and STATE, and judges:
//  1. Every entry of ORDERS has its decision: one for each destination that had a route, or one for the entry as a whole. With one
//     destination the decisions add up to the entries.
//  2. Every mapped decision has exactly one message in DELIVERIES, and the other way round.
//  3. Every delivery is delivered (a receiver took it), dead (a letter, or a final record, says why), or waiting. What a cursor counts as
//     settled and is none of these is lost, and so is what a record calls delivered and no receiver took.
//  4. Deliveries of one order were taken in the order of DELIVERIES.
//
// It may run while the pipeline works. Then the cursors are read first, and what follows from them afterwards, so that nothing which is
// only under way is called lost.
//
// Where it stops: it reads whole streams, for demonstrations and tests. Without receivers (Config.Received nil) it believes the records
// that say delivered.
package audit
