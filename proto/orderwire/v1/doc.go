// Package orderwirev1 is the contract: what shops publish, what the services hand to each other, and what they keep. It is generated from the .proto files
// beside it, which document every field.
//
// Guarantees:
//  1. OrderStatusChanged and Command are protojson on the wire, all else is binary.
//  2. A field keeps its number, name and meaning: a check holds each change against the contract before it.
//
// It stops there: limits and rules on what a shop may publish are package event's.
package orderwirev1
