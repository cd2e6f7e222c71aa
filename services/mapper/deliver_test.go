package mapper

import (
	"context"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/internal/jet"
	"github.com/orderwire/orderwire/services/internal/topology"
)

// before runs a function once, between a decision and its write.
type before struct {
	deliveries
	do func()
}

func (b *before) Publish(ctx context.Context, msgs []*nats.Msg) []jet.Ack {
	if b.do != nil {
		b.do()
		b.do = nil
	}
	return b.deliveries.Publish(ctx, msgs)
}

// Somebody else writes on the subject between decision and write, as a former owner may whose messages come late. The entry, and those after it, are decided anew
// on top of what is there, or found to be done.
func TestSomebodyElseWrites(t *testing.T) {
	type entry struct{ decision, target, previous string }
	for name, c := range map[string]struct {
		// foreign is written before the first delivery: its cause is that of the n-th entry, from 1; 0 is an earlier one.
		cause  int
		status string
		ahead  time.Duration
		want   []entry
	}{
		"nothing": {cause: -1, want: []entry{{"mapped", "ORDERED", ""}, {"unchanged", "ORDERED", "ORDERED"}, {"mapped", "SHIPPED", "ORDERED"}}},
		"an earlier entry, another request": {
			cause: 0, status: "R", ahead: -time.Hour,
			want: []entry{{"mapped", "ORDERED", "SHIPPED"}, {"unchanged", "ORDERED", "ORDERED"}, {"mapped", "SHIPPED", "ORDERED"}},
		},
		"an earlier entry, newer than all": {
			cause: 0, status: "R", ahead: time.Hour,
			want: []entry{{"stale", "ORDERED", "SHIPPED"}, {"stale", "ORDERED", "SHIPPED"}, {"stale", "SHIPPED", "SHIPPED"}},
		},
		"the first entry, decided otherwise": {
			cause: 1, status: "R", ahead: -time.Hour,
			want: []entry{{"mapped", "SHIPPED", ""}, {"mapped", "ORDERED", "SHIPPED"}, {"mapped", "SHIPPED", "ORDERED"}},
		},
		"the second entry: nothing was sent for the first, and cannot be now": {
			cause: 2, status: "P", ahead: -time.Hour,
			want: []entry{{"stale", "", ""}, {"mapped", "ORDERED", ""}, {"mapped", "SHIPPED", "ORDERED"}},
		},
		"the last entry": {
			cause: 3, status: "P", ahead: -time.Hour,
			want: []entry{{"stale", "", ""}, {"stale", "", ""}, {"mapped", "ORDERED", ""}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, small(1), func(r *rig) {
				s := &shop{rig: r}
				r.publish(topology.EventSubject("acme", "other"), nil, []byte("so that an earlier cause exists"))
				causes := []uint64{s.send("7", "P", nil), s.send("7", "Q", nil), s.send("7", "R", nil)}
				foreign := func() {
					if c.cause < 0 {
						return
					}
					e := s.event("7", c.status, nil)
					target := map[string]string{"P": "ORDERED", "R": "SHIPPED"}[c.status]
					at := e.GetSequence() + c.ahead.Microseconds()
					entry := r.all(topology.Orders)[c.cause]
					data, err := proto.Marshal(&orderwirev1.Delivery{
						Id: "foreign", Sequence: at, MaxSequence: at, Cause: entry.Seq, PublishedAt: timestamppb.New(entry.Time), Target: target, Route: "old",
					})
					require.NoError(t, err)
					require.NoError(t, r.pub.One(r.Context(), &nats.Msg{Subject: topology.DeliverySubject(0, "a", "acme", "7"), Data: data}).Err)
				}
				run := r.start(Config{Configuration: fixed(t, twoTargets)}, func(w wiring) wiring {
					w.deliveries = &before{w.deliveries, foreign}
					return w
				})
				r.settled()
				run.end(t)
				records := r.records()
				var got []entry
				names := r.decided("a", causes...)
				for i, cause := range causes {
					d := records["d"+itoa(cause)+"/a"].GetDecision()
					got = append(got, entry{names[i], d.GetTarget(), d.GetPreviousTarget()})
				}
				require.Equal(t, c.want, got)
				all, _ := r.deliveries()
				for i := 1; i < len(all); i++ {
					require.Greater(t, all[i].GetCause(), all[i-1].GetCause())
				}
				mapped := 0
				for _, w := range c.want {
					if w.decision == "mapped" {
						mapped++
					}
				}
				if c.cause == 0 {
					mapped++ // the foreign one is of none of the three
				}
				require.Len(t, all, mapped)
			})
		})
	}
}

// A request is lost, a reply is lost, a message comes after the next try: one delivery.
func TestUnknownOutcomes(t *testing.T) {
	for _, what := range []string{"request", "reply", "late"} {
		t.Run(what, func(t *testing.T) {
			bubble(t, small(1), func(r *rig) {
				s := &shop{rig: r}
				causes := []uint64{s.send("7", "P", nil), s.send("7", "R", nil), s.send("8", "P", nil)}
				var lost *losing
				run := r.start(Config{Configuration: fixed(t, twoTargets)}, func(w wiring) wiring {
					lost = &losing{deliveries: w.deliveries, what: what, left: 2}
					w.deliveries = lost
					return w
				})
				r.settled()
				run.end(t)
				require.Zero(t, lost.left)
				require.ElementsMatch(t, causes, r.causes())
				require.Equal(t, []string{"mapped", "mapped", "mapped"}, r.decided("a", causes...))
			})
		})
	}
}

// losing loses the first publishes.
type losing struct {
	deliveries
	what string
	left int
}

func (l *losing) Publish(ctx context.Context, msgs []*nats.Msg) []jet.Ack {
	if l.left == 0 {
		return l.deliveries.Publish(ctx, msgs)
	}
	l.left--
	switch l.what {
	case "reply":
		l.deliveries.Publish(ctx, msgs)
	case "late":
		time.AfterFunc(10*time.Millisecond, func() { l.deliveries.Publish(context.WithoutCancel(ctx), msgs) })
	}
	acks := make([]jet.Ack, len(msgs))
	for i := range acks {
		acks[i].Err = errChaos
	}
	return acks
}
