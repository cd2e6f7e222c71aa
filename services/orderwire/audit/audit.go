package audit

import (
	"context"
	"fmt"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/internal/jet"
	"github.com/orderwire/orderwire/services/internal/topology"
)

// Config of an audit.
type Config struct {
	NC *nats.Conn
	JS jetstream.JetStream
	// Received is asked after the streams were read. Nil: there are no receivers to ask.
	Received func() *Received
	// Expected are the sequences in ORDERS that shops have acknowledgements for, with the name of the decision that each must get. Nil: not
	// known. Decisions are compared only while nothing else is in ORDERS: an event that was stored twice is stale the second time.
	Expected map[uint64]string
}

// Run reads everything and judges it.
func Run(ctx context.Context, c Config) (*Report, error) {
	b, err := read(ctx, c)
	if err != nil {
		return nil, fmt.Errorf("audit: %w", err)
	}
	r := &Report{Decisions: map[string]int{}, Classes: map[string]int{}}
	j := judge{books: b, report: r, expected: c.Expected}
	if c.Received != nil {
		j.receive(c.Received())
	}
	j.entries()
	j.attempts()
	if err := j.deliveries(ctx, c.NC); err != nil {
		return nil, fmt.Errorf("audit: %w", err)
	}
	j.order()
	r.Latency = latency(j.waits)
	r.Idle = j.idle && r.Waiting == 0 && len(b.lanes) == 0
	return r, nil
}

// books are the streams as they were read.
type books struct {
	cursors   map[string]*orderwirev1.Cursor // by subject
	lanes     map[string]*orderwirev1.Lane
	entries   []*entry
	bySeq     map[uint64]*entry
	sent      []*delivery
	byID      map[string]*delivery
	decisions map[string]*orderwirev1.Outcome // by id
	attempts  map[string]*orderwirev1.Outcome // by id
	changed   []string                        // ids of records that came twice and differ
	dead      map[string]*orderwirev1.DeadLetter
	last      uint64 // in ORDERS when it was read
}

// entry of ORDERS.
type entry struct {
	seq       uint64
	subject   topology.Entry
	decisions []*orderwirev1.Outcome
}

// delivery in DELIVERIES.
type delivery struct {
	*orderwirev1.Delivery
	seq     uint64
	key     topology.Key
	subject string
	records []*orderwirev1.Outcome // attempts and ends
}

// settled reports whether the cursor has the sequence behind it.
func settled(c *orderwirev1.Cursor, seq uint64) bool {
	if c == nil {
		return false
	}
	if seq <= c.GetLow() {
		return true
	}
	for _, run := range c.GetDone() {
		if run.GetFirst() <= seq && seq <= run.GetLast() {
			return true
		}
	}
	return false
}

// final is the record that ends the delivery, nil while there is none.
func (d *delivery) final() *orderwirev1.Outcome {
	for _, o := range d.records {
		if o.GetAttempt().GetFinal() {
			return o
		}
	}
	return nil
}

// onLeader asks the leader for the lane record of a delivery: the snapshot misses records that change while it is taken.
func onLeader(ctx context.Context, nc *nats.Conn, d *delivery) (bool, error) {
	s, err := jet.LastFromLeader(ctx, nc, topology.State, topology.LaneSubject(d.key.P, d.key.Destination, d.key.Shop, d.key.Order))
	return s != nil && len(s.Data) > 0, err
}
