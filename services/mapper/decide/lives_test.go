package decide_test

import (
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"github.com/orderwire/orderwire/proto/lives"
	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/internal/config"
	"github.com/orderwire/orderwire/services/internal/jet"
	"github.com/orderwire/orderwire/services/internal/topology"
	"github.com/orderwire/orderwire/services/mapper/decide"
)

// now is the clock of these tests.
var now = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// openApp is the default mapping.
func openApp(t testing.TB) *config.Config {
	t.Helper()
	yaml, _ := config.Simple(func(string) (string, bool) { return "", false })
	cfg, err := config.Parse("simple", yaml, nil)
	require.NoError(t, err)
	return cfg
}

// pipeline is the mapper without its streams: entries in, decisions out.
type pipeline struct {
	cfg    *config.Config
	seq    uint64
	pins   map[string]string
	memory map[string]decide.Last
}

func newPipeline(cfg *config.Config) *pipeline {
	return &pipeline{cfg: cfg, pins: map[string]string{}, memory: map[string]decide.Last{}}
}

func (p *pipeline) take(e lives.Event) []decide.Decision {
	p.seq++
	entry := topology.Entry{Shop: e.Shop, Order: e.Order, Literal: e.Order == "*" || e.Order == ">"}
	ev, refused := decide.Accept(entry, &jet.Stored{Seq: p.seq, Time: now, Header: nats.Header(e.Headers), Data: e.Data})
	if refused != nil {
		return []decide.Decision{*refused}
	}
	if pinned, ok := p.pins[e.Shop]; ok && pinned != ev.GetInstance() {
		return []decide.Decision{{Reason: orderwirev1.Reason_WRONG_INSTANCE}}
	}
	p.pins[e.Shop] = ev.GetInstance()
	key := func(destination string) string { return destination + "/" + e.Shop + "/" + e.Order }
	all := decide.Decide(ev, p.cfg, func(destination string) decide.Last { return p.memory[key(destination)] }, now)
	for _, d := range all {
		if d.Delivery != nil {
			p.memory[key(d.Destination)] = decide.Remember(d.Delivery)
		}
	}
	return all
}

func name(r orderwirev1.Reason) string {
	return strings.ReplaceAll(strings.ToLower(r.String()), "_", "-")
}

func TestLives(t *testing.T) {
	p := newPipeline(openApp(t))
	for _, l := range lives.All() {
		for n, e := range l.Until(now) {
			all := p.take(e)
			require.Len(t, all, 1, l.Name)
			d := all[0]
			require.Equal(t, e.Expect.Decision, name(d.Reason), "%s %d: %s", l.Name, n+1, d.Detail)
			require.Equal(t, e.Expect.Target, d.Target, "%s %d", l.Name, n+1)
			require.Equal(t, d.Reason == orderwirev1.Reason_MAPPED, d.Delivery != nil)
			require.Equal(t, string(e.Expect.Body), string(d.Delivery.GetRequest().GetBody()), "%s %d", l.Name, n+1)
			switch d.Reason {
			case orderwirev1.Reason_MAPPED:
			case orderwirev1.Reason_MISSING:
				require.Equal(t, "order.payments[0].transactionId", d.Detail)
			case orderwirev1.Reason_MALFORMED:
				require.True(t, decide.Refused(d.Reason))
				if e.Expect.FieldKnown && e.Order != "*" && e.Order != ">" {
					field := e.Expect.Field
					if field == "" {
						field = "body"
					}
					require.True(t, strings.HasPrefix(d.Detail, field+": "), "%s: %s", l.Name, d.Detail)
				}
			}
		}
	}
}

// A destination that takes whole events gets every one that is no older than the last, also those that say nothing new.
func TestLivesAsEvents(t *testing.T) {
	cfg, err := config.Parse("events.yaml", []byte(`
destinations: {erp: {url: https://erp.example.com/in, auth: []}}
routes: [{to: erp, payload: event}]
`), nil)
	require.NoError(t, err)
	p := newPipeline(cfg)
	for _, l := range lives.All() {
		for _, e := range l.Until(now) {
			d := p.take(e)[0]
			switch e.Expect.Decision {
			case "mapped", "unmapped", "missing", "unchanged":
				if l.Name == "late-event" || l.Name == "sent-twice" {
					continue
				}
				require.Equal(t, orderwirev1.Reason_MAPPED, d.Reason, "%s: %s", l.Name, d.Detail)
				require.Equal(t, string(e.Data), string(d.Delivery.GetRequest().GetBody()))
			default:
				require.Equal(t, e.Expect.Decision, name(d.Reason), l.Name)
			}
		}
	}
}
