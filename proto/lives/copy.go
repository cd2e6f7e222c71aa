package lives

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
)

// Until returns the life moved in time so that its newest change happens at the given time, which must be what the clocks of the
// server and the mapper say that are to decide as the table has it. All other times, and the sequences, keep their distance. Bodies that cannot be decoded stay as they are.
func (l Life) Until(at time.Time) []Event {
	return l.rewrite(copied{shift: l.shift(at)})
}

// As returns the life as another order of another shop, moved in time as by Until. n tells the copies of one shop apart: event ids,
// reference and transaction ids follow from it. The further orders of a life that has several are <order>-2 and so on. The instance follows
// from the shop; the instance of a clone stays another one. What cannot be decoded, or is no id, is hostile and stays as it is.
func (l Life) As(shop, order string, at time.Time, n int) []Event {
	c := copied{shift: l.shift(at), shops: map[string]string{}, orders: map[string]string{}, instances: map[string]string{}}
	ids, references, transactions := map[string]string{}, map[string]string{}, map[string]string{}
	for _, e := range l.Events {
		if isID(e.Shop) && e.Shop == strings.ToLower(e.Shop) {
			c.shops[e.Shop] = shop
		}
		if e.Order != testOrder {
			number(c.orders, e.Order, order)
		}
		m, err := decode(e.Data)
		if err != nil {
			continue
		}
		if in := m.GetInstance(); len(c.instances) == 0 && isID(in) {
			c.instances[in] = instance(shop)
		}
		if id := m.GetId(); id != "" {
			if _, known := ids[id]; !known {
				ids[id] = id[:1] + strconv.Itoa(n*100+len(ids))
			}
		}
		number(references, m.GetOrder().GetReference(), letters(n))
		for _, p := range m.GetOrder().GetPayments() {
			number(transactions, p.GetTransactionId(), fmt.Sprintf("oa-%012d", n))
		}
	}
	c.ids, c.references, c.transactions = ids, references, transactions
	return l.rewrite(c)
}

// testOrder is the order token of a TEST event.
const testOrder = "test"

// copied says what becomes of the values of a life in its copy; a value that is not in a map stays.
type copied struct {
	shift                                                   time.Duration
	shops, orders, instances, ids, references, transactions map[string]string
}

// shift is how far the life must be moved for its newest change to happen at the given time, in whole microseconds.
func (l Life) shift(at time.Time) time.Duration {
	var newest time.Time
	for _, e := range l.Events {
		if m, err := decode(e.Data); err == nil && m.GetOccurredAt() != nil && m.GetOccurredAt().AsTime().After(newest) {
			newest = m.GetOccurredAt().AsTime()
		}
	}
	if newest.IsZero() {
		return 0
	}
	return at.Sub(newest).Truncate(time.Microsecond)
}

func (l Life) rewrite(c copied) []Event {
	events := make([]Event, len(l.Events))
	for i, e := range l.Events {
		events[i] = c.event(e)
	}
	return events
}

func (c copied) event(e Event) Event {
	e.Shop, e.Order = renamed(c.shops, e.Shop), renamed(c.orders, e.Order)
	e.Headers = maps.Clone(e.Headers)
	m, err := decode(e.Data)
	if err != nil {
		return e
	}
	c.message(m)
	e.Data = padded(encode(m), e.pad)
	if !e.custom {
		e.Headers = headers(m)
	}
	if e.Expect.Body != nil {
		var o openapp
		if err := json.Unmarshal(e.Expect.Body, &o); err != nil {
			panic(fmt.Sprintf("lives: read the body expected of event %s: %v", m.GetId(), err))
		}
		o.OrderID, o.ShopOrderID = renamed(c.transactions, o.OrderID), renamed(c.references, o.ShopOrderID)
		e.Expect.Body = o.encode()
	}
	return e
}

func (c copied) message(m *orderwirev1.OrderStatusChanged) {
	m.Id, m.Shop, m.Instance = renamed(c.ids, m.GetId()), renamed(c.shops, m.GetShop()), renamed(c.instances, m.GetInstance())
	// A sequence that is none, as in a hostile event, must stay none.
	if s := m.GetSequence(); s > 1e14 && s < 1e16 {
		m.Sequence = s + c.shift.Microseconds()
	}
	move := func(t *timestamppb.Timestamp) *timestamppb.Timestamp {
		if t == nil {
			return nil
		}
		return timestamppb.New(t.AsTime().Add(c.shift))
	}
	m.OccurredAt = move(m.GetOccurredAt())
	if o := m.GetOrder(); o != nil {
		o.Id, o.Reference, o.CreatedAt = renamed(c.orders, o.GetId()), renamed(c.references, o.GetReference()), move(o.GetCreatedAt())
		for _, p := range o.GetPayments() {
			p.TransactionId, p.Date = renamed(c.transactions, p.GetTransactionId()), move(p.GetDate())
		}
	}
}

func renamed(names map[string]string, name string) string {
	if to, ok := names[name]; ok {
		return to
	}
	return name
}

// number gives the first name the new one as it is, and each further one with its number. A name that is no id is empty or hostile, and stays.
func number(names map[string]string, name, to string) {
	if _, known := names[name]; known || !isID(name) {
		return
	}
	if k := len(names); k > 0 {
		to += "-" + strconv.Itoa(k+1)
	}
	names[name] = to
}

// letters writes n as nine letters, the form of a PrestaShop reference.
func letters(n int) string {
	b := []byte("AAAAAAAAA")
	for i := len(b) - 1; i >= 0 && n > 0; i-- {
		b[i] = byte('A' + n%26)
		n /= 26
	}
	return string(b)
}

// instance is what a shop's installation calls itself: the same for all lives of one shop.
func instance(shop string) string {
	h := sha256.Sum256([]byte("instance of " + shop))
	return hex.EncodeToString(h[:8])
}

func isID(s string) bool {
	if s == "" || len(s) > 64 {
		return false
	}
	for _, c := range []byte(s) {
		if c != '-' && c != '_' && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
			return false
		}
	}
	return true
}
