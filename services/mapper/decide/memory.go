package decide

import (
	"crypto/sha256"
	"encoding/binary"
	"maps"
	"slices"
	"time"

	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/mapper/cause"
)

// Last is what must be remembered of the last delivery to one destination of one order. The zero value says that there is none.
type Last struct {
	// Cause is the sequence in ORDERS of the entry it was decided on; 0 when there is no delivery.
	Cause uint64
	// At is the server's time of that entry: the entry may be one of an ORDERS that is no more (see package cause).
	At time.Time
	// MaxSequence is the highest sequence of an event that was sent.
	MaxSequence int64
	// Target is its status in the destination's words.
	Target string
	// ID is the delivery's id.
	ID string
	// Request is the Fingerprint of its request.
	Request [sha256.Size]byte
	// Doubtful is set while another delivery may still be put on top of it by somebody else: then nothing counts as unchanged, since it would be
	// compared with what might not be the last.
	Doubtful bool
}

// Remember keeps what decisions need of a delivery.
func Remember(d *orderwirev1.Delivery) Last {
	return Last{Cause: d.GetCause(), At: d.GetPublishedAt().AsTime(), MaxSequence: max(d.GetMaxSequence(), d.GetSequence()), Target: d.GetTarget(), ID: d.GetId(), Request: Fingerprint(d.GetRequest())}
}

// Entry is what it was decided on.
func (l Last) Entry() cause.Entry { return cause.Entry{Seq: l.Cause, At: l.At} }

// Fingerprint is equal for two requests when the destination would receive the same: method, path, content type, headers of the payload, body.
func Fingerprint(r *orderwirev1.Request) (sum [sha256.Size]byte) {
	h := sha256.New()
	var size [8]byte
	part := func(b []byte) { // with its length, so that parts cannot be shifted into each other
		binary.BigEndian.PutUint64(size[:], uint64(len(b)))
		h.Write(size[:])
		h.Write(b)
	}
	part([]byte(r.GetMethod()))
	part([]byte(r.GetPath()))
	part([]byte(r.GetContentType()))
	part(r.GetBody())
	for _, name := range slices.Sorted(maps.Keys(r.GetHeaders())) {
		part([]byte(name))
		part([]byte(r.GetHeaders()[name]))
	}
	h.Sum(sum[:0])
	return sum
}
