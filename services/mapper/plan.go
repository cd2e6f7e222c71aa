package mapper

import (
	"context"

	"github.com/orderwire/orderwire/services/internal/config"
	"github.com/orderwire/orderwire/services/internal/topology"
	"github.com/orderwire/orderwire/services/mapper/decide"
	"github.com/orderwire/orderwire/services/mapper/memory"
)

const (
	// maxGroup and maxGroupBytes bound a group.
	maxGroup      = 512
	maxGroupBytes = 8 << 20
)

// plan makes groups of what was read and decides them, on top of what the groups before will have stored.
func (m *Mapper) plan(ctx context.Context) {
	for {
		g, err := m.take(ctx)
		if err == nil && len(g.works) > 0 {
			err = m.decide(ctx, g)
		}
		if err != nil {
			return
		}
		if len(g.works) == 0 {
			continue
		}
		select {
		case m.planned <- g:
		case <-ctx.Done():
			return
		}
	}
}

// take waits for an entry, and takes what else is queued. Entries of partitions that are not ours any more are left out.
func (m *Mapper) take(ctx context.Context) (*group, error) {
	g := &group{}
	bytes := 0
	add := func(w *work) error {
		for w.own.full() { // its position could not be stored for long
			select {
			case <-w.own.room:
			case <-w.own.gone:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		if w.own.begin() {
			g.works = append(g.works, w)
			bytes += len(w.stored.Data)
		}
		return nil
	}
	select {
	case w := <-m.queue:
		if err := add(w); err != nil {
			return nil, err
		}
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	for len(g.works) < maxGroup && bytes < maxGroupBytes {
		select {
		case w := <-m.queue:
			if err := add(w); err != nil {
				return nil, err
			}
		default:
			return g, nil
		}
	}
	return g, nil
}

// decide decides a group by one snapshot of the configuration.
func (m *Mapper) decide(ctx context.Context, g *group) error {
	cfg := m.cfg.Configuration.Current()
	for _, w := range g.works {
		if err := m.inspect(ctx, w); err != nil {
			return err
		}
		if w.alone == nil {
			m.route(w, cfg)
		}
	}
	if err := m.load(ctx, g); err != nil {
		return err
	}
	writing := map[*owned]bool{}
	for _, w := range g.works {
		for _, it := range w.items {
			m.decideItem(it)
			if it.decision.Delivery != nil {
				writing[w.own] = true
			}
		}
	}
	return m.confirm(ctx, writing)
}

// route opens a subject for each destination of the event.
func (m *Mapper) route(w *work, cfg *config.Config) {
	var choices []decide.Choice
	m.guard(w, func(d decide.Decision) { w.alone = &d }, func() {
		if choices = decide.Choices(w.event, cfg); len(choices) == 0 {
			d := decide.Unrouted(w.event)
			w.alone = &d
		}
	})
	for _, c := range choices {
		subject := topology.DeliverySubject(topology.Partition(m.cfg.Partitions, c.Destination), c.Destination, w.entry.Shop, w.entry.Order)
		w.items = append(w.items, &item{work: w, choice: c, subject: m.memory.Open(w.own.claim, subject)})
	}
}

// load fetches the last deliveries that are not remembered.
func (m *Mapper) load(ctx context.Context, g *group) error {
	var missing []*memory.Subject
	seen := map[*memory.Subject]bool{}
	for _, w := range g.works {
		for _, it := range w.items {
			if !seen[it.subject] && !it.subject.Loaded() {
				missing = append(missing, it.subject)
			}
			seen[it.subject] = true
		}
	}
	return m.untilDone(ctx, "load last deliveries", func() error { return m.memory.Load(ctx, missing) })
}

// decideItem decides for one destination, on top of the newest delivery that was decided. The log's order comes first: an entry whose delivery, or a later one's, is
// there was decided before, and is only put on record again.
func (m *Mapper) decideItem(it *item) {
	head := it.subject.Head()
	it.base, it.result = head, head
	if head.Entry().Reaches(it.work.at()) {
		it.before = true
		return
	}
	m.decideOn(it, head)
	if it.result != head {
		it.subject.Plan(it.result)
	}
}

// decideOn decides on top of a delivery.
func (m *Mapper) decideOn(it *item, base *memory.Last) {
	m.guard(it.work, func(d decide.Decision) {
		d.Destination, d.Route = it.choice.Destination, it.choice.Route.Name
		it.decided(d, base)
	}, func() {
		last := base.Last
		last.Doubtful = !base.Ours && !base.Entry().Reaches(it.work.floor)
		it.decided(it.choice.Decide(it.work.event, last, m.clock.Now()), base)
	})
}
