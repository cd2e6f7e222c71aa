package decide

import (
	"fmt"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/internal/config"
	"github.com/orderwire/orderwire/services/internal/event"
	"github.com/orderwire/orderwire/services/internal/topology"
	"github.com/orderwire/orderwire/services/mapper/payload"
)

// HistoryLimit is how old an event may be of which nothing is remembered. It stays an hour below the age at which deliveries are dropped: a newer event that
// was sent has a sequence up to ten minutes ahead of the server's clock.
const HistoryLimit = topology.DeliveriesMaxAge - time.Hour

// Decision is what became of an event, for one destination or (Destination empty) for none.
type Decision struct {
	Reason orderwirev1.Reason
	// Detail is for a person.
	Detail string
	// Destination is the key on subjects.
	Destination                           string
	Route, Status, Target, PreviousTarget string
	// DeliveryID is that of the new delivery (MAPPED), or of the last one (UNCHANGED, STALE).
	DeliveryID string
	// Delivery is what to store; nil unless MAPPED.
	Delivery *orderwirev1.Delivery
}

// Memory returns what is remembered of the last delivery of the event's order to a destination (its key).
type Memory func(destination string) Last

// Decide decides an event for all destinations, in the order of the configuration's routes. Now is the time of deciding by the server's
// clock, whose messages grow old by it.
func Decide(e *Event, cfg *config.Config, memory Memory, now time.Time) []Decision {
	choices := Choices(e, cfg)
	if len(choices) == 0 {
		return []Decision{Unrouted(e)}
	}
	decisions := make([]Decision, len(choices))
	for i, c := range choices {
		decisions[i] = c.Decide(e, memory(c.Destination), now)
	}
	return decisions
}

// Choice is a route that decides for one destination.
type Choice struct {
	Route *config.Route
	// Destination is the key on subjects.
	Destination string
	shop        *config.Shop
}

// Choices returns for each destination the route that decides. There is none for a connection test, or when no route matches.
func Choices(e *Event, cfg *config.Config) []Choice {
	if e.GetKind() == orderwirev1.OrderStatusChanged_TEST {
		return nil
	}
	routes := cfg.Match(e.GetShop(), e.GetPlatform().GetIdShop())
	choices := make([]Choice, 0, len(routes))
	for _, r := range routes {
		if d := cfg.Destinations[r.To]; d != nil {
			choices = append(choices, Choice{Route: r, Destination: d.Key(e.GetShop()), shop: cfg.Shops[e.GetShop()]})
		}
	}
	return choices
}

// Unrouted is the one decision about an event without a choice.
func Unrouted(e *Event) Decision {
	if e.GetKind() == orderwirev1.OrderStatusChanged_TEST {
		return Decision{Reason: orderwirev1.Reason_TEST}
	}
	return Decision{Reason: orderwirev1.Reason_NO_ROUTE, Status: e.Status(), Detail: fmt.Sprintf("no route matches shop %s with id_shop %d", e.GetShop(), e.GetPlatform().GetIdShop())}
}

// Decide decides the event for the destination, on top of the last delivery.
func (c Choice) Decide(e *Event, last Last, now time.Time) Decision {
	d := Decision{Destination: c.Destination, Route: c.Route.Name, Status: e.Status(), PreviousTarget: last.Target}
	var mapped bool
	if d.Target, mapped = c.Route.Target(e.GetCurrent(), c.shop); !mapped {
		d.Reason, d.Detail = orderwirev1.Reason_UNMAPPED, fmt.Sprintf("route %s has no target for status %s", c.Route.Name, describe(e.GetCurrent()))
		return d
	}
	if last.Cause == 0 && now.Sub(e.time()) > HistoryLimit {
		d.Reason = orderwirev1.Reason_HISTORY_UNKNOWN
		d.Detail = fmt.Sprintf("changed at %s, before anything is remembered: a newer status may have been sent already", e.time().UTC().Format(time.RFC3339))
		return d
	}
	id := event.DeliveryID(e.OrderStatusChanged, c.Destination)
	if e.GetSequence() <= last.MaxSequence {
		d.Reason, d.DeliveryID = orderwirev1.Reason_STALE, last.ID
		d.Detail = fmt.Sprintf("sequence %d is not above %d, which was sent", e.GetSequence(), last.MaxSequence)
		if last.ID == id {
			d.Detail = "the same event was sent already"
		}
		return d
	}
	request, missing := payload.Render(payload.Input{Event: e.OrderStatusChanged, Raw: e.Raw, Route: c.Route, Target: d.Target})
	if missing != "" {
		d.Reason, d.Detail = orderwirev1.Reason_MISSING, missing
		return d
	}
	if last.Cause != 0 && !last.Doubtful && Fingerprint(request) == last.Request {
		d.Reason, d.DeliveryID, d.Detail = orderwirev1.Reason_UNCHANGED, last.ID, "the request is the one that was sent last"
		return d
	}
	d.Reason, d.DeliveryID = orderwirev1.Reason_MAPPED, id
	d.Delivery = &orderwirev1.Delivery{
		Id: id, EventId: e.GetId(), Sequence: e.GetSequence(), MaxSequence: max(e.GetSequence(), last.MaxSequence), Cause: e.Cause,
		PublishedAt: timestamppb.New(e.PublishedAt), OccurredAt: e.GetOccurredAt(), Reference: e.GetOrder().GetReference(),
		Route: c.Route.Name, Target: d.Target, PreviousTarget: last.Target, Request: request, Metadata: c.metadata(),
	}
	return d
}

func (c Choice) metadata() map[string]string {
	if c.shop == nil {
		return nil
	}
	return c.shop.Metadata
}

// describe names a status for a person: PS_OS_SHIPPING, or 17 ("Awaiting pickup").
func describe(s *orderwirev1.Status) string {
	if s.GetKey() != "" {
		return s.GetKey()
	}
	return fmt.Sprintf("%d (%q)", s.GetId(), s.GetName())
}
