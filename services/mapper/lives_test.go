package mapper

import (
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"github.com/orderwire/orderwire/proto/lives"
	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/internal/event"
	"github.com/orderwire/orderwire/services/internal/record"
	"github.com/orderwire/orderwire/services/internal/topology"
	"github.com/orderwire/orderwire/services/mapper/decide"
)

// All lives go through one pipeline: every decision, delivery and dead letter is what the table says.
func TestLives(t *testing.T) {
	bubble(t, small(16), func(r *rig) {
		src := &source{}
		src.now.Store(openApp(t))
		run := r.start(Config{Configuration: src}, nil)
		type sent struct {
			lives.Event
			life string
		}
		entries := map[uint64]sent{}
		for _, l := range lives.All() {
			for _, e := range l.Until(time.Now()) {
				if strings.ContainsAny(e.Order, " ") || e.Order == "" {
					continue // no subject
				}
				entries[r.publish(e.Subject(), nats.Header(e.Headers), e.Data)] = sent{e, l.Name}
			}
		}
		r.settled()
		run.end(t)
		require.Greater(t, len(entries), 100)

		deliveries := map[uint64]*orderwirev1.Delivery{}
		all, subjects := r.deliveries()
		for i, d := range all {
			require.NotContains(t, deliveries, d.GetCause())
			deliveries[d.GetCause()] = d
			e := entries[d.GetCause()]
			require.Equal(t, topology.DeliverySubject(topology.Partition(16, "openapp"), "openapp", e.Shop, e.Order), subjects[i])
		}
		letters := map[uint64]*orderwirev1.DeadLetter{}
		for _, l := range r.letters() {
			letters[l.GetCause()] = l
		}
		records := r.records()
		require.Len(t, records, len(entries))
		for seq, e := range entries {
			destination := "openapp"
			switch e.Expect.Decision {
			case "malformed", "clock", "wrong-instance", "test":
				destination = ""
			}
			o := records[record.DecisionID(seq, destination)]
			require.NotNil(t, o, "%s: %s", e.life, e.Expect.Decision)
			require.Equal(t, e.Expect.Decision, record.ReasonName(o.GetReason()), "%s: %s", e.life, o.GetDetail())
			require.Equal(t, e.Expect.Target, o.GetDecision().GetTarget())
			require.Equal(t, event.RecordName(e.Shop), o.GetShop())
			require.Equal(t, event.RecordName(e.Order), o.GetOrder())
			d := deliveries[seq]
			require.Equal(t, e.Expect.Decision == "mapped", d != nil)
			require.Equal(t, string(e.Expect.Body), string(d.GetRequest().GetBody()))
			l := letters[seq]
			require.Equal(t, decide.Refused(o.GetReason()), l != nil)
			if l != nil {
				require.Equal(t, o.GetReason(), l.GetReason())
				require.Equal(t, e.Data, nilIfEmpty(l.GetEntry().GetData()), e.life)
				headers := map[string][]string{}
				for _, h := range l.GetEntry().GetHeaders() {
					headers[h.GetName()] = append(headers[h.GetName()], string(h.GetValue()))
				}
				if len(e.Headers) > 0 {
					require.Equal(t, e.Headers, headers)
				}
			}
		}
	})
}

func nilIfEmpty(b []byte) []byte {
	if len(b) == 0 {
		return []byte{}
	}
	return b
}
