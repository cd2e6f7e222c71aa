package lane

import (
	"fmt"
	"maps"
	"math"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"
	"pgregory.net/rapid"

	v1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/dispatcher/attempt"
	"github.com/orderwire/orderwire/services/dispatcher/retry"
	"github.com/orderwire/orderwire/services/internal/partition"
	"github.com/orderwire/orderwire/services/internal/topology"
)

const expireAfter = 34 * 24 * time.Hour

// world is a partition with everything around it, in one goroutine: the log, what is durable, one owner with its book, and the destinations.
type world struct {
	t   *rapid.T
	now time.Time

	log     []*entry // sequence n is log[n-1]
	unknown map[string]bool

	// Durable.
	cursor   *v1.Cursor
	lanes    map[topology.Key]*v1.Lane
	outcomes []*v1.Outcome
	over     map[uint64]v1.Reason // deliveries with a final outcome or a letter

	// The owner.
	book    *Book
	window  *partition.Window
	read    int
	running []*Job
	storing []*Finished
	taken   *Commit
	pos     partition.Position
	held    map[string]time.Time
	// recovered: deliveries may come again, also behind those that started already.
	recovered bool
}

type entry struct {
	key      topology.Key
	msg      Message
	removed  bool
	attempts int
}

func newWorld(t *rapid.T) *world {
	w := &world{
		t: t, now: time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC), unknown: map[string]bool{}, cursor: &v1.Cursor{},
		lanes: map[topology.Key]*v1.Lane{}, over: map[uint64]v1.Reason{},
	}
	w.claim()
	return w
}

// claim is a new owner, who knows only what is durable.
func (w *world) claim() {
	w.window = partition.NewWindow(w.cursor)
	w.book = New(Config{Log: w.window, Policies: w.policy, Expire: expireAfter})
	for k, l := range w.lanes {
		w.book.Restore(w.now, k, proto.CloneOf(l))
	}
	w.read, w.running, w.storing, w.taken, w.held = int(w.cursor.GetLow()), nil, nil, nil, map[string]time.Time{}
}

// recover sets an earlier position: all behind it is to be sent again.
func (w *world) recover(position uint64) {
	w.cursor = &v1.Cursor{Low: position}
	maps.DeleteFunc(w.over, func(seq uint64, _ v1.Reason) bool { return seq > position })
	w.recovered = true
	w.claim()
}

func (w *world) policy(destination string) Policy {
	if w.unknown[destination] {
		return Policy{}
	}
	return Policy{Known: true, Concurrency: 2, Retry: retry.Policy{Delays: []time.Duration{time.Second, time.Minute}, Attempts: 4}}
}

func (w *world) publish(destination, order string) {
	seq := uint64(len(w.log) + 1)
	d := &v1.Delivery{Id: fmt.Sprint("d", seq), Cause: seq + 1000, Reference: "REF" + order, PublishedAt: timestamppb.New(w.now)}
	w.log = append(w.log, &entry{key: topology.Key{Destination: destination, Shop: "s", Order: order}, msg: Message{Seq: seq, Stored: w.now, Delivery: d}})
}

func (w *world) readNext() {
	if w.read >= len(w.log) || !w.book.Room() {
		return
	}
	e := w.log[w.read]
	w.read++
	if !e.removed {
		m := e.msg
		w.book.Read(w.now, e.key, &m)
	}
}

// start starts what may start, and checks that it may.
func (w *world) start(permits int) {
	jobs, _ := w.book.Start(w.now, func() bool { permits--; return permits >= 0 })
	for _, j := range jobs {
		w.checkStart(j)
		w.running = append(w.running, j)
	}
}

func (w *world) checkStart(j *Job) {
	e := w.log[j.Head.Seq-1]
	if e.key != j.Key {
		w.t.Fatalf("job for %v has delivery %d of %v", j.Key, j.Head.Seq, e.key)
	}
	inFlight := 1
	for _, r := range w.running {
		if r.Key == j.Key {
			w.t.Fatalf("two jobs for lane %v: %d and %d", j.Key, r.Head.Seq, j.Head.Seq)
		}
		if !r.Letter && r.Key.Destination == j.Key.Destination {
			inFlight++
		}
	}
	for _, earlier := range w.log[:j.Head.Seq-1] {
		if !w.recovered && earlier.key == j.Key && !earlier.removed && w.over[earlier.msg.Seq] == 0 {
			w.t.Fatalf("delivery %d starts before %d is over", j.Head.Seq, earlier.msg.Seq)
		}
	}
	if j.Letter {
		return
	}
	// With the commit lost a delivered one is sent again (a duplicate), and a removed one is found removed again.
	if r := w.over[j.Head.Seq]; r == v1.Reason_EXHAUSTED {
		w.t.Fatalf("delivery %d starts and is over: %v", j.Head.Seq, r)
	}
	if w.unknown[j.Key.Destination] || inFlight > 2 || w.now.Before(w.held[j.Key.Destination]) {
		w.t.Fatalf("destination %s must not have %d in flight", j.Key.Destination, inFlight)
	}
	if j.Number < 1 || j.Number > 4 {
		w.t.Fatalf("attempt %d of 4", j.Number)
	}
	if len(w.book.doubt) >= MaxUncommitted {
		w.t.Fatal("too much doubt")
	}
}

// end ends a job as the dispatcher does. between runs while the follower of the head is looked for.
func (w *world) end(i int, r *attempt.Result, between func()) {
	j := w.running[i]
	w.running = append(w.running[:i], w.running[i+1:]...)
	e := w.log[j.Head.Seq-1]
	end := End{At: w.now, Result: r, Delivery: e.msg.Delivery}
	switch {
	case j.Letter:
		end = End{At: w.now, Lettered: true}
		w.over[j.Head.Seq] = v1.Reason_EXHAUSTED
	case j.Message == nil && e.removed:
		end = End{At: w.now, Removed: true}
		j.Found(w.first(j.Key, j.Head.Seq, j.Newest), j.Newest)
	default:
		e.attempts++
	}
	for {
		f, look := w.book.Finish(j, end)
		if look == nil {
			if h := f.Verdict.Hold; h.After(w.held[j.Key.Destination]) {
				w.held[j.Key.Destination] = h
			}
			return
		}
		next := w.first(j.Key, look.From, look.UpTo)
		between()
		j.Found(next, look.UpTo)
	}
}

func (w *world) first(k topology.Key, from, upTo uint64) *Message {
	for _, e := range w.log[from-1 : min(upTo, uint64(len(w.log)))] {
		if e.key == k && !e.removed {
			m := e.msg
			return &m
		}
	}
	return nil
}

func (w *world) stored() {
	for _, f := range w.storing {
		for _, o := range f.Outcomes {
			w.outcomes = append(w.outcomes, o)
			if o.GetReason() == v1.Reason_DELIVERED || o.GetReason() == v1.Reason_REMOVED {
				w.over[o.GetAttempt().GetDelivery()] = o.GetReason()
			}
		}
	}
}

// take takes a commit; commit makes it durable.
func (w *world) take(limit int) {
	if w.taken = w.book.Take(limit); w.taken == nil {
		return
	}
	w.pos = w.window.Position()
	for _, r := range w.taken.Records {
		if r.KeepLast {
			r.Lane.Last = w.lanes[r.Key].GetLast()
			if r.Lane.Last == nil {
				w.t.Fatalf("record of %v has no last attempt to keep", r.Key)
			}
		}
	}
}

func (w *world) commit() {
	for _, r := range w.taken.Records {
		if r.Lane == nil {
			delete(w.lanes, r.Key)
		} else {
			w.lanes[r.Key] = r.Lane
		}
	}
	w.cursor = &v1.Cursor{Low: w.pos.Low, Done: w.pos.Done}
	w.checkDurable()
}

// checkDurable is the loss check: whatever the position covers is over, or a record covers it.
func (w *world) checkDurable() {
	settled := func(seq uint64) bool {
		if seq <= w.cursor.GetLow() {
			return true
		}
		for _, r := range w.cursor.GetDone() {
			if seq >= r.GetFirst() && seq <= r.GetLast() {
				return true
			}
		}
		return false
	}
	for _, e := range w.log {
		l := w.lanes[e.key]
		covered := l != nil && e.msg.Seq >= l.GetOldest() && e.msg.Seq <= l.GetNewest()
		if !e.removed && settled(e.msg.Seq) && w.over[e.msg.Seq] == 0 && !covered {
			w.t.Fatalf("delivery %d of %v is lost: the position covers it, no record does, and it is not over", e.msg.Seq, e.key)
		}
	}
}

// finish lets everything succeed until nothing is left.
func (w *world) finish() {
	w.unknown = map[string]bool{}
	w.book.Configure(w.now)
	for range 20*len(w.log) + 100 {
		w.readNext()
		w.start(math.MaxInt)
		for len(w.running) > 0 {
			w.end(0, &attempt.Result{Reason: v1.Reason_DELIVERED, Status: 200}, func() {})
		}
		w.storeAndCommit()
		w.now = w.now.Add(10 * time.Minute)
	}
	for _, e := range w.log {
		if !e.removed && w.over[e.msg.Seq] == 0 {
			w.t.Fatalf("delivery %d of %v never ended", e.msg.Seq, e.key)
		}
	}
	if len(w.lanes) > 0 || w.window.Len() > 0 || w.book.Busy() {
		w.t.Fatalf("left over: %d lane records, %d open entries, busy %v", len(w.lanes), w.window.Len(), w.book.Busy())
	}
	for _, x := range w.book.Waiting() {
		if x.Live+x.Parked > 0 {
			w.t.Fatalf("left over: %+v", x)
		}
	}
}

func (w *world) storeAndCommit() {
	if w.storing == nil {
		w.storing = w.book.Unstored(1000)
	}
	w.stored()
	w.book.Stored(w.storing)
	w.storing = nil
	if w.taken == nil {
		w.take(partition.MaxRecords)
	}
	if w.taken != nil {
		w.commit()
		w.book.Committed(w.taken)
		w.taken = nil
	}
}
