// Package attempt makes one attempt of a delivery: one HTTP request, and says what became of it.
//
// Guarantees:
//
//  1. One call of Do is at most one request that a destination can act on. The transport repeats one by itself only when not a byte of it
//     was written (a kept connection that had died). Redirects are not followed.
//  2. Every outcome is one Reason: by the table in table.go when there was a status, by Classify's rules when there was none. The status decides as
//     soon as the response's head is there; a body that breaks off, never ends or is too long changes nothing.
//  3. When the caller's context ends before there was an answer, the result is Unknown: not an attempt, nothing to count.
//  4. An attempt takes at most the destination's total time-out, whatever the other side does. At most 16 KiB of a response's
//     body are kept and about 64 KiB read, at most 64 KiB of its head.
//  5. The request's body goes out byte for byte as the delivery has it, and is signed as such. A payload's header cannot replace one of ours.
//  6. No secret that Orderwire knows (of four bytes and more) is in Err or Response, as it is, in base64, or escaped. Err is valid UTF-8 and printable.
//  7. Nothing is dialled that the destination may not reach: see package dial. No proxy of the environment is used, no cookie kept, no
//     compression asked for.
//
// HTTP/1.1 only: names of headers keep the case that some destinations insist on, and a connection that hangs takes one attempt along, not
// all of a destination's. Every header name that Orderwire adds is in lower case, as HTTP/2 would send it (except Host, User-Agent and Content-Length,
// which net/http writes).
//
// Each destination has its own transport with up to `concurrency` idle connections, kept while its network settings stay what they are.
//
// What an attempt costs: about 30 µs of processor time, 76 allocations and 7 kB, kernel and a minimal server on loopback included (BenchmarkDo, two
// cores, openapp-hmac, 36 bytes of body). That is what BenchmarkBare needs, which is http.Client with the same headers, unsigned: 79 allocations.
//
// Where it stops: it does not wait, retry, count, or write records. When to try again is package retry's and the lane's.
package attempt
