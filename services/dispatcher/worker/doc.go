// Package worker works on one partition of DELIVERIES: it claims it, loads what waits, takes the entries that it is fed, makes the attempts, stores their
// outcomes, commits, and gives the partition up in the end. What may be done when is decided by package lane; here is the I/O around it.
//
// Guarantees:
//
//  1. The partition is claimed before any lane record is read, and what is read counts only when it reaches the claim: a replica that lags cannot hide
//     a waiting lane.
//
//  2. A commit has two stages that overlap: the outcomes of finished attempts are stored in OUTCOMES, then the position and the lane records go in
//     one fenced batch. What becomes ready while a stage is under way goes with the next.
//
//  3. A parked lane's delivery is read from the stream's leader. It counts as removed only when the leader is known to have reached the lane's newest
//     delivery and still does not have it.
//
//  4. A dead letter is written from the committed lane record, the same way by the owner that let it die and by a new one. A letter that cannot be
//     stored is tried for ever; its lane waits, the others do not. One of another delivery in its place (DELIVERIES was re-created) is not taken for it.
//
//  5. At the end attempts under way may finish for four fifths of the drain time-out and are recorded, then they are cut off without a trace. The
//     partition is released when all that finished is committed; otherwise the next owner claims it as after a crash.
//
//  6. A lane record that cannot be decoded stops the partition at the claim, by name. One that vanishes later, or breaks, is written anew without the last answer.
//
//  7. Above 85 % of STATE nothing more is read and records keep no answers, so that cursors and deletions fit. (A window of entries per partition may still come
//     on record: STATE should hold 3 KB for each of its 1,024 entries and partition, 50 MB for sixteen.)
//
//  8. Everything goes by the server's time ([Clock]): a wrong clock of this host neither kills nor keeps waiting.
//
// No lock is held during I/O, and no goroutine or timer belongs to a lane that waits.
//
// Where it stops: which partitions there are, and the reading of the stream, are package dispatcher's.
package worker
