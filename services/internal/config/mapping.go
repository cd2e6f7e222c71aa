package config

import orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"

// MappingKind is what a mapping looks at. The lower one decides when several fit.
type MappingKind int

const (
	// ByName looks at the merchant's own name of the status, as the file gives it to the shop.
	ByName MappingKind = iota
	// ByID looks at PrestaShop's id_order_state.
	ByID
	// ByKey looks at the configuration key, such as PS_OS_SHIPPING.
	ByKey
	// ByShipped looks at a flag of the status, as do the following: the one that says most of how far an order is comes first.
	ByShipped
	// ByDelivery looks at the flag delivery.
	ByDelivery
	// ByPaid looks at the flag paid.
	ByPaid
	// ByInvoice looks at the flag invoice.
	ByInvoice
	// ByLogable looks at the flag logable.
	ByLogable
)

var flagKinds = map[string]MappingKind{
	"shipped": ByShipped, "delivery": ByDelivery, "paid": ByPaid, "invoice": ByInvoice, "logable": ByLogable,
}

// Mapping is one entry of a route's statuses.
type Mapping struct {
	Kind MappingKind
	// Status as written: awaiting_pickup, 17, PS_OS_SHIPPING, flag:paid.
	Status string
	// ID of ByID.
	ID uint32
	// Target in the destination's words.
	Target string
}

func (m Mapping) fits(s *orderwirev1.Status, shop *Shop) bool {
	switch m.Kind {
	case ByName:
		if shop == nil {
			return false
		}
		id, ok := shop.Statuses[m.Status]
		return ok && id == s.GetId()
	case ByID:
		return m.ID == s.GetId()
	case ByKey:
		return m.Status == s.GetKey()
	case ByShipped:
		return s.GetShipped()
	case ByDelivery:
		return s.GetDelivery()
	case ByPaid:
		return s.GetPaid()
	case ByInvoice:
		return s.GetInvoice()
	case ByLogable:
		return s.GetLogable()
	default:
		return false
	}
}
