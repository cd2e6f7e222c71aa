package mapper

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/timestamppb"

	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/internal/record"
	"github.com/orderwire/orderwire/services/internal/topology"
)

// accept publishes `orderwire shop accept acme INSTANCE`.
func (s *shop) accept(id, instance string) uint64 {
	s.rig.Helper()
	data, err := protojson.Marshal(&orderwirev1.Command{
		Id: id, Shop: "acme", IssuedAt: timestamppb.Now(), Operator: "anna", Reason: "moved to a new server",
		Action: &orderwirev1.Command_AcceptInstance{AcceptInstance: &orderwirev1.AcceptInstance{Instance: instance}},
	})
	require.NoError(s.rig, err)
	return s.rig.publish(topology.CommandSubject("acme", topology.NoOrder), nil, data)
}

func clone(e *orderwirev1.OrderStatusChanged) { e.Instance = "two" }

// An instance that does not speak for its shop is quarantined, until an operator accepts it; then the other is. The command is carried out in its place in the log, and
// by two processes as by one.
func TestWrongInstanceUntilAccepted(t *testing.T) {
	bubble(t, small(1), func(r *rig) {
		s := &shop{rig: r}
		run := r.start(Config{Configuration: fixed(t, twoTargets)}, nil)
		causes := []uint64{s.send("7", "P", nil), s.send("7", "R", clone)}
		command := s.accept("c1", "two")
		causes = append(causes, s.send("7", "R", clone), s.send("7", "P", nil))
		r.settled()
		run.end(t)
		require.Equal(t, []string{"wrong-instance", "wrong-instance"}, r.decided("", causes[1], causes[3]))
		require.Equal(t, []string{"mapped", "mapped"}, r.decided("a", causes[0], causes[2]))
		records := r.records()
		require.Contains(t, records[record.DecisionID(causes[1], "")].GetDetail(), "try: orderwire shop accept acme --instance two --reason")
		done := records[record.DecisionID(command, "")]
		require.Equal(t, "command-done", record.ReasonName(done.GetReason()))
		require.Equal(t, "c1", done.GetEventId())
		require.Equal(t, "instance two speaks for the shop: asked by anna, moved to a new server", done.GetDetail())
		require.Equal(t, topology.NoOrder, done.GetOrder())
		letters := r.letters()
		require.Len(t, letters, 2)
		require.Equal(t, "REF7", letters[0].GetReference())
	})
}

// The process dies after the command was carried out and before the position moved; the command is read again, behind a later one.
func TestCommandIsCarriedOutOnce(t *testing.T) {
	bubble(t, small(1), func(r *rig) {
		s := &shop{rig: r}
		first := newChaos(1, 0)
		run := r.start(Config{Configuration: fixed(t, twoTargets)}, first.wrap)
		s.send("7", "P", nil)
		r.settled()
		first.budget.Store(2) // the two pins
		s.accept("c1", "two")
		s.accept("c2", "three")
		run.end(t)
		run = r.start(Config{Configuration: fixed(t, twoTargets)}, nil)
		r.settled()
		good := s.send("7", "R", func(e *orderwirev1.OrderStatusChanged) { e.Instance = "three" })
		r.settled()
		run.end(t)
		require.Equal(t, []string{"mapped"}, r.decided("a", good))
	})
}

func TestCommandsThatAreRefused(t *testing.T) {
	bubble(t, small(1), func(r *rig) {
		s := &shop{rig: r}
		run := r.start(Config{Configuration: fixed(t, twoTargets)}, nil)
		causes := []uint64{
			r.publish("command.acme._", nil, []byte("accept, please")),
			r.publish("command.acme._", nil, []byte(`{"id":"c1","shop":"other","issuedAt":"2026-01-01T00:00:00Z","operator":"anna","acceptInstance":{"instance":"x"}}`)),
			r.publish("command.acme._", nil, []byte(`{"id":"c1","shop":"acme","issuedAt":"2026-01-01T00:00:00Z","operator":"anna"}`)),
			r.publish("command.acme.7", nil, []byte(`{"id":"c1","shop":"acme","issuedAt":"2026-01-01T00:00:00Z","operator":"anna","acceptInstance":{"instance":"x"}}`)),
			r.publish("command.acme.*", nil, []byte(`{}`)),
		}
		good := s.send("7", "P", nil)
		r.settled()
		run.end(t)
		for i, name := range r.decided("", causes...) {
			require.Equal(t, "command-refused", name, i)
		}
		for _, c := range causes {
			require.NotEmpty(t, r.records()[record.DecisionID(c, "")].GetDetail())
		}
		require.Empty(t, r.letters())
		require.Equal(t, []string{"mapped"}, r.decided("a", good))
	})
}
