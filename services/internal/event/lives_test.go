package event_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"github.com/orderwire/orderwire/proto/lives"
	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/internal/event"
	"github.com/orderwire/orderwire/services/internal/topology"
)

// read does what the mapper does with an entry before it decides anything.
func read(e lives.Event) (*orderwirev1.OrderStatusChanged, error) {
	ev, err := event.Decode(e.Data, topology.MaxEventBytes)
	if err != nil {
		return nil, err
	}
	if err := event.Validate(ev, e.Shop, e.Order); err != nil {
		return nil, err
	}
	return ev, event.CheckHeaders(e.Headers, ev)
}

func TestEventsOfLives(t *testing.T) {
	now := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, l := range lives.All() {
		for form, events := range map[string][]lives.Event{"as stored": l.Events, "moved": l.Until(now), "copied": l.As("shop-7", "4711", now, 12)} {
			for n, e := range events {
				t.Run(fmt.Sprintf("%s/%d/%s", l.Name, n+1, form), func(t *testing.T) {
					ev, err := read(e)
					if e.Expect.Decision != "malformed" {
						require.NoError(t, err)
						require.Equal(t, event.Headers(ev), nats.Header(e.Headers))
						return
					}
					var bad *event.Error
					require.ErrorAs(t, err, &bad)
					requireHarmless(t, err)
					if form == "as stored" && e.Expect.FieldKnown {
						require.Equal(t, e.Expect.Field, bad.Field, bad.Problem)
					}
				})
			}
		}
	}
}

// requireHarmless holds an error against the promise that it can be logged and shown.
func requireHarmless(t *testing.T, err error) {
	t.Helper()
	var bad *event.Error
	require.ErrorAs(t, err, &bad)
	require.LessOrEqual(t, len(bad.Field), 80)
	require.LessOrEqual(t, len(bad.Problem), 240)
	for _, c := range err.Error() {
		require.True(t, ' ' <= c && c <= '~', "%q", err.Error())
	}
}
