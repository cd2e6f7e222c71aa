// Package quarantine keeps the entries of ORDERS that the mapper refuses, byte for byte, in DEAD_LETTERS.
//
// Guarantees:
//  1. A letter that is reported as kept is stored: acknowledged, or found by a read from the leader.
//  2. An entry has one letter, however often it is refused.
//  3. A shop has at most topology.MaxDeadPerShop letters of this kind, give or take what other processes store at the same moment. It is counted in the
//     stream when the shop first has an entry refused, and from then on here; a shop that reached the limit is counted again once a minute, since
//     letters are deleted and grow old.
//  4. What cannot be kept is said for the record, with the sequence under which ORDERS still has the entry: the shop has reached its limit,
//     DEAD_LETTERS is full, the entry is larger than the server takes, or a letter of an ORDERS that is no more has its place. Refused entries never make the mapper wait for room: a single shop could
//     stop all of them that way, and nothing is lost yet, since the record names an entry that lies in ORDERS for weeks.
//
// Where it stops: what is refused and why is decided elsewhere. Dead letters of deliveries are the dispatcher's.
package quarantine
