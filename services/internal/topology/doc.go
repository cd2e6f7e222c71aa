// Package topology is what the services agree on, as data: subjects, headers, limits, and the five streams.
//
// Guarantees:
//  1. A token made of any string is a valid subject token, and Untoken gives the string back.
//  2. Partition is the hash the server computes when it stores an entry of ORDERS: a test compares both.
//  3. Ensure creates what is missing and reports what differs. It never changes or deletes a stream.
//  4. Ensure and Check refuse a server that is too old, and a partition count other than the one the streams were made with:
//     another count would split an order over two partitions.
//
// It stops there: reading and writing is package jet's, positions are package partition's.
package topology
