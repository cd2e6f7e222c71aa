// Package pin knows which installation speaks for a shop: the record mapper.shop.<shop> in STATE.
//
// The first event of a shop pins its instance. Events of another one (a staging clone, a restored copy) are then refused, until an operator accepts that
// instance; from then on it is the only one.
//
// Guarantees:
//  1. The first event's pin is create-only: of two first events, in two partitions or two processes, one wins and both owners see which.
//  2. An instance is refused only after a read from STATE's leader has shown another one.
//  3. Accepting is idempotent by its cause, the command's entry of ORDERS: a command that is carried out again, after a crash or by a stale owner, never
//     undoes a later one. One of an ORDERS that is no more is earlier than all. It always overrides a first event's pin, whichever of the two was published first: the partitions of both run apart.
//
// Where it stops: an acceptance reaches the other processes when their copy of the pin is Fresh no more, or at the new instance's first event,
// whichever comes first. What the old instance sends until then is still taken.
package pin
