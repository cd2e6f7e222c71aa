package mapper

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"
	"pgregory.net/rapid"

	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/internal/config"
	"github.com/orderwire/orderwire/services/internal/jet"
	"github.com/orderwire/orderwire/services/internal/natsd/natstest"
	"github.com/orderwire/orderwire/services/internal/partition"
	"github.com/orderwire/orderwire/services/internal/topology"
)

const propertyPartitions = 2

// The configurations that follow each other. Each maps the statuses in its own way, some two to one target, so that all of mapped, unchanged and unmapped come about.
var propertyRoutes = []string{
	`[{to: a, payload: openapp-fulfillment, statuses: {S1: ORDERED, S2: ORDERED, S3: FULFILLED, S4: SHIPPED}}, {to: b, payload: openapp-fulfillment, statuses: {S1: ORDERED, S3: ORDERED}}]`,
	`[{to: a, payload: openapp-fulfillment, statuses: {S1: ORDERED, S3: ORDERED, S4: ORDERED}}, {to: b, payload: openapp-fulfillment, statuses: {S1: ORDERED, S2: FULFILLED, S3: SHIPPED, S4: SHIPPED}}]`,
	`[{to: a, payload: openapp-fulfillment, statuses: {S2: FULFILLED, S3: FULFILLED}}, {to: b, payload: openapp-fulfillment, statuses: {S1: ORDERED, S2: ORDERED, S3: ORDERED, S4: ORDERED}}]`,
}

// step is what happens next.
type step struct {
	What string // publish, start, kill, config, sleep
	// Events of publish.
	Events []change
	// Config is the number of the configuration, from now on or of the new owner.
	Config int
	// N is the writes until the end of kill, the milliseconds of sleep.
	N int
	// Seed and Level are the new owner's chaos.
	Seed  uint64
	Level float64
}

// change is an event: of one of a few orders, with a status, and its sequence relative to the newest of the order (0 is that event again).
type change struct{ Order, Status, Ahead int }

func scenario(t *rapid.T) []step {
	events := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) change {
		return change{rapid.IntRange(1, 3).Draw(t, "order"), rapid.IntRange(0, 5).Draw(t, "status"), rapid.SampledFrom([]int{1, 1, 1, 1, 1, 0, -1}).Draw(t, "ahead")}
	}), 1, 8)
	one := rapid.Custom(func(t *rapid.T) step {
		s := step{What: rapid.SampledFrom([]string{"publish", "publish", "publish", "start", "start", "kill", "config", "sleep", "sleep"}).Draw(t, "what")}
		switch s.What {
		case "publish":
			s.Events = events.Draw(t, "events")
		case "start":
			s.Seed, s.Level = rapid.Uint64().Draw(t, "seed"), rapid.SampledFrom([]float64{0, 0.05, 0.2}).Draw(t, "level")
			s.Config = rapid.IntRange(0, len(propertyRoutes)-1).Draw(t, "config")
		case "config":
			s.Config = rapid.IntRange(0, len(propertyRoutes)-1).Draw(t, "config")
		case "kill":
			s.N = rapid.IntRange(0, 12).Draw(t, "writes")
		case "sleep":
			s.N = rapid.SampledFrom([]int{1, 20, 100, 1500, 6000}).Draw(t, "ms")
		}
		return s
	})
	return rapid.SliceOfN(one, 3, 20).Draw(t, "steps")
}

// Whatever happens: one delivery for each (entry, destination) that is mapped, causes and sequences that rise along a subject, a record for every entry, and
// nothing taken for unchanged that was not. Two owners work at a time: one that has been superseded, with an older configuration, paused anywhere, its messages
// late; and its successor.
func TestExactlyOnce(t *testing.T) {
	var configs []*config.Config
	for _, routes := range propertyRoutes {
		configs = append(configs, parse(t, `
destinations: {a: {url: https://a.example.com, auth: []}, b: {url: https://b.example.com, auth: []}}
routes: `+routes))
	}
	dirs := t.TempDir()
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		steps := scenario(rt)
		n++
		var err error
		synctest.Test(t, func(t *testing.T) {
			s := natstest.Start(t, fmt.Sprint(dirs, "/", n))
			defer natstest.Stop(s)
			nc, js := natstest.Connect(t, s)
			defer nc.Close()
			natstest.Streams(t, js, small(propertyPartitions))
			pub, pubErr := jet.NewPublisher(nc, time.Second)
			require.NoError(t, pubErr)
			defer pub.Close()
			w := &world{rig: &rig{TB: t, server: s, nc: nc, js: js, pub: pub, partitions: propertyPartitions}, configs: configs, newest: map[int]int64{}}
			defer w.abandon()
			for _, s := range steps {
				w.do(s)
			}
			w.finish()
			err = w.check()
		})
		if err != nil {
			rt.Fatal(err)
		}
	})
}

// world is one scenario under way.
type world struct {
	*rig
	configs []*config.Config
	owners  []*owner
	newest  map[int]int64
	ids     int
}

type owner struct {
	*running
	*chaos
	src     *source
	started time.Time
}

func (w *world) do(s step) {
	switch s.What {
	case "publish":
		for _, c := range s.Events {
			w.publishChange(c)
		}
	case "start":
		w.startOwner(s)
	case "kill":
		if n := len(w.owners); n > 0 {
			w.owners[n-1].budget.Store(int64(s.N))
		}
	case "config":
		if n := len(w.owners); n > 0 {
			w.owners[n-1].src.now.Store(w.configs[s.Config])
		}
	case "sleep":
		time.Sleep(time.Duration(s.N) * time.Millisecond)
	}
}

func (w *world) publishChange(c change) {
	order := fmt.Sprint("o", c.Order)
	seq := w.newest[c.Order] + int64(c.Ahead)
	if w.newest[c.Order] == 0 {
		seq = time.Now().UnixMicro()
	}
	w.newest[c.Order] = max(w.newest[c.Order], seq)
	w.ids++
	e := &orderwirev1.OrderStatusChanged{
		Kind: orderwirev1.OrderStatusChanged_STATUS, Id: fmt.Sprint("h", w.ids), Sequence: seq, OccurredAt: timestamppb.Now(), CapturedBy: orderwirev1.OrderStatusChanged_HOOK,
		Shop: "acme", Instance: "i", Order: &orderwirev1.Order{Id: order, Reference: order, Payments: []*orderwirev1.Payment{{TransactionId: "tx"}}},
		Current: &orderwirev1.Status{Id: 1, Key: fmt.Sprint("S", c.Status)},
	}
	data, err := protojson.Marshal(e)
	require.NoError(w, err)
	if c.Status == 5 {
		data = data[:len(data)/2]
	}
	w.publish(topology.EventSubject("acme", order), nil, data)
}

// startOwner supersedes the newest owner. The one before that is dead by now: see where doubt stops.
func (w *world) startOwner(s step) {
	if n := len(w.owners); n > 1 {
		w.owners[n-2].kill()
	}
	o := &owner{chaos: newChaos(s.Seed, s.Level), src: &source{}, started: time.Now()}
	o.src.now.Store(w.configs[s.Config])
	o.running = w.start(Config{Configuration: o.src, MemorySize: 3}, o.wrap)
	w.owners = append(w.owners, o)
}

// finish ends all owners as crashes do, and has a last one without faults settle what is left.
func (w *world) finish() {
	for _, o := range w.owners {
		o.kill()
		o.stop()
		<-o.done
		if !errors.Is(o.err, partition.ErrFenced) {
			require.NoError(w, o.err)
		}
		o.nc.Close()
	}
	w.startOwner(step{Config: 0})
	last := w.owners[len(w.owners)-1]
	w.settled()
	last.running.end(w)
}

// check looks at the streams alone.
func (w *world) check() error {
	type key struct {
		destination string
		cause       uint64
	}
	stored := map[key]*orderwirev1.Delivery{}
	late := map[key]bool{}
	bySubject := map[string][]*orderwirev1.Delivery{}
	for _, m := range w.all(topology.Deliveries) {
		k, err := topology.ParseDelivery(m.Subject)
		if err != nil {
			return err
		}
		d := &orderwirev1.Delivery{}
		if err := proto.Unmarshal(m.Data, d); err != nil {
			return err
		}
		stored[key{k.Destination, d.GetCause()}] = d
		late[key{k.Destination, d.GetCause()}] = w.late(m)
		bySubject[m.Subject] = append(bySubject[m.Subject], d)
	}
	for subject, ds := range bySubject {
		for i := 1; i < len(ds); i++ {
			if ds[i].GetCause() <= ds[i-1].GetCause() || ds[i].GetSequence() <= ds[i-1].GetMaxSequence() || ds[i].GetPreviousTarget() != ds[i-1].GetTarget() {
				return fmt.Errorf("%s: delivery %v follows %v", subject, ds[i], ds[i-1])
			}
		}
	}
	said := map[key][]*orderwirev1.Outcome{}
	for _, s := range w.all(topology.Outcomes) {
		o := &orderwirev1.Outcome{}
		if err := proto.Unmarshal(s.Data, o); err != nil {
			return err
		}
		k := key{o.GetDestination(), o.GetCause()}
		said[k] = append(said[k], o)
	}
	for _, s := range w.all(topology.Orders) {
		if len(said[key{"", s.Seq}]) > 0 {
			continue
		}
		for _, destination := range []string{"a", "b"} {
			k := key{destination, s.Seq}
			entry, err := topology.ParseEntry(s.Subject)
			if err != nil {
				return err
			}
			before := bySubject[topology.DeliverySubject(topology.Partition(propertyPartitions, destination), destination, entry.Shop, entry.Order)]
			if err := consistent(said[k], stored[k], before, s.Seq); err != nil && !(late[k] && len(said[k]) > 0) {
				return fmt.Errorf("entry %d of %s to %s: %w\nrecords %v", s.Seq, entry.Order, destination, err, said[k])
			}
		}
	}
	return nil
}

// late reports whether a delivery reached the server when its owner was superseded already. Should that owner die before its record is stored, there is only
// its successor's, who knew nothing of it.
func (w *world) late(m *jet.Stored) bool {
	for i, o := range w.owners[:len(w.owners)-1] {
		if o.sent[m.Subject+string(m.Data)] && !m.Time.Before(w.owners[i+1].started) {
			return true
		}
	}
	return false
}

// consistent holds the records of one decision against the deliveries. A crash, or a superseded owner, may have left several; one must be true.
func consistent(records []*orderwirev1.Outcome, own *orderwirev1.Delivery, subject []*orderwirev1.Delivery, cause uint64) error {
	var before *orderwirev1.Delivery
	later := false
	for _, d := range subject {
		if d.GetCause() < cause {
			before = d
		}
		later = later || d.GetCause() > cause
	}
	for _, o := range records {
		switch o.GetReason() {
		case orderwirev1.Reason_MAPPED:
			if own == nil {
				return errors.New("on record as mapped, and not delivered")
			}
			if o.GetDecision().GetDeliveryId() == own.GetId() && o.GetDecision().GetTarget() == own.GetTarget() {
				return nil
			}
		case orderwirev1.Reason_UNCHANGED:
			if own == nil && before.GetId() == o.GetDecision().GetDeliveryId() {
				return nil
			}
		case orderwirev1.Reason_STALE:
			if own == nil && (later || before.GetMaxSequence() >= o.GetSequence()) {
				return nil
			}
		case orderwirev1.Reason_UNMAPPED:
			if own == nil {
				return nil
			}
		}
	}
	return fmt.Errorf("no record fits: delivery %v, the one before %v", own, before)
}
