package event_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/internal/event"
)

func TestDeliveryID(t *testing.T) {
	type in struct {
		shop, order, id string
		sequence        int64
		created         time.Time
		destination     string
	}
	created := time.Date(2026, 11, 20, 9, 12, 4, 0, time.UTC)
	seen := map[string]string{}
	for _, c := range []struct {
		name string
		in   in
		want string // made with another implementation; empty where it is enough that it differs
	}{
		{"plain", in{"acme-pl", "101", "h1001", 1795165924152307, created, "openapp"}, "5b0059627a34f4192392c2b8f0e2b457"},
		{"without a time", in{"acme-pl", "101", "h1001", 1795165924152307, time.Time{}, "openapp"}, "99d6fbab813198821adfc0f797c4ae53"},
		{"per shop", in{"acme-pl", "101", "h1001", 1795165924152307, created, "openapp@acme-pl"}, ""},
		{"another sequence", in{"acme-pl", "101", "h1001", 1795165924152308, created, "openapp"}, ""},
		{"another time", in{"acme-pl", "101", "h1001", 1795165924152307, created.Add(time.Nanosecond), "openapp"}, ""},
		{"the time 0", in{"acme-pl", "101", "h1001", 1795165924152307, time.Unix(0, 0), "openapp"}, ""},
		{"before 1970", in{"acme-pl", "101", "h1001", 1795165924152307, time.Unix(-1, 0), "openapp"}, ""},
		{"a border moved", in{"acme-pl1", "01", "h1001", 1795165924152307, created, "openapp"}, ""},
		{"another border moved", in{"acme-pl", "101h", "1001", 1795165924152307, created, "openapp"}, ""},
		{"all borders gone", in{"acme-pl101h1001openapp", "", "", 1795165924152307, created, ""}, ""},
		{"nothing", in{}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			ev := &orderwirev1.OrderStatusChanged{Shop: c.in.shop, Id: c.in.id, Sequence: c.in.sequence, Order: &orderwirev1.Order{Id: c.in.order}}
			if !c.in.created.IsZero() {
				ev.Order.CreatedAt = timestamppb.New(c.in.created)
			}
			got := event.DeliveryID(ev, c.in.destination)
			require.Regexp(t, "^[0-9a-f]{32}$", got)
			require.Empty(t, seen[got], "the same as this one")
			seen[got] = c.name
			if c.want != "" {
				require.Equal(t, c.want, got)
			}
			// What is said about the order, and not which order it is, makes no difference.
			ev.Order.Reference, ev.Instance, ev.Current = "X", "y", &orderwirev1.Status{Id: 2}
			require.Equal(t, got, event.DeliveryID(ev, c.in.destination))
		})
	}
}
