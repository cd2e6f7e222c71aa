package lives

import (
	"fmt"
	"slices"
	"strings"
)

// Life is what one order, or several of one cart, sent in its time.
type Life struct {
	Name string
	// About says what is special about it.
	About string
	// Recorded lives hold the values of a real shop; what no record shows is filled in, as README.md lists. All others are constructed.
	Recorded bool
	// Hostile lives hold events that no honest module sends.
	Hostile bool
	Events  []Event
}

// Event is one message of a shop, and what is to become of it.
type Event struct {
	// Shop and Order are the tokens of the subject, as they are: a hostile one is not escaped.
	Shop, Order string
	// Headers are the message's headers; it converts to a nats.Header.
	Headers map[string][]string
	Data    []byte
	Expect  Expect

	// custom: the headers do not follow from the body.
	custom bool
	// pad is the size that Data is filled up to with blanks; 0 means not at all.
	pad int
}

// Expect is what the default OpenApp mapping makes of an event.
type Expect struct {
	// Decision is the name of a Reason in lower case with hyphens, such as wrong-instance.
	Decision string
	// Target is the status in OpenApp's words; empty when the event has none.
	Target string
	// Body is the request's body, byte for byte; nil unless the decision is mapped.
	Body []byte
	// Field is what a malformed event's error names: the path of a field, or a header; empty when it is the body as a whole. FieldKnown is
	// false where the table does not say.
	Field      string
	FieldKnown bool
}

// Subject is where the message is published: orders.<shop>.<order>, with the tokens as they are.
func (e Event) Subject() string { return "orders." + e.Shop + "." + e.Order }

// All returns every life as it lies in the files: recorded ones first, then constructed, then hostile. Its times are in November 2026, so that
// at another time some are decided otherwise; Until moves them. The slices of bytes are shared and must not be written to.
func All() []Life {
	all := slices.Clone(table())
	for i := range all {
		all[i].Events = slices.Clone(all[i].Events)
	}
	return all
}

// Named returns one life; it panics when there is none of that name.
func Named(name string) Life {
	all := All()
	var names []string
	for _, l := range all {
		if l.Name == name {
			return l
		}
		names = append(names, l.Name)
	}
	panic(fmt.Sprintf("lives: there is no life %q; there are %s", name, strings.Join(names, ", ")))
}
