package topology_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/orderwire/orderwire/services/internal/natsd"
	"github.com/orderwire/orderwire/services/internal/natsd/natstest"
	"github.com/orderwire/orderwire/services/internal/topology"
)

func TestMain(m *testing.M) { natstest.Main(m) }

func TestTokenIsReversible(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := string(rapid.SliceOfN(rapid.Byte(), 0, 30).Draw(t, "s"))
		token := topology.Token(s)
		require.NotEmpty(t, token)
		require.False(t, strings.ContainsAny(token, ".*> \t\r\n\x00"), token)
		back, err := topology.Untoken(token)
		require.NoError(t, err)
		require.Equal(t, s, back)
	})
}

func TestUntokenRefusesWhatTokenDoesNotMake(t *testing.T) {
	for _, token := range []string{"", "a.b", "a b", "=4", "=41", "=zz", "a=", "=2e", "=2", "é"} {
		_, err := topology.Untoken(token)
		require.Error(t, err, token)
	}
}

func TestSubjects(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{topology.EventSubject("acme-fr", "6"), "orders.acme-fr.6"},
		{topology.EventSubject("acme", "a.b"), "orders.acme.a=2Eb"},
		{topology.CommandSubject("acme", topology.NoOrder), "command.acme._"},
		{topology.DeliverySubject(3, "openapp@acme", "acme", "6"), "deliver.3.openapp@acme.acme.6"},
		{topology.LaneSubject(3, "erp", "acme", "6"), "dispatch.lane.3.erp.acme.6"},
		{topology.OutcomeSubject("acme", "6", ""), "outcome.acme.6.="},
		{topology.OutcomeFilter("acme", "6"), "outcome.acme.6.*"},
		{topology.OutcomeFilter("acme", ""), "outcome.acme.>"},
		{topology.DeadSubject("erp", "acme", "6", 9), "dead.erp.acme.6.9"},
		{topology.DeadSubject("", "*", ">", 9), "dead._.=2A.=3E.9"},
		{topology.DeadFilter("", "acme"), "dead._.acme.>"},
		{strings.Join(topology.EntryFilters(2, []int{0, 1}), " "), "orders.> command.>"},
		{strings.Join(topology.EntryFilters(16, []int{0, 3}), " "), "orders.0.*.* command.0.*.* orders.*.* command.*.* orders.3.*.* command.3.*.*"},
		{strings.Join(topology.DeliveryFilters(16, []int{0, 3}), " "), "deliver.0.> deliver.3.>"},
	} {
		require.Equal(t, c.want, c.got)
	}
	k, err := topology.ParseDelivery("deliver.3.openapp@acme.acme.a=2Eb")
	require.NoError(t, err)
	require.Equal(t, topology.Key{P: 3, Destination: "openapp@acme", Shop: "acme", Order: "a.b"}, k)
	k, err = topology.ParseLane("dispatch.lane.3.erp.acme.6")
	require.NoError(t, err)
	require.Equal(t, topology.Key{P: 3, Destination: "erp", Shop: "acme", Order: "6"}, k)
	for _, bad := range []string{"", "deliver.x.a.b.c", "deliver.1.a.b", "deliver.1.a.b.c.d", "deliver.1.a.b.=", "deliver.-1.a.b.c", "orders.1.a.b.c"} {
		_, err := topology.ParseDelivery(bad)
		if bad == "deliver.1.a.b.=" { // an empty order
			require.NoError(t, err)
			continue
		}
		require.Error(t, err, bad)
	}
}

func TestParseEntry(t *testing.T) {
	for subject, want := range map[string]topology.Entry{
		"orders.5.acme.6":  {P: 5, Kind: topology.EntryEvent, Shop: "acme", Order: "6"},
		"command.5.acme._": {P: 5, Kind: topology.EntryCommand, Shop: "acme", Order: "_"},
		"orders.acme.*":    {Kind: topology.EntryEvent, Shop: "acme", Order: "*", Literal: true},
	} {
		got, err := topology.ParseEntry(subject)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	for _, bad := range []string{"", "orders", "orders.x.acme.6", "orders.1.a.b.c", "deliver.1.a.b"} {
		_, err := topology.ParseEntry(bad)
		require.Error(t, err, bad)
	}
}

// The server decides which partition an entry belongs to; topology.Partition must agree.
func TestPartitionIsTheServers(t *testing.T) {
	_, nc, js := natstest.Pipeline(t)
	for i := range 200 {
		shop, order := fmt.Sprintf("shop-%d", i%7), fmt.Sprint(i*i)
		_, err := js.Publish(t.Context(), topology.EventSubject(shop, order), []byte("x"))
		require.NoError(t, err)
		m, err := nc.Request("$JS.API.STREAM.MSG.GET."+topology.Orders, fmt.Appendf(nil, `{"seq":%d}`, i+1), nats.DefaultTimeout)
		require.NoError(t, err)
		want := fmt.Sprintf("orders.%d.%s.%s", topology.Partition(topology.DefaultPartitions, shop, order), shop, order)
		require.Contains(t, string(m.Data), fmt.Sprintf("%q", want))
	}
}

func TestNobodyPublishesToAPartitionDirectly(t *testing.T) {
	_, _, js := natstest.Pipeline(t)
	_, err := js.Publish(t.Context(), "orders.5.acme.6", []byte("x"))
	require.Error(t, err)
}

func TestEnsure(t *testing.T) {
	_, _, js := natstest.Pipeline(t)
	report, err := topology.Ensure(t.Context(), js, natstest.Small())
	require.NoError(t, err)
	require.Empty(t, report.Created)
	require.Empty(t, report.Drift, "a second call finds nothing to say")
	require.NoError(t, topology.Check(t.Context(), js, topology.DefaultPartitions))

	other := natstest.Small()
	other.Partitions = 8
	_, err = topology.Ensure(t.Context(), js, other)
	require.ErrorContains(t, err, "ORDERWIRE_PARTITION_COUNT=16")
	require.ErrorContains(t, topology.Check(t.Context(), js, 8), "ORDERWIRE_PARTITION_COUNT=16")

	s, err := js.Stream(t.Context(), topology.Outcomes)
	require.NoError(t, err)
	cfg := s.CachedInfo().Config
	cfg.MaxAge, cfg.AllowDirect = topology.OutcomesMaxAge/2, false
	_, err = js.UpdateStream(t.Context(), cfg)
	require.NoError(t, err)
	report, err = topology.Ensure(t.Context(), js, natstest.Small())
	require.NoError(t, err)
	require.Len(t, report.Drift, 2)
	require.Equal(t, "stream OUTCOMES: max_age is 360h0m0s, expected 720h0m0s. Try: nats stream edit OUTCOMES --max-age=720h0m0s", report.Drift[0].String())

	require.NoError(t, js.DeleteStream(t.Context(), topology.State))
	require.ErrorContains(t, topology.Check(t.Context(), js, topology.DefaultPartitions), "orderwire stream ensure")
}

func TestEnsureSaysWhenThereIsNoRoom(t *testing.T) {
	s, err := natsd.Start(natsd.Options{Dir: natstest.Dir(t), MaxBytes: 300 << 20})
	require.NoError(t, err)
	t.Cleanup(s.Stop)
	nc, js := natstest.Connect(t, s)
	t.Cleanup(nc.Close)
	_, err = topology.Ensure(t.Context(), js, topology.Config{})
	require.ErrorContains(t, err, "the server has no room for it")
	require.ErrorContains(t, err, "max_bytes 1024 MiB")
}

func TestConfigIsChecked(t *testing.T) {
	for _, c := range []struct {
		cfg  topology.Config
		want string
	}{
		{topology.Config{Replicas: 2}, "1 or 3"},
		{topology.Config{Partitions: 1000}, "between 1 and 256"},
		{topology.Config{MaxBytes: map[string]int64{"ORDERS": 5}}, "at least 1 MiB"},
	} {
		require.ErrorContains(t, c.cfg.WithDefaults().Validate(), c.want)
	}
	require.ErrorContains(t, topology.Config{Replicas: 1, Partitions: 1, MaxBytes: map[string]int64{"NOPE": 1 << 20}}.Validate(), "no such stream")
}

func TestDeliveriesOutliveOrders(t *testing.T) {
	require.Greater(t, topology.DeliveriesMaxAge, topology.OrdersMaxAge)
}
