// Package record keeps what became of every event and delivery: the Outcome records in OUTCOMES, by order.
//
// Guarantees:
//  1. Store returns nil only when every record is stored. One whose fate is unknown is sent again, byte for byte, until it is known or ctx ends.
//  2. A record may so be stored twice, and then has the same id: Read folds by it (MAPPED wins, then the last). Ids are made of what the record is about, so that
//     a crash between storing and committing changes nothing.
//  3. Nothing that a shop sends can keep a record from being stored: long tokens are shortened on the subject, and text that is not UTF-8 is replaced.
//  4. Read gives the records of an order in the order in which they were stored.
//
// It stops there: OUTCOMES forgets after 30 days, or earlier when it is full; what a record says is the mapper's and the dispatcher's.
package record
