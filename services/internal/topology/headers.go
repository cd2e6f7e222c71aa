package topology

import "time"

// Headers of an event, CloudEvents 1.0 in binary mode. Source: CloudEvents NATS protocol binding.
const (
	HeaderCEID        = "ce-id"
	HeaderCEType      = "ce-type"
	HeaderCESource    = "ce-source"
	HeaderCETime      = "ce-time"
	HeaderCESpec      = "ce-specversion"
	HeaderContentType = "content-type"

	// EventType is the value of ce-type.
	EventType = "orderwire.v1.OrderStatusChanged"
	// SpecVersion is the value of ce-specversion.
	SpecVersion = "1.0"
	// ContentJSON is the content type of events.
	ContentJSON = "application/json"
)

// Limits. Sizes are bytes.
const (
	// MaxEventBytes is the largest event that the mapper takes; a larger one that fits into the stream ends in DEAD_LETTERS.
	MaxEventBytes = 64 << 10
	// MaxEntryBytes is the largest entry that ORDERS stores, headers included; a larger one is refused to its publisher.
	MaxEntryBytes = 128 << 10
	// OrdersMaxAge is how long an event can be replayed.
	OrdersMaxAge = 30 * 24 * time.Hour
	// DeliveriesMaxAge is how long a delivery can wait, and how far the mapper's memory reaches. It exceeds OrdersMaxAge, so that no event
	// is decided upon without the deliveries that went before.
	DeliveriesMaxAge = 35 * 24 * time.Hour
	// OutcomesMaxAge is how long decisions and attempts are on record.
	OutcomesMaxAge = 30 * 24 * time.Hour
	// DeadLettersMaxAge is how long a dead letter can be redriven.
	DeadLettersMaxAge = 90 * 24 * time.Hour
	// MaxDeadPerShop is how many log entries of one shop the mapper keeps as dead letters; beyond, only the record.
	MaxDeadPerShop = 1000
	// DeleteMarkerTTL is how long the marker of a deleted lane record stays in STATE.
	DeleteMarkerTTL = time.Minute
)
