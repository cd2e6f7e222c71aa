package decide

import (
	"strconv"
	"time"

	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
)

// Event is one accepted entry of ORDERS.
type Event struct {
	*orderwirev1.OrderStatusChanged
	// Raw is the event as the shop sent it.
	Raw []byte
	// Cause is the entry's sequence in ORDERS.
	Cause uint64
	// PublishedAt is the server's time of the entry.
	PublishedAt time.Time
}

// Status names the event's status as records do: its key, or its id where it has no key.
func (e *Event) Status() string {
	s := e.GetCurrent()
	if s.GetKey() != "" || s == nil {
		return s.GetKey()
	}
	return strconv.FormatUint(uint64(s.GetId()), 10)
}

// time of the change, as the sequence has it.
func (e *Event) time() time.Time { return time.UnixMicro(e.GetSequence()) }
