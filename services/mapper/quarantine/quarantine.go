package quarantine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"google.golang.org/protobuf/proto"

	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/internal/jet"
	"github.com/orderwire/orderwire/services/internal/topology"
)

const (
	// recount is how often a shop that has reached its limit is counted again.
	recount = time.Minute
	// maxShops bounds the counts. Shops are many only when somebody makes names up.
	maxShops = 10_000
	// codeTooLarge is the server's answer to a message that is larger than the stream takes (JSStreamMessageExceedsMaximumErr).
	codeTooLarge = 10054
)

// Letters is DEAD_LETTERS, as far as it is used here.
type Letters interface {
	// Publish stores the messages and says what became of each. One that is too large (nats.ErrMaxPayload) must not keep others back.
	Publish(ctx context.Context, msgs []*nats.Msg) []jet.Ack
	// Last reads the last message of a subject from the leader; nil when there is none.
	Last(ctx context.Context, subject string) (*jet.Stored, error)
	// Count counts the messages of a filter.
	Count(ctx context.Context, filter string) (int, error)
}

// Quarantine is not safe for concurrent use.
type Quarantine struct {
	letters Letters
	counts  map[string]*count
}

type count struct {
	n  int
	at time.Time
}

// New returns a quarantine that counts a shop's letters when it first has one.
func New(letters Letters) *Quarantine {
	return &Quarantine{letters: letters, counts: map[string]*count{}}
}

// Kept says what became of one letter: the zero value is kept.
type Kept struct {
	// Not says why the letter was not kept; empty when it was.
	Not string
}

// Keep stores the letters, and returns what became of each. The error is a fault: ask again with the same letters.
func (q *Quarantine) Keep(ctx context.Context, letters []*orderwirev1.DeadLetter) ([]Kept, error) {
	kept := make([]Kept, len(letters))
	var sent []letter
	var msgs []*nats.Msg
	planned := map[string]int{}
	for i, l := range letters {
		c, err := q.count(ctx, l.GetShop())
		if err != nil {
			return nil, err
		}
		if c.n+planned[l.GetShop()] >= topology.MaxDeadPerShop {
			kept[i].Not = fmt.Sprintf("the shop has %d refused entries in %s already", topology.MaxDeadPerShop, topology.DeadLetters)
			continue
		}
		data, err := proto.Marshal(l)
		if err != nil {
			return nil, fmt.Errorf("keep entry %d: %w", l.GetCause(), err)
		}
		m := &nats.Msg{Subject: topology.DeadSubject("", l.GetShop(), l.GetOrder(), l.GetCause()), Data: data}
		jet.ExpectLast(m, 0)
		sent, msgs = append(sent, letter{at: i, subject: m.Subject, entry: l.GetEntry(), count: c}), append(msgs, m)
		planned[l.GetShop()]++
	}
	for j, a := range q.letters.Publish(ctx, msgs) {
		not, err := q.outcome(ctx, sent[j], a.Err)
		if err != nil {
			return nil, fmt.Errorf("keep entry %d: %w", letters[sent[j].at].GetCause(), err)
		}
		kept[sent[j].at].Not = not
	}
	return kept, nil
}

// letter is one that was published.
type letter struct {
	at      int
	subject string
	entry   *orderwirev1.RawEntry
	count   *count
}

// outcome says why a letter was not kept, or "" when it was.
func (q *Quarantine) outcome(ctx context.Context, l letter, refusal error) (not string, err error) {
	if refusal == nil {
		l.count.n++
		return "", nil
	}
	// It may be there all the same: from an earlier time, or the acknowledgement was lost. A condition that failed is no proof either, since it
	// may have met our own proposal.
	have, err := q.letters.Last(ctx, l.subject)
	switch {
	case err != nil:
		return "", err
	case have != nil && !holds(have, l.entry):
		return "a letter of another " + topology.Orders + " has its number", nil
	case have != nil:
		return "", nil
	case jet.Full(refusal):
		return topology.DeadLetters + " is full", nil
	case TooLarge(refusal):
		return "it is larger than the server takes", nil
	}
	return "", refusal
}

// holds reports whether a stored letter holds the entry. The other one that may lie there has the same sequence in an ORDERS that is no more.
func holds(s *jet.Stored, entry *orderwirev1.RawEntry) bool {
	have := &orderwirev1.DeadLetter{}
	return proto.Unmarshal(s.Data, have) == nil && proto.Equal(have.GetEntry(), entry)
}

// TooLarge reports whether a message was refused, here or by the server, because of its size: it will never be taken.
func TooLarge(err error) bool {
	var api *jet.APIError
	return errors.Is(err, nats.ErrMaxPayload) || errors.As(err, &api) && api.Code == codeTooLarge
}

// count returns how many letters a shop has.
func (q *Quarantine) count(ctx context.Context, shop string) (*count, error) {
	c := q.counts[shop]
	if c != nil && (c.n < topology.MaxDeadPerShop || time.Since(c.at) < recount) {
		return c, nil
	}
	n, err := q.letters.Count(ctx, topology.DeadFilter("", shop))
	if err != nil {
		return nil, fmt.Errorf("count the refused entries of shop %s: %w", shop, err)
	}
	if c == nil && len(q.counts) >= maxShops {
		clear(q.counts)
	}
	c = &count{n: n, at: time.Now()}
	q.counts[shop] = c
	return c, nil
}
