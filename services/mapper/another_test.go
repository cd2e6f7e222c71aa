package mapper

import (
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/internal/natsd/natstest"
	"github.com/orderwire/orderwire/services/internal/partition"
	"github.com/orderwire/orderwire/services/internal/topology"
)

// recreate makes a stream anew: empty, and its sequences begin at 1.
func (r *rig) recreate(name string) {
	r.Helper()
	require.NoError(r, r.js.DeleteStream(r.Context(), name))
	natstest.Streams(r, r.js, small(r.partitions))
}

// recover is `orderwire recover`, for all partitions.
func (r *rig) recover(position string) {
	r.Helper()
	for p := range r.partitions {
		_, err := partition.Recover(r.Context(), partition.Config{
			Service: partition.Mapper, Partition: p, Partitions: r.partitions, Store: partition.NewStore(r.nc, r.pub), JS: r.js,
		}, partition.Request{Position: position, Apply: true})
		require.NoError(r, err)
	}
}

// DELIVERIES remembers what was decided on entries of the ORDERS before, whose sequences are higher than the new one's, or the same. New events are sent all the
// same, and an entry that is read twice is still sent once.
func TestOrdersRecreated(t *testing.T) {
	for name, earlier := range map[string]int{"higher causes": 3, "the same cause": 0} {
		t.Run(name, func(t *testing.T) {
			bubble(t, small(1), func(r *rig) {
				s := &shop{rig: r}
				for range earlier {
					s.send("other", "unmapped", nil)
				}
				s.send("7", "P", nil)
				run := r.start(Config{Configuration: fixed(t, twoTargets)}, nil)
				r.settled()
				run.end(t)
				r.recreate(topology.Orders)
				r.recover("beginning")
				time.Sleep(time.Hour)

				first := newChaos(1, 0)
				first.budget.Store(2) // the claim and a delivery: dead before the record
				causes := []uint64{s.send("7", "R", nil), s.send("7", "P", nil)}
				run = r.start(Config{Configuration: fixed(t, twoTargets)}, first.wrap)
				time.Sleep(time.Minute)
				run.end(t)
				run = r.start(Config{Configuration: fixed(t, twoTargets)}, nil)
				r.settled()
				run.end(t)
				require.Equal(t, []string{"mapped", "mapped"}, r.decided("a", causes...))
				require.Equal(t, causes, r.causes()[1:])
			})
		})
	}
}

// ORDERS lost its end, and grew again: sequences of deliveries that were made are those of other entries now.
func TestOrdersRolledBack(t *testing.T) {
	bubble(t, small(1), func(r *rig) {
		s := &shop{rig: r}
		lost := func(order string, cause uint64) {
			e := s.event(order, "P", nil)
			data, err := proto.Marshal(&orderwirev1.Delivery{Id: "lost", Sequence: e.GetSequence(), Cause: cause, PublishedAt: e.GetOccurredAt()})
			require.NoError(t, err)
			require.NoError(t, r.pub.One(r.Context(), &nats.Msg{Subject: topology.DeliverySubject(0, "a", "acme", order), Data: data}).Err)
		}
		lost("1", 1)
		lost("2", 9)
		time.Sleep(time.Minute)
		causes := []uint64{s.send("1", "P", nil), s.send("2", "P", nil)}
		run := r.start(Config{Configuration: fixed(t, twoTargets)}, nil)
		r.settled()
		run.end(t)
		require.Equal(t, []string{"mapped", "mapped"}, r.decided("a", causes...))
	})
}

// DELIVERIES is another one: the partitions stop, are recovered, and go on for good, in the same process.
func TestDeliveriesRecreated(t *testing.T) {
	for name, change := range map[string]func(r *rig){
		"re-created": func(r *rig) { r.recreate(topology.Deliveries) },
		"re-created, and as long as before": func(r *rig) {
			r.recreate(topology.Deliveries)
			for range 6 {
				require.NoError(r, r.pub.One(r.Context(), &nats.Msg{Subject: topology.DeliverySubject(0, "a", "acme", "0")}).Err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, small(2), func(r *rig) {
				s := &shop{rig: r}
				for n := range uint64(5) {
					s.send(itoa(n+1), "P", nil)
				}
				run := r.start(Config{Configuration: fixed(t, twoTargets)}, nil)
				r.settled()
				change(r)
				time.Sleep(2 * checkEvery)
				require.ErrorContains(t, run.Ready(r.Context()), "stream DELIVERIES was re-created")
				r.recover("current")
				time.Sleep(40 * time.Second)
				require.NoError(t, run.Ready(r.Context()))
				cause := s.send("77", "P", nil)
				r.settled()
				time.Sleep(3 * checkEvery)
				require.NoError(t, run.Ready(r.Context()), "it does not stop again")
				require.Equal(t, []string{"mapped"}, r.decided("a", cause))
				run.end(t)
				st, err := r.js.Stream(r.Context(), topology.Deliveries)
				require.NoError(t, err)
				for p := range r.partitions {
					require.LessOrEqual(t, r.cursor(p).GetOutput().GetLast(), st.CachedInfo().State.LastSeq)
				}
			})
		})
	}
}

// A record in the place of the cursor that is none stops the partition, with its cure, whether it is found at a claim or in between.
func TestUnreadableCursor(t *testing.T) {
	for name, data := range map[string]string{"no protobuf": "\xff\xff", "no cursor": ""} {
		t.Run(name, func(t *testing.T) {
			bubble(t, small(1), func(r *rig) {
				s := &shop{rig: r}
				run := r.start(Config{Configuration: fixed(t, twoTargets)}, nil)
				s.send("7", "P", nil)
				r.settled()
				require.NoError(t, r.pub.One(r.Context(), &nats.Msg{Subject: topology.MapperCursor(0), Data: []byte(data)}).Err)
				s.send("7", "R", nil)
				time.Sleep(time.Minute)
				require.ErrorContains(t, run.Ready(r.Context()), "its cursor cannot be read")
				require.ErrorContains(t, run.Ready(r.Context()), "Try: orderwire recover --service mapper --partition 0")
				require.Len(t, r.causes(), 1, "nothing is written without a cursor")
				run.end(t)
				run = r.start(Config{Configuration: fixed(t, twoTargets)}, nil)
				time.Sleep(time.Minute)
				require.ErrorContains(t, run.Ready(r.Context()), "its cursor cannot be read")
				run.end(t)
			})
		})
	}
}
