package memory

import (
	"fmt"

	"google.golang.org/protobuf/proto"

	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/internal/jet"
	"github.com/orderwire/orderwire/services/mapper/decide"
)

// Last is a delivery that is, or is going to be, the last of its subject. It is compared by address: two of them are two steps of the subject's life.
type Last struct {
	decide.Last
	// Ours says that this owner decided it since its claim.
	Ours bool
	// seq is its sequence in DELIVERIES: 0 while it is not stored, or when there is no delivery.
	seq uint64
}

// Decided makes the Last of a delivery that was just decided.
func Decided(d *orderwirev1.Delivery) *Last { return &Last{Last: decide.Remember(d), Ours: true} }

// Read makes a Last of the last message of a subject; without one (nil) it says that there is no delivery.
func Read(m *jet.Stored) (*Last, error) {
	if m == nil {
		return &Last{}, nil
	}
	var d orderwirev1.Delivery
	if err := proto.Unmarshal(m.Data, &d); err != nil {
		return nil, fmt.Errorf("read delivery %d of %s: %w", m.Seq, m.Subject, err)
	}
	return &Last{Last: decide.Remember(&d), seq: m.Seq}, nil
}
