// Package dial connects to a destination: DNS, address check, connection, TLS, each with a time-out of its own and an error that says which of them failed.
//
// Guarantees:
//
//  1. An address that is not public (private, loopback, link-local, shared, multicast, reserved, a cloud's metadata service; also as IPv4 in
//     IPv6, NAT64 or 6to4) is refused, unless the destination's network.allow has it. The check is made by the socket's control function on the address
//     that is about to be connected to: after DNS, so that no name and no second lookup can get around it. Ports are not restricted.
//  2. DNS takes at most its time-out, connecting to all addresses together theirs, the TLS handshake the connect time-out once more.
//  3. Addresses are tried in the resolver's order, the next one when the one before failed or is silent for a while; the first to connect is used.
//  4. No proxy is used: a proxy's address, not the destination's, would be checked.
//
// Where it stops: it knows no HTTP, and does not classify. [Error] tells what happened; what follows from it is decided elsewhere.
package dial
