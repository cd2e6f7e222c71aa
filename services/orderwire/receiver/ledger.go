package receiver

import (
	"hash/maphash"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// arrival is one right request.
type arrival struct {
	order    string
	sequence int64
	ranked   bool // the sequence is only the status's rank
	id       string
	attempt  int
	body     fulfillment
	at       time.Time
}

// arrivalOf names the order and the delivery by the sender's headers, or, where there are none, by what the API itself knows.
func arrivalOf(req *http.Request, body fulfillment, at time.Time) arrival {
	a := arrival{order: req.Header.Get("Orderwire-Order"), id: req.Header.Get("Webhook-Id"), body: body, at: at}
	a.attempt, _ = strconv.Atoi(req.Header.Get("Orderwire-Attempt"))
	n, err := strconv.ParseInt(req.Header.Get("Orderwire-Sequence"), 10, 64)
	if err == nil && a.order != "" {
		a.sequence = n
		if a.id == "" {
			a.id = a.order + "#" + strconv.FormatInt(n, 10)
		}
		return a
	}
	a.order = body.oaOrderID + "/" + body.shopOrderID
	a.sequence, a.ranked = rank(body.status), true
	a.id = a.order + "#" + body.status
	return a
}

// ledger is what the receiver knows of every order.
type ledger struct {
	attempts int // that let a sender give up
	seed     maphash.Seed
	shards   [shards]ledgerShard
}

type ledgerShard struct {
	mu         sync.Mutex
	orders     map[string]*order
	taken      []Taken
	duplicates int
	late       int
	violations []Violation
}

type order struct {
	entries []*entry // few: found by looking through
	highest int64    // sequence taken
}

// entry is one delivery of an order.
type entry struct {
	id       string
	sequence int64
	ranked   bool
	tries    int
	taken    bool
	over     bool // refused for good
	violated bool
}

func newLedger(attempts int) *ledger {
	l := &ledger{attempts: attempts, seed: maphash.MakeSeed()}
	for i := range l.shards {
		l.shards[i].orders = map[string]*order{}
	}
	return l
}

func (l *ledger) shard(order string) *ledgerShard {
	return &l.shards[maphash.String(l.seed, order)%shards]
}

// arrive records an attempt and judges its place in the order. It returns how often the delivery has come, this time included.
func (l *ledger) arrive(a arrival) int {
	s := l.shard(a.order)
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.orders[a.order]
	if o == nil {
		o = &order{}
		s.orders[a.order] = o
	}
	e := o.find(a.id)
	if e == nil {
		e = &entry{id: a.id, sequence: a.sequence, ranked: a.ranked}
		if kind := o.judge(e, l.attempts); kind != "" {
			e.violated = true
			s.violations = append(s.violations, Violation{Kind: kind, Order: a.order, ID: a.id, Sequence: a.sequence, At: a.at})
		}
		o.entries = append(o.entries, e)
	}
	e.tries++
	return e.tries
}

func (o *order) find(id string) *entry {
	for _, e := range o.entries {
		if e.id == id {
			return e
		}
	}
	return nil
}

// judge says what a delivery that comes for the first time breaks.
func (o *order) judge(e *entry, attempts int) ViolationKind {
	if o.highest > e.sequence {
		return Below
	}
	for _, older := range o.entries {
		open := !older.taken && !older.over && older.tries < attempts
		switch {
		case older.sequence == e.sequence && !e.ranked: // of two statuses of one rank neither comes first
			return TwoIDs
		case older.sequence < e.sequence && open:
			return Early
		}
	}
	return ""
}

// refused records an answer that may be final.
func (l *ledger) refused(a arrival, code int) {
	if !final(code) {
		return
	}
	s := l.shard(a.order)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.orders[a.order].find(a.id).over = true
}

// final says whether a sender may give a delivery up because of this answer. 404 and 409 are final only after an hour; what counts is
// that a sender is not blamed for stepping on.
func final(code int) bool {
	switch code {
	case http.StatusUnauthorized, http.StatusPaymentRequired, http.StatusForbidden, http.StatusProxyAuthRequired, http.StatusRequestTimeout, http.StatusGone,
		http.StatusMisdirectedRequest, http.StatusTooEarly, http.StatusUpgradeRequired, http.StatusTooManyRequests:
		return false
	}
	return code/100 == 4 || code == http.StatusNotImplemented
}

// accept takes a delivery, or counts it as a duplicate.
func (l *ledger) accept(a arrival, at time.Time) Taken {
	s := l.shard(a.order)
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.orders[a.order]
	e := o.find(a.id)
	t := Taken{
		At: at, ID: e.id, Order: a.order, Sequence: e.sequence, Attempt: a.attempt, Status: a.body.status, OAOrderID: a.body.oaOrderID,
		ShopOrderID: a.body.shopOrderID, Duplicate: e.taken, Violation: e.violated,
	}
	if e.taken {
		s.duplicates++
		if e.sequence < o.highest {
			s.late++
		}
		return t
	}
	e.taken = true
	o.highest = max(o.highest, e.sequence)
	s.taken = append(s.taken, t)
	return t
}
