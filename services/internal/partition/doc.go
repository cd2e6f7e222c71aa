// Package partition is how a service works through a log by partition: who owns a partition, how far it is, and how that is kept in STATE.
//
// A partition has a cursor record. Its owner reads the log in order, settles entries in any order, and makes that visible in commits: each a new
// cursor, written with the condition that the record is still the one it follows. So the cursors form a chain, and an owner that was superseded cannot
// add to it.
//
// Guarantees:
//  1. Nothing is skipped. The position in the cursor covers an entry only after the owner settled it, and never goes back.
//  2. A commit is all or nothing: its records and its cursor are one atomic batch, the cursor last. A cursor alone is a plain publish.
//  3. After another owner's claim is stored, no commit of an earlier owner is ever stored.
//  4. An error or a time-out of a commit means unknown, also when the server says that the condition failed (a retry can meet its own proposal). The
//     same bytes are sent again until a read from the leader shows our token (done) or a later cursor that is not ours (ErrFenced). Faults of the
//     server or the network end that only with ctx; a commit left unknown by ctx is finished by the next one before anything else.
//  5. A position is never guessed. A cursor that does not fit its streams stops the partition with a *StoppedError, until Recover writes a position
//     that a person chose. Streams that were re-created are found by their time of creation; those that lost their end by the last sequence that the
//     cursor recorded, or, when they have grown again, by the time of the entry at the position.
//  6. After Recover no record of a waiting order belongs to another stream, reaches beyond its end, or covers what is to be read again.
//
// # A partition without a cursor
//
// The dispatcher must tell a new pipeline, where the deliveries that wait are to be sent, from one that lost its cursor, where most were sent before.
// STATE itself cannot say what it lost, so the positions are founded before the first delivery can exist: the first claim of either service in a
// pipeline, while DELIVERIES has never held a message, creates the cursors of all partitions of the dispatcher at position 0, in one atomic batch.
// The mapper is the only writer of DELIVERIES and claims before it writes, so a dispatcher that starts a week later finds its cursors. From then on
// a missing cursor is a lost one, and stops the partition, whether one record was deleted or the whole of STATE was purged or re-created.
//
// Founding also takes place while STATE has never held any record and is no younger than the oldest message of DELIVERIES: then nothing can have been
// lost, and whoever wrote the deliveries was no mapper. A partition whose cursor is missing while DELIVERIES has never held a message starts at 0.
//
// A mapper without a cursor starts at the beginning, since it writes nothing twice. It is stopped only by proof that more is missing: another
// cursor in STATE that names another ORDERS or DELIVERIES, or longer ones, or deliveries that are older than ORDERS (the memory in DELIVERIES counts
// in the sequences of one ORDERS). The limit: when STATE and DELIVERIES are both re-created and ORDERS is not, that is a new pipeline, and all that
// ORDERS holds is mapped and sent again.
//
// # Bound
//
// Between two runs beyond low lies an unsettled entry, so a cursor has about as many runs as there are unsettled entries (a claim can leave one more pair
// of neighbours unjoined, until they have been read again). At MaxOpen unsettled entries Window.Full says so, and the owner must read no further until it
// has settled some (the dispatcher by turning lanes into records). Nothing is dropped from a position: a settled entry that is forgotten would be
// settled again, after later ones of the same order.
//
// # Room in STATE
//
// STATE discards new messages when it is full, and counts the record that a message replaces. A server with one replica makes an exception for a lone
// message that is no larger than that record; for a batch, and with three replicas, there is none. A cursor cannot live on the exception: its number, its
// position and its runs grow, and a claim adds an owner. So a full STATE stops every commit, also those that would free room, and no partition can be
// claimed or recovered.
//
// Commits are never held back here, so the services must keep free what cursors and deletions take: the worst cursor (57 KB at MaxOpen, usually under
// 1 KB) for each partition of each service, which is 1.8 MB with 16 partitions, and for a minute a marker of some 150 bytes for each record
// deleted. A service that sees less than that free, with a margin, must write no new records and let none grow, and thus read no further, while cursors
// and deletions go on.
//
// It stops there: what an entry means, what settles it, and the records that go with a commit, are the services'. Owners are configured (Static);
// members that share partitions come behind the same Assigner.
package partition
