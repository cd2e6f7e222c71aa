// Package dialtest makes networks go wrong on loopback, for tests: a DNS server with chosen answers, a port that never accepts, and a certificate authority
// that makes good and bad certificates. Nothing here reaches beyond the machine.
//
// Where it stops: what runs on a connection (HTTP, right or wrong) is for the test that needs it.
package dialtest
