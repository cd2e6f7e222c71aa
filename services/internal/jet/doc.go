// Package jet is the few raw JetStream operations that the pipeline is made of, where the client library has no short or no fast form.
//
// Guarantees:
//  1. Publisher says of every message whether it was stored (with its sequence), refused (with the server's reason), or unknown. Unknown is
//     never reported as refused: the message may be there, and may still arrive.
//  2. The FromLeader reads answer from the stream's leader, so what they do not find is not there. MultiLast may be answered by a replica that
//     lags; it says how far that replica was.
//  3. Read hands over every message of its filters exactly once per call, in the stream's order, and starts again by itself after a gap,
//     a silence or a lost connection. It never skips: a stream that was re-created or rolled back meanwhile ends it with ErrStreamChanged.
//
// It stops there: what a message means, and what to do when its fate is unknown, is for the caller.
package jet
