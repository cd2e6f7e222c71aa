package audit_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/internal/natsd/natstest"
	"github.com/orderwire/orderwire/services/internal/topology"
	"github.com/orderwire/orderwire/services/orderwire/audit"
	"github.com/orderwire/orderwire/services/orderwire/receiver"
)

func TestMain(m *testing.M) { natstest.Main(m) }

const destination = "openapp"

// hand does by hand what the pipeline does, so that a test can leave something out. There is one order: shop "a", order "1".
type hand struct {
	t        *testing.T
	nc       *nats.Conn
	js       jetstream.JetStream
	received audit.Received
	expected map[uint64]string
	at       time.Time
}

func newHand(t *testing.T) *hand {
	_, nc, js := natstest.Pipeline(t)
	return &hand{t: t, nc: nc, js: js, at: time.Now()}
}

func (h *hand) store(subject string, data []byte) uint64 {
	h.t.Helper()
	ack, err := h.js.Publish(h.t.Context(), subject, data)
	require.NoError(h.t, err)
	return ack.Sequence
}

func (h *hand) record(subject string, m proto.Message) uint64 {
	h.t.Helper()
	data, err := proto.Marshal(m)
	require.NoError(h.t, err)
	return h.store(subject, data)
}

func (h *hand) event() uint64 { return h.store(topology.EventSubject("a", "1"), []byte("{}")) }

func (h *hand) decide(cause uint64, reason orderwirev1.Reason) {
	h.outcome(&orderwirev1.Outcome{
		Id: fmt.Sprintf("d%d", cause), Reason: reason, Cause: cause, Destination: destination,
		Decision: &orderwirev1.Decision{DeliveryId: fmt.Sprintf("id%d", cause)},
	})
}

func (h *hand) outcome(o *orderwirev1.Outcome) {
	h.record(topology.OutcomeSubject("a", "1", "R"), o)
}

var dispatchP = topology.Partition(topology.DefaultPartitions, destination)

func (h *hand) deliver(cause uint64) uint64 {
	return h.record(topology.DeliverySubject(dispatchP, destination, "a", "1"), &orderwirev1.Delivery{
		Id: fmt.Sprintf("id%d", cause), Cause: cause, PublishedAt: timestamppb.New(h.at),
	})
}

func (h *hand) attempt(cause, delivery uint64, n uint32, reason orderwirev1.Reason, final bool) {
	h.outcome(&orderwirev1.Outcome{
		Id: fmt.Sprintf("a%d-%d", cause, n), Reason: reason, Cause: cause, Destination: destination,
		Attempt: &orderwirev1.Attempt{DeliveryId: fmt.Sprintf("id%d", cause), Delivery: delivery, Number: n, Final: final},
	})
}

func (h *hand) take(cause uint64) {
	h.at = h.at.Add(10 * time.Millisecond)
	h.received.Taken = append(h.received.Taken, receiver.Taken{ID: fmt.Sprintf("id%d", cause), Order: "a/1", Sequence: int64(cause), At: h.at})
}

func (h *hand) letter(delivery uint64) {
	h.record(topology.DeadSubject(destination, "a", "1", delivery), &orderwirev1.DeadLetter{What: &orderwirev1.DeadLetter_Delivery{Delivery: &orderwirev1.DeadDelivery{}}})
}

func (h *hand) park(oldest, newest uint64) {
	h.record(topology.LaneSubject(dispatchP, destination, "a", "1"), &orderwirev1.Lane{Oldest: oldest, Newest: newest})
}

// cursors move both services to the end of what they read.
func (h *hand) cursors(orders, deliveries uint64) {
	h.record(topology.MapperCursor(topology.Partition(topology.DefaultPartitions, "a", "1")), &orderwirev1.Cursor{Low: orders})
	h.record(topology.DispatchCursor(dispatchP), &orderwirev1.Cursor{Low: deliveries})
}

func (h *hand) audit() *audit.Report {
	h.t.Helper()
	r, err := audit.Run(h.t.Context(), audit.Config{NC: h.nc, JS: h.js, Received: func() *audit.Received { return &h.received }, Expected: h.expected})
	require.NoError(h.t, err)
	return r
}
