package mapper

import (
	"bytes"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protojson"

	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/internal/config"
	"github.com/orderwire/orderwire/services/internal/event"
	"github.com/orderwire/orderwire/services/internal/natsd/natstest"
	"github.com/orderwire/orderwire/services/internal/record"
	"github.com/orderwire/orderwire/services/internal/topology"
	"github.com/orderwire/orderwire/services/mapper/decide"
)

// What a shop can publish beyond the lives of the table: each ends in DEAD_LETTERS byte for byte, and the good event behind it is delivered.
func TestHostileEntries(t *testing.T) {
	deep := bytes.Repeat([]byte("["), 100_000)
	for name, m := range map[string]*nats.Msg{
		"wildcard as text":           {Subject: "orders.acme.*"},
		"rest wildcard as text":      {Subject: "orders.acme.>"},
		"both wildcards as text":     {Subject: "orders.*.*"},
		"long order":                 {Subject: "orders.acme." + strings.Repeat("x", 3500)},
		"long order, all escaped":    {Subject: "orders.acme." + strings.Repeat("%", 3500)},
		"long shop":                  {Subject: "orders." + strings.Repeat("{", 3500) + ".7"},
		"no UTF-8":                   {Subject: "orders.acme.\xff\xfe\x80"},
		"control bytes":              {Subject: "orders.acme.\x01\x1b[31m\x7f"},
		"escapes of ours":            {Subject: "orders.acme.=2A"},
		"looks like a record's name": {Subject: "orders.acme.@0123456789abcdef0123"},
		"as large as ORDERS takes":   {Subject: "orders.acme.7", Data: bytes.Repeat([]byte{0xff}, topology.MaxEntryBytes-200)},
		"deep":                       {Subject: "orders.acme.7", Data: deep},
		"headers of ours":            {Subject: "orders.acme.7", Header: nats.Header{"Status": {"404"}, "Nats-Sequence": {"1"}, "Nats-UpTo-Sequence": {"x"}, "ce-id": {"a", "b"}}},
		"header that is no UTF-8":    {Subject: "orders.acme.7", Header: nats.Header{"x": {"\xff\xfe"}}},
		"empty with headers":         {Subject: "orders.acme.7", Header: nats.Header{"Status": {"100"}}, Data: []byte{}},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, small(4), func(r *rig) {
				run := r.start(Config{Configuration: fixed(t, twoTargets)}, nil)
				s := &shop{rig: r}
				if m.Data == nil {
					m.Data = []byte("\x00\xff hostile")
				}
				seq := r.publish(m.Subject, m.Header, m.Data)
				good := s.send("7", "P", nil)
				stored := r.all(topology.Orders)[0]
				r.settled()
				run.end(t)
				require.Equal(t, []uint64{good}, r.causes())
				letters := r.letters()
				require.Len(t, letters, 1)
				l := letters[0]
				require.Equal(t, orderwirev1.Reason_MALFORMED, l.GetReason())
				require.Equal(t, seq, l.GetCause())
				require.True(t, bytes.Equal(m.Data, l.GetEntry().GetData()))
				if utf8.ValidString(m.Subject) {
					require.Equal(t, stored.Subject, l.GetEntry().GetSubject())
				}
				got := nats.Header{}
				for _, h := range l.GetEntry().GetHeaders() {
					got[h.GetName()] = append(got[h.GetName()], string(h.GetValue()))
				}
				for k, v := range stored.Header {
					require.Equal(t, v, got[text(k)])
				}
				o := r.records()[record.DecisionID(seq, "")]
				require.Equal(t, orderwirev1.Reason_MALFORMED, o.GetReason())
				require.Equal(t, l.GetOrder(), o.GetOrder())
				require.NotEmpty(t, o.GetDetail())
				r.forgets(l.GetShop(), l.GetOrder(), seq)
			})
		})
	}
}

// forgets checks that the letter lies where its shop and order say.
func (r *rig) forgets(shop, order string, seq uint64) {
	r.Helper()
	for _, s := range r.all(topology.DeadLetters) {
		require.Equal(r, topology.DeadSubject("", shop, order, seq), s.Subject)
	}
}

// Headers that no client can read are as good as none: the body decides. Our own client does not send such; a socket does.
func TestHeadersThatCannotBeRead(t *testing.T) {
	server := natstest.Listen(t)
	nc, js := natstest.Connect(t, server)
	defer nc.Close()
	natstest.Streams(t, js, small(1))
	r := &rig{TB: t, server: server, nc: nc, js: js, partitions: 1}
	defer r.abandon()
	run := r.start(Config{Configuration: fixed(t, twoTargets)}, nil)
	e := (&shop{rig: r}).event("7", "P", nil)
	data, err := protojson.Marshal(e)
	require.NoError(t, err)

	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(server.URL(), "nats://"))
	require.NoError(t, err)
	defer conn.Close()
	header := "NATS/1.0\r\nno colon, \xff\r\n\r\n"
	_, err = fmt.Fprintf(conn, "CONNECT {\"verbose\":false,\"headers\":true}\r\nHPUB %s %d %d\r\n%s%s\r\n", topology.EventSubject("acme", "7"), len(header), len(header)+len(data), header, data)
	require.NoError(t, err)
	natstest.Eventually(t, func() bool { return len(r.causes()) == 1 }, "the event is delivered")
	run.end(t)
}

func TestClockAndHistory(t *testing.T) {
	bubble(t, small(1), func(r *rig) {
		s := &shop{rig: r}
		at := func(d time.Duration) func(*orderwirev1.OrderStatusChanged) {
			return func(e *orderwirev1.OrderStatusChanged) { e.Sequence = time.Now().Add(d).UnixMicro() }
		}
		run := r.start(Config{Configuration: fixed(t, twoTargets)}, nil)
		causes := []uint64{
			s.send("1", "P", at(decide.ClockTolerance+time.Second)), s.send("1", "P", at(decide.ClockTolerance-time.Second)), s.send("1", "P", nil),
			s.send("2", "P", at(-decide.HistoryLimit-time.Minute)), s.send("2", "P", at(-decide.HistoryLimit+time.Minute)), s.send("2", "R", at(-decide.HistoryLimit-time.Minute)),
		}
		r.settled()
		run.end(t)
		require.Equal(t, []string{"unspecified", "mapped", "stale", "history-unknown", "mapped", "stale"}, trimmed(r.decided("a", causes...)))
		require.Equal(t, []string{"clock"}, r.decided("", causes[0]))
		var refused []uint64
		for _, l := range r.letters() {
			refused = append(refused, l.GetCause())
			require.NotEmpty(t, l.GetReference())
		}
		require.Equal(t, []uint64{causes[0], causes[3]}, refused)
	})
}

func trimmed(names []string) []string {
	for i := range names {
		names[i] = strings.TrimPrefix(names[i], "reason-")
	}
	return names
}

// A panic over an event is our mistake, and stops nobody.
func TestPanicRefusesTheEvent(t *testing.T) {
	bubble(t, small(1), func(r *rig) {
		src := fixed(t, twoTargets)
		broken := *src.now.Load()
		broken.Routes = []*config.Route{nil} // what Parse would never give
		src.now.Store(&broken)
		s := &shop{rig: r}
		run := r.start(Config{Configuration: src}, nil)
		first := s.send("7", "P", nil)
		r.settled()
		src.now.Store(parse(t, twoTargets))
		second := s.send("7", "P", nil)
		r.settled()
		run.end(t)
		require.Equal(t, []string{"malformed"}, r.decided("", first))
		require.Equal(t, []string{"mapped"}, r.decided("a", second))
		require.Len(t, r.letters(), 1)
	})
}

// A shop that floods the quarantine is cut off there, and other shops are served.
func TestFloodOfRefusals(t *testing.T) {
	bubble(t, small(2), func(r *rig) {
		s := &shop{rig: r}
		var last uint64
		for range topology.MaxDeadPerShop + 20 {
			last = r.publish("orders.mallory.1", nil, []byte("{"))
		}
		good := s.send("7", "P", nil)
		run := r.start(Config{Configuration: fixed(t, twoTargets)}, nil)
		r.settled()
		run.end(t)
		require.Len(t, r.letters(), topology.MaxDeadPerShop)
		require.Equal(t, []uint64{good}, r.causes())
		o := r.records()[record.DecisionID(last, "")]
		require.Contains(t, o.GetDetail(), "no dead letter: the shop has 1000 refused entries")
		require.Contains(t, o.GetDetail(), "ORDERS has the entry as "+itoa(last))
	})
}

func TestNamesOfHostileTokensAreShort(t *testing.T) {
	require.LessOrEqual(t, len(event.RecordName(strings.Repeat("%", 4000))), 64)
}
