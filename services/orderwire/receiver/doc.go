// Package receiver is an OpenApp-conform HTTP API that checks what it is sent: the other end of every demonstration and test.
//
// It shares no code with what signs and sends. Everything it knows of the API is written here a second time, from the API's own
// description, so that a mistake on the sending side cannot hide behind the same mistake on this one.
//
// What it holds to:
//  1. A request is taken only when its signature, time stamp, nonce, header names and body are right. A wrong one is answered 401
//     or 400 with the reason, counted, and never touches the records of an order.
//  2. Every delivery that is taken is on record once, with the time it came first. The same one again is a duplicate, answered 200.
//  3. Order is judged per order, from the Orderwire-Order and Orderwire-Sequence headers; a client that does not send them is judged
//     by the API's own order of statuses. A violation is: a new sequence below the highest one taken, a newer delivery tried while an
//     older one was tried and is neither taken nor given up, or one sequence under two ids. Each delivery counts at most once.
//  4. Faults (errors, cut connections, slow answers) come after the checks, and follow from a seed, the delivery's id and its attempt:
//     concurrency does not change them. A delivery that met a fault other than a slow answer is not taken.
//
// Where it stops: it keeps everything in memory and starts empty. It cannot know that a sender gave up, except by an answer that is
// final (such as 422) or by the number of attempts (Config.Attempts).
package receiver
