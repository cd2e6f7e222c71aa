// Package auth proves to a destination who is calling: the schemes openapp-hmac and api-key, and the secrets they use.
//
// Guarantees:
//
//  1. A request is signed anew at each attempt: its own time stamp and its own nonce, never those of another attempt.
//  2. openapp-hmac is the destination's published rule byte for byte; testdata/vectors.sh makes the same signatures with the openssl command.
//  3. A secret that is missing is an error that wraps ErrCredentials and names the variable or file, never a value. Every secret that is read
//     is registered with process.RegisterSecret before anything is signed with it.
//  4. A rotated secret is used within Recheck of its file's change, without a restart. A file that cannot be read any more, or is
//     empty, as it is for a moment while being replaced, does not stop deliveries: the last good secret stays in use, and one warning says so.
//     To stop deliveries, pause the destination.
//
// Where it stops: it sends nothing, and does not verify. A receiver's verification is the receiver's own code.
package auth
