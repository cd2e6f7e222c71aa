// Package retry is the schedule by which a delivery is tried again, as a backoff.BackOff.
//
// Guarantees:
//
//  1. The wait after attempt n is never less than the n-th delay of the list (the last delay repeats), and never more than 20 % above it.
//     The jitter spreads orders that failed together.
//  2. After the policy's number of attempts the answer is backoff.Stop.
//  3. The only state is the number of attempts made. A schedule made from a lane record's count goes on where the last process stopped; time
//     spent waiting, paused or without an owner does not count.
//
// Where it stops: it sleeps for nothing and decides nothing about outcomes. Which outcome costs an attempt is for the lane to say; one that
// costs none asks for Last.
package retry
