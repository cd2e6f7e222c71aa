package lives

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
)

// memory is the decisions' rules in their shortest form, for one destination. The table is held against it, and so is each copy of a life.
type memory struct {
	pins   map[string]string
	orders map[string]last
}

type last struct {
	sequence int64
	body     []byte
}

var targets = map[string]string{
	"PS_OS_PAYMENT": "ORDERED", "PS_OS_PREPARATION": "FULFILLED", "PS_OS_SHIPPING": "SHIPPED", "PS_OS_DELIVERED": "DELIVERED", "PS_OS_CANCELED": "CANCELLED_MERCHANT",
}

func (m memory) decide(e Event, ev *orderwirev1.OrderStatusChanged, now time.Time) Expect {
	ahead := time.UnixMicro(ev.GetSequence()).Sub(now)
	if ahead > 10*time.Minute {
		return Expect{Decision: "clock"}
	}
	if _, pinned := m.pins[e.Shop]; !pinned {
		m.pins[e.Shop] = ev.GetInstance()
	}
	before, sent := m.orders[e.Shop+"/"+e.Order]
	target := targets[ev.GetCurrent().GetKey()]
	body := request(ev, target)
	decided := func(reason string) Expect { return Expect{Decision: reason, Target: target} }
	switch {
	case m.pins[e.Shop] != ev.GetInstance():
		return Expect{Decision: "wrong-instance"}
	case ev.GetKind() == orderwirev1.OrderStatusChanged_TEST:
		return Expect{Decision: "test"}
	case target == "":
		return Expect{Decision: "unmapped"}
	case !sent && ahead < -34*24*time.Hour:
		return decided("history-unknown")
	case ev.GetSequence() <= before.sequence:
		return decided("stale")
	case body.OrderID == "" || body.ShopOrderID == "":
		return decided("missing")
	case bytes.Equal(body.encode(), before.body):
		return decided("unchanged")
	}
	m.orders[e.Shop+"/"+e.Order] = last{ev.GetSequence(), body.encode()}
	return Expect{Decision: "mapped", Target: target, Body: body.encode()}
}

func request(ev *orderwirev1.OrderStatusChanged, target string) openapp {
	o := openapp{ShopOrderID: ev.GetOrder().GetReference(), Status: target}
	if p := ev.GetOrder().GetPayments(); len(p) > 0 {
		o.OrderID = p[0].GetTransactionId()
	}
	if c := ev.GetOrder().GetCarrier(); c.GetTrackingNumber() != "" {
		o.Shipping = &openappShipping{c.GetName(), c.GetTrackingNumber(), c.GetTrackingUrl()}
	}
	return o
}

func TestDecisionsFollowTheRules(t *testing.T) {
	now := time.Date(2030, 2, 3, 4, 5, 6, 789_000, time.UTC)
	for name, form := range map[string]func(i int, l Life) []Event{
		"moved":  func(_ int, l Life) []Event { return l.Until(now) },
		"copied": func(i int, l Life) []Event { return l.As("shop-1", fmt.Sprintf("o%d", i), now, i+1) },
	} {
		t.Run(name, func(t *testing.T) {
			m := memory{pins: map[string]string{}, orders: map[string]last{}}
			seen := map[string]int{}
			for i, l := range All() {
				for n, e := range form(i, l) {
					seen[e.Expect.Decision]++
					if e.Expect.Decision == "malformed" {
						continue
					}
					ev, err := decode(e.Data)
					require.NoError(t, err)
					require.Equal(t, e.Expect, m.decide(e, ev, now), "%s, event %d", l.Name, n+1)
				}
			}
			for _, reason := range []string{"mapped", "unchanged", "unmapped", "missing", "stale", "test", "malformed", "wrong-instance", "clock", "history-unknown"} {
				require.NotZero(t, seen[reason], reason)
			}
		})
	}
}
