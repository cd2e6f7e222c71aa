package event_test

import (
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/internal/event"
)

func TestHeaders(t *testing.T) {
	ev := &orderwirev1.OrderStatusChanged{Id: "h1", Shop: "acme", OccurredAt: timestamppb.New(time.Date(2026, 11, 21, 5, 0, 0, 120_000_000, time.UTC))}
	require.Equal(t, nats.Header{
		"ce-specversion": {"1.0"}, "ce-id": {"h1"}, "ce-type": {"orderwire.v1.OrderStatusChanged"}, "ce-source": {"/shops/acme"},
		"ce-time": {"2026-11-21T05:00:00.12Z"}, "content-type": {"application/json"},
	}, event.Headers(ev))
}

func TestCheckHeaders(t *testing.T) {
	ev := &orderwirev1.OrderStatusChanged{Id: "h1", Shop: "acme"}
	for _, c := range []struct {
		name string
		h    nats.Header
		want string
	}{
		{"its own", event.Headers(ev), ""},
		{"none", nil, ""},
		{"unknown ones", nats.Header{"X": {"y"}, "Nats-Msg-Id": {"z"}}, ""},
		{"other letters are another header", nats.Header{"Ce-Id": {"h2"}}, ""},
		{"a time or type of content of its own", nats.Header{"ce-time": {"yesterday"}, "content-type": {"text/plain"}}, ""},
		{"another id", nats.Header{"ce-id": {"h2"}}, `ce-id: "h2" in the header, "h1" by the body`},
		{"an empty id", nats.Header{"ce-id": {""}}, `ce-id: "" in the header, "h1" by the body`},
		{"a second id", nats.Header{"ce-id": {"h1", "h2"}}, `ce-id: "h2" in the header, "h1" by the body`},
		{"another type", nats.Header{"ce-type": {"x\r\ny"}}, `ce-type: "x\r\ny" in the header, "orderwire.v1.OrderStatusChanged" by the body`},
		{"another shop", nats.Header{"ce-source": {"/shops/other"}}, `ce-source: "/shops/other" in the header, "/shops/acme" by the body`},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := event.CheckHeaders(c.h, ev)
			if c.want == "" {
				require.NoError(t, err)
				return
			}
			require.EqualError(t, err, c.want)
			requireHarmless(t, err)
		})
	}
}
