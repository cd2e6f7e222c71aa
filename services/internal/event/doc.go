// Package event reads what shops and operators put into ORDERS: it decodes strictly, checks every limit and rule of the contract, and says in few
// words what is wrong. A shop is hostile until its event has passed here.
//
// Guarantees:
//  1. Decode accepts nothing that strict protojson does not: unknown fields and enum names, a field given twice and invalid UTF-8 are errors.
//     It refuses more: what is too large or nested too deep (before anything is parsed), undefined enum numbers, values that are no ids,
//     decimals or plausible sequences, texts and lists that are too long, control characters. The table in limits.go has all of it.
//  2. Decode and DecodeCommand never panic, whatever the bytes, and need memory in proportion to them.
//  3. An error is an *Error: which field, and what is wrong with it. It is short, printable ASCII, and quotes at most 80 characters of what came.
//  4. The body decides. Validate compares it with the subject's tokens, which the server vouches for (the shop's, that is); CheckHeaders refuses
//     headers that say something else. No header is ever used in place of the body.
//  5. DeliveryID depends on nothing but the event and the destination, and two different inputs do not give one id.
//
// It stops there: whether the instance is the right one, the clock is sane and the sequence is new is for the mapper to decide, which knows the
// shop's other events.
package event
