package pin

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/internal/jet"
	"github.com/orderwire/orderwire/services/internal/topology"
	"github.com/orderwire/orderwire/services/mapper/cause"
)

const (
	// Fresh is how old a copy of a pin may be before it is read again.
	Fresh = 5 * time.Second
	// maxShops bounds the copies. Shops are many only when somebody makes names up.
	maxShops = 10_000
)

// State is STATE, as far as it is used here. It has the form of partition.Store.
type State interface {
	// Commit stores the message and returns its sequence. An error means that the outcome is unknown.
	Commit(ctx context.Context, msgs []*nats.Msg) (uint64, error)
	// Last reads the last message of a subject from the leader; nil when there is none.
	Last(ctx context.Context, subject string) (*jet.Stored, error)
}

// Pins is not safe for concurrent use.
type Pins struct {
	state State
	shops map[string]held
}

// held is a copy of a record.
type held struct {
	pin  *orderwirev1.ShopPin
	seq  uint64 // in STATE; 0: there is no record
	read time.Time
}

// New returns pins that are read when they are needed.
func New(state State) *Pins { return &Pins{state: state, shops: map[string]held{}} }

// By is an entry of ORDERS that says something about an instance.
type By struct {
	Shop, Instance string
	// Cause is the entry's sequence in ORDERS, At the server's time of it.
	Cause uint64
	At    time.Time
}

// Speaker returns the instance that speaks for the event's shop: the event's own when nothing was pinned before. The error is a fault: ask again.
func (p *Pins) Speaker(ctx context.Context, by By) (instance string, err error) {
	h, have := p.shops[by.Shop]
	if have && h.pin.GetInstance() == by.Instance && time.Since(h.read) < Fresh {
		return by.Instance, nil
	}
	if h, err = p.read(ctx, by.Shop); err != nil {
		return "", err
	}
	if h.seq == 0 {
		h, err = p.write(ctx, by, h, &orderwirev1.ShopPin{Instance: by.Instance, PinnedAt: timestamppb.New(by.At), Cause: by.Cause})
	}
	return h.pin.GetInstance(), err
}

// Accept makes the command's instance the shop's own. It does nothing when this command, or a later one, was carried out before. The error is a fault: ask again.
func (p *Pins) Accept(ctx context.Context, by By, command string) error {
	h, err := p.read(ctx, by.Shop)
	if err != nil || (h.pin.GetCommandId() != "" && pinnedOn(h.pin).Reaches(cause.Entry{Seq: by.Cause, At: by.At})) {
		return err
	}
	_, err = p.write(ctx, by, h, &orderwirev1.ShopPin{Instance: by.Instance, PinnedAt: timestamppb.New(by.At), CommandId: command, Cause: by.Cause})
	return err
}

// pinnedOn is the entry that wrote a pin.
func pinnedOn(p *orderwirev1.ShopPin) cause.Entry {
	return cause.Entry{Seq: p.GetCause(), At: p.GetPinnedAt().AsTime()}
}

func (p *Pins) read(ctx context.Context, shop string) (held, error) {
	m, err := p.state.Last(ctx, topology.ShopPin(shop))
	if err != nil {
		return held{}, fmt.Errorf("read the pin of shop %s: %w", shop, err)
	}
	h := held{pin: &orderwirev1.ShopPin{}, read: time.Now()}
	if m != nil {
		if err := proto.Unmarshal(m.Data, h.pin); err != nil {
			return held{}, fmt.Errorf("read the pin of shop %s: %w", shop, err)
		}
		h.seq = m.Seq
	}
	p.keep(shop, h)
	return h, nil
}

// errAgain says that the record changed under us.
var errAgain = errors.New("the pin has changed")

// write puts a pin on top of what was read. Whatever the answer says, what counts is what is there afterwards.
func (p *Pins) write(ctx context.Context, by By, on held, pin *orderwirev1.ShopPin) (held, error) {
	data, err := proto.Marshal(pin)
	if err != nil {
		return held{}, fmt.Errorf("pin shop %s: %w", by.Shop, err)
	}
	m := &nats.Msg{Subject: topology.ShopPin(by.Shop), Data: data}
	jet.ExpectLast(m, on.seq)
	seq, err := p.state.Commit(ctx, []*nats.Msg{m})
	if err == nil {
		h := held{pin: pin, seq: seq, read: time.Now()}
		p.keep(by.Shop, h)
		return h, nil
	}
	h, readErr := p.read(ctx, by.Shop)
	switch {
	case readErr != nil:
		return held{}, readErr
	case h.seq == on.seq: // not there (yet)
		return held{}, fmt.Errorf("pin shop %s: %w", by.Shop, err)
	case proto.Equal(h.pin, pin):
		return h, nil
	case pin.GetCommandId() != "":
		return held{}, fmt.Errorf("pin shop %s: %w", by.Shop, errAgain)
	}
	return h, nil // somebody else was first
}

func (p *Pins) keep(shop string, h held) {
	if len(p.shops) >= maxShops {
		clear(p.shops)
	}
	p.shops[shop] = h
}
