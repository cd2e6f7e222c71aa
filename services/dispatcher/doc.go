// Package dispatcher delivers what the mapper wrote to DELIVERIES: it signs and sends each delivery to its destination, in order for each order there,
// tries again, parks, and in the end writes a dead letter. One Dispatcher is one process; it works on the partitions that its assigner hands it.
//
//	DELIVERIES ──reader──▶ worker of the partition ──▶ lane (one order at one destination) ──▶ attempt ──▶ external API
//	                            │ 1. outcome → OUTCOMES   2. position and lane records → STATE, one fenced batch   3. the lane goes on
//
// Guarantees:
//  1. For one destination and order, an attempt never starts before the outcome of the one before is durable, across crashes and hand-overs too.
//  2. A delivery is delivered, or waits (in the stream, and on record), or ends in DEAD_LETTERS with its last answer, or is on record as removed.
//  3. An order that waits holds up no other order, and a destination that cannot take deliveries holds up no other destination.
//  4. What is not the delivery's fault costs it no attempt: the destination's configuration, Retry-After, our own stops and crashes.
//
// One reader serves all partitions of the process: sixteen consumers would cost the server 9 % more CPU and 60 MB. A worker joins it and leaves it at any
// time: the reader then starts again from where each of the others is. What one partition cannot take at once holds the others, too, for as long as it
// takes to park what waits (lane.Patience, one second, at worst).
//
// Retry-After holds a destination in the memory of one partition's owner: a restart forgets it (see package lane).
//
// Where it stops: one owner per partition is given by configuration (members and hand-over come behind partition.Assigner). Health of destinations,
// rates, pausing and redrive are not here yet; endpoint faults and 410 wait at the schedule's last step and never die but of age.
package dispatcher
