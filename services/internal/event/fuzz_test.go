package event_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	"github.com/orderwire/orderwire/proto/lives"
	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/internal/event"
	"github.com/orderwire/orderwire/services/internal/topology"
)

// FuzzDecode holds Decode against protojson, whatever it is made of: what it accepts, protojson accepts too, as the same event; its protojson form is
// accepted again; what it refuses, it refuses in a few harmless words.
func FuzzDecode(f *testing.F) {
	for _, l := range lives.All() {
		for _, e := range l.Events {
			if len(e.Data) < 8<<10 { // mutating the large ones finds nothing more
				f.Add(e.Data)
			}
		}
	}
	f.Add([]byte(minimal))
	f.Fuzz(func(t *testing.T, data []byte) {
		ev, err := event.Decode(data, topology.MaxEventBytes)
		agree(t, data, ev, err, new(orderwirev1.OrderStatusChanged), func(b []byte) (proto.Message, error) { return event.Decode(b, 16*topology.MaxEventBytes) })
		if err == nil {
			_ = event.Validate(ev, "acme", "7")
			require.NoError(t, event.CheckHeaders(event.Headers(ev), ev))
			require.Len(t, event.DeliveryID(ev, "openapp"), 32)
		}
	})
}

func FuzzDecodeCommand(f *testing.F) {
	f.Add([]byte(accept))
	f.Add([]byte(`{"acceptInstance":{},"acceptInstance":null}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		cmd, err := event.DecodeCommand(data, topology.MaxEventBytes)
		agree(t, data, cmd, err, new(orderwirev1.Command), func(b []byte) (proto.Message, error) { return event.DecodeCommand(b, 16*topology.MaxEventBytes) })
	})
}

func agree(t *testing.T, data []byte, got proto.Message, err error, oracle proto.Message, again func([]byte) (proto.Message, error)) {
	t.Helper()
	if err != nil {
		requireHarmless(t, err)
		return
	}
	require.NoError(t, protojson.Unmarshal(data, oracle))
	requireSame(t, oracle, got)
	form, err := protojson.Marshal(got)
	require.NoError(t, err)
	back, err := again(form)
	require.NoError(t, err)
	requireSame(t, got, back)
}

func requireSame(t *testing.T, want, got proto.Message) {
	t.Helper()
	require.Empty(t, cmp.Diff(want, got, protocmp.Transform()))
}
