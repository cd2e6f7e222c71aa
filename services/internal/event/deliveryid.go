package event

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"

	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
)

// DeliveryID names the delivery of an event to a destination: the same for every retry, replay and redrive. The order's created_at is part of it,
// so that a shop that was set up anew and counts its orders from 1 again makes new ids.
//
// It is the first 16 bytes, in hex, of SHA-256 over shop, order id, created_at, event id, sequence and destination. A text is framed by its length in
// bytes (8 bytes), sequence and seconds are 8 bytes, nanoseconds 4, all big-endian; an absent created_at is one byte 0, a present one begins with 1.
func DeliveryID(ev *orderwirev1.OrderStatusChanged, destination string) string {
	b := make([]byte, 0, 256)
	text := func(s string) {
		b = binary.BigEndian.AppendUint64(b, uint64(len(s)))
		b = append(b, s...)
	}
	text(ev.GetShop())
	text(ev.GetOrder().GetId())
	if t := ev.GetOrder().GetCreatedAt(); t == nil {
		b = append(b, 0)
	} else {
		b = append(b, 1)
		b = binary.BigEndian.AppendUint64(b, uint64(t.GetSeconds())) //nolint:gosec // all 64 bits, whatever the sign
		b = binary.BigEndian.AppendUint32(b, uint32(t.GetNanos()))   //nolint:gosec // likewise
	}
	text(ev.GetId())
	b = binary.BigEndian.AppendUint64(b, uint64(ev.GetSequence())) //nolint:gosec // likewise
	text(destination)
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:16])
}
