package mapper

import (
	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/internal/jet"
	"github.com/orderwire/orderwire/services/internal/topology"
	"github.com/orderwire/orderwire/services/mapper/cause"
	"github.com/orderwire/orderwire/services/mapper/decide"
	"github.com/orderwire/orderwire/services/mapper/memory"
)

// work is one entry of ORDERS on its way through the stages.
type work struct {
	stored *jet.Stored
	entry  topology.Entry
	own    *owned
	// reading is the one that handed it over.
	reading *reading
	// floor is the entry from which on a delivery that is not ours can be trusted to be the last: see doubt.
	floor cause.Entry

	// shop and order name it in records and dead letters.
	shop, order string
	// event is nil for a command, and for what is no event.
	event *decide.Event
	// command is its id; empty for an event.
	command string
	// alone is what was decided when no destination is concerned; items are those that are.
	alone *decide.Decision
	items []*item
}

// item is what is to be done for one destination of an entry.
type item struct {
	work    *work
	choice  decide.Choice
	subject *memory.Subject
	// base is the delivery that the decision stands on, result the one that it leaves behind: its own, or base.
	base, result *memory.Last
	decision     decide.Decision
	// before says that the entry was decided before: its subject holds a delivery of it, or of a later entry.
	before bool
	// data is the delivery's bytes, once they were made; stored says that they were acknowledged.
	data           []byte
	stored, closed bool
}

func (it *item) close() {
	if !it.closed {
		it.closed = true
		it.subject.Close()
	}
}

// cause is the sequence of the log entry.
func (w *work) cause() uint64 { return w.stored.Seq }

// at names the entry among those of other logs.
func (w *work) at() cause.Entry { return cause.Entry{Seq: w.stored.Seq, At: w.stored.Time} }

// id is the event's or the command's own; empty for what could not be read.
func (w *work) id() string {
	if w.event != nil {
		return w.event.GetId()
	}
	return w.command
}

// decisions are those of the entry: at least one.
func (w *work) decisions() []*decide.Decision {
	if w.alone != nil {
		return []*decide.Decision{w.alone}
	}
	all := make([]*decide.Decision, len(w.items))
	for i, it := range w.items {
		all[i] = &it.decision
	}
	return all
}

// delivered are the decisions whose deliveries we stored: all that may be put on record once the partition is somebody else's to decide.
func (w *work) delivered() (all []*decide.Decision) {
	for _, it := range w.items {
		if it.stored {
			all = append(all, &it.decision)
		}
	}
	return all
}

// refusal is the decision for which the entry goes to DEAD_LETTERS; nil when there is none.
func (w *work) refusal() *decide.Decision {
	for _, d := range w.decisions() {
		if decide.Refused(d.Reason) {
			return d
		}
	}
	return nil
}

// group is what was queued at one moment, in the log's order: decided, delivered and settled together.
type group struct{ works []*work }

// lanes are the group's items by subject, each in the log's order.
func (g *group) lanes() []*lane {
	by := map[*memory.Subject]*lane{}
	var all []*lane
	for _, w := range g.works {
		for _, it := range w.items {
			l := by[it.subject]
			if l == nil {
				l = &lane{}
				by[it.subject] = l
				all = append(all, l)
			}
			l.items = append(l.items, it)
		}
	}
	return all
}

// lane is what a group has for one subject.
type lane struct{ items []*item }

// decided takes over a decision that was made on top of base.
func (it *item) decided(d decide.Decision, base *memory.Last) {
	it.decision, it.base, it.data = d, base, nil
	it.result = base
	if d.Reason == orderwirev1.Reason_MAPPED {
		it.result = memory.Decided(d.Delivery)
	}
}
