package demo

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"golang.org/x/time/rate"

	"github.com/orderwire/orderwire/proto/lives"
	"github.com/orderwire/orderwire/services/orderwire/shop"
)

// shopNames are the shops of a demonstration; each publishes over a connection of its own.
var shopNames = []string{"demo-de", "demo-es", "demo-fr", "demo-pl"}

// firstOrder is the number of each shop's first order.
const firstOrder = 1001

// orders deals the example orders out to the shops: recorded and constructed ones, each life as often as it takes.
func orders(n int, seed uint64, now time.Time) map[string][][]lives.Event {
	var honest []lives.Life
	for _, l := range lives.All() {
		if !l.Hostile {
			honest = append(honest, l)
		}
	}
	random := rand.New(rand.NewPCG(seed, 0)) // a demonstration is to be repeatable
	dealt := map[string][][]lives.Event{}
	for i := range n {
		if i%len(honest) == 0 {
			random.Shuffle(len(honest), func(a, b int) { honest[a], honest[b] = honest[b], honest[a] })
		}
		name := shopNames[i%len(shopNames)]
		count := len(dealt[name])
		dealt[name] = append(dealt[name], honest[i%len(honest)].As(name, strconv.Itoa(firstOrder+count), now, count+1))
	}
	return dealt
}

// open is how many orders of a shop are alive at a time.
const open = 5

// interleave mixes the lives of a shop as they would come: each in its order, some at a time.
func interleave(orders [][]lives.Event, random *rand.Rand) (events []lives.Event) {
	var alive [][]lives.Event
	for len(orders) > 0 || len(alive) > 0 {
		for len(alive) < open && len(orders) > 0 {
			alive, orders = append(alive, orders[0]), orders[1:]
		}
		i := random.IntN(len(alive))
		events = append(events, alive[i][0])
		if alive[i] = alive[i][1:]; len(alive[i]) == 0 {
			alive = append(alive[:i], alive[i+1:]...)
		}
	}
	return events
}

// stored is what the shops know afterwards: the sequences that were acknowledged to them, and the decision that each must get.
type stored struct {
	mu       sync.Mutex
	expected map[uint64]string
}

func (s *stored) add(seq uint64, decision string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expected[seq] = decision
}

// publish lets all shops publish at once, each one event after the other, until all are stored. The rate is that of all together.
func publish(ctx context.Context, url string, dealt map[string][][]lives.Event, c Config, s *stored) error {
	limit := rate.NewLimiter(rate.Inf, 1)
	if c.Rate > 0 {
		limit.SetLimit(rate.Limit(c.Rate))
	}
	ended := make(chan error, len(shopNames))
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for i, name := range shopNames {
		if dealt[name] == nil {
			ended <- nil
			continue
		}
		random := rand.New(rand.NewPCG(c.Seed, uint64(i)+1)) // a demonstration is to be repeatable
		go func() { ended <- publishShop(ctx, url, name, interleave(dealt[name], random), limit, s, c.Logger) }()
	}
	var first error
	for range shopNames {
		if err := <-ended; err != nil && first == nil {
			first = err
			cancel()
		}
	}
	return first
}

func publishShop(ctx context.Context, url, name string, events []lives.Event, limit *rate.Limiter, s *stored, log *slog.Logger) error {
	nc, err := nats.Connect(url, nats.Name(name), nats.MaxReconnects(-1))
	if err != nil {
		return fmt.Errorf("connect shop %s: %w", name, err)
	}
	defer nc.Close()
	p, err := shop.New(nc, log)
	if err != nil {
		return err
	}
	defer p.Close()
	for _, e := range events {
		if err := limit.Wait(ctx); err != nil {
			if ctx.Err() == nil { // its turn comes after the deadline
				err = ErrLate
			}
			return fmt.Errorf("publish for shop %s: %w", name, err)
		}
		seq, err := p.Publish(ctx, &nats.Msg{Subject: e.Subject(), Header: nats.Header(e.Headers), Data: e.Data})
		if err != nil {
			return err
		}
		s.add(seq, e.Expect.Decision)
	}
	return nil
}
