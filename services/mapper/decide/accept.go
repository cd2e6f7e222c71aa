package decide

import (
	"errors"
	"fmt"
	"time"

	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/internal/event"
	"github.com/orderwire/orderwire/services/internal/jet"
	"github.com/orderwire/orderwire/services/internal/topology"
)

// ClockTolerance is how far a sequence may lie ahead of the server's time of the entry. One that lies further ahead would make every later event of its
// order stale until then.
const ClockTolerance = 10 * time.Minute

// Accept makes an event of an entry of ORDERS. One that is refused has a decision instead: malformed, or clock (with the event, for the record). Both depend on the
// entry alone, the server's time of it included, so that they come out the same whenever it is read again.
func Accept(entry topology.Entry, s *jet.Stored) (*Event, *Decision) {
	if entry.Literal {
		return nil, malformed(errors.New("the subject holds a wildcard as text"))
	}
	body, err := event.Decode(s.Data, topology.MaxEventBytes)
	if err == nil {
		err = event.Validate(body, entry.Shop, entry.Order)
	}
	if err == nil {
		err = event.CheckHeaders(s.Header, body)
	}
	if err != nil {
		return nil, malformed(err)
	}
	e := &Event{OrderStatusChanged: body, Raw: s.Data, Cause: s.Seq, PublishedAt: s.Time}
	if ahead := e.time().Sub(s.Time); ahead > ClockTolerance {
		return e, &Decision{
			Reason: orderwirev1.Reason_CLOCK, Status: e.Status(),
			Detail: fmt.Sprintf("the sequence lies %s ahead of the server's clock", ahead.Round(time.Second)),
		}
	}
	return e, nil
}

func malformed(err error) *Decision {
	return &Decision{Reason: orderwirev1.Reason_MALFORMED, Detail: err.Error()}
}

// Refused reports whether what was decided so goes to DEAD_LETTERS with its raw bytes.
func Refused(r orderwirev1.Reason) bool {
	switch r {
	case orderwirev1.Reason_MALFORMED, orderwirev1.Reason_WRONG_INSTANCE, orderwirev1.Reason_CLOCK, orderwirev1.Reason_EXPRESSION, orderwirev1.Reason_HISTORY_UNKNOWN:
		return true
	}
	return false
}
