package mapper

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/timestamppb"

	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/internal/event"
	"github.com/orderwire/orderwire/services/internal/record"
	"github.com/orderwire/orderwire/services/internal/topology"
)

// twoTargets maps P and Q to one target, R to another, and knows no other status.
const twoTargets = `
destinations: {a: {url: https://a.example.com, auth: []}}
routes: [{to: a, payload: openapp-fulfillment, statuses: {P: ORDERED, Q: ORDERED, R: SHIPPED}}]
`

// shop makes events of one order after the other.
type shop struct {
	rig *rig
	n   int
}

// event is a good one, changed by set.
func (s *shop) event(order, status string, set func(*orderwirev1.OrderStatusChanged)) *orderwirev1.OrderStatusChanged {
	s.n++
	at := time.Now().Add(time.Duration(s.n) * time.Microsecond)
	e := &orderwirev1.OrderStatusChanged{
		Kind: orderwirev1.OrderStatusChanged_STATUS, Id: fmt.Sprint("h", s.n), Sequence: at.UnixMicro(), OccurredAt: timestamppb.New(at), CapturedBy: orderwirev1.OrderStatusChanged_HOOK,
		Shop: "acme", Instance: "one", Platform: &orderwirev1.Platform{IdShop: 1},
		Order:   &orderwirev1.Order{Id: order, Reference: "REF" + order, Payments: []*orderwirev1.Payment{{TransactionId: "tx" + order}}},
		Current: &orderwirev1.Status{Id: 1, Key: status},
	}
	if set != nil {
		set(e)
	}
	return e
}

// send publishes a good event, and returns its sequence in ORDERS.
func (s *shop) send(order, status string, set func(*orderwirev1.OrderStatusChanged)) uint64 {
	s.rig.Helper()
	e := s.event(order, status, set)
	data, err := protojson.Marshal(e)
	require.NoError(s.rig, err)
	return s.rig.publish(topology.EventSubject(e.GetShop(), e.GetOrder().GetId()), event.Headers(e), data)
}

// decided gives the names of the decisions on entries for a destination.
func (r *rig) decided(destination string, causes ...uint64) []string {
	r.Helper()
	records := r.records()
	names := make([]string, len(causes))
	for i, c := range causes {
		names[i] = record.ReasonName(records[record.DecisionID(c, destination)].GetReason())
	}
	return names
}

func (r *rig) causes() (causes []uint64) {
	r.Helper()
	all, _ := r.deliveries()
	for _, d := range all {
		causes = append(causes, d.GetCause())
	}
	return causes
}

func fixed(t testing.TB, yaml string) *source {
	t.Helper()
	s := &source{}
	s.now.Store(parse(t, yaml))
	return s
}
