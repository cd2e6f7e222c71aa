package worker

import (
	"time"

	"google.golang.org/protobuf/proto"

	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/dispatcher/attempt"
	"github.com/orderwire/orderwire/services/dispatcher/lane"
	"github.com/orderwire/orderwire/services/internal/jet"
)

// again is how long a lane waits after a fault of ours, which is not the delivery's.
const again = time.Second

// do does a job. Whatever happens, it is finished or returned.
func (w *Worker) do(j *lane.Job) {
	if j.Letter {
		w.letter(j)
		return
	}
	defer w.cfg.Slots.give()
	m, removed, err := w.head(j)
	switch {
	case err != nil:
		w.said.once(w.log, "delivery cannot be read back", err)
		w.giveBack(j, again)
	case removed:
		w.log.Warn("delivery is no longer in the stream", "destination", j.Key.Destination, "shop", j.Key.Shop, "order", j.Key.Order,
			"delivery", j.Head.Seq, "cause", j.Head.Cause)
		w.finish(j, lane.End{At: w.cfg.Clock.Now(), Removed: true})
	case m.Delivery == nil:
		w.log.Error("delivery cannot be decoded", "destination", j.Key.Destination, "shop", j.Key.Shop, "order", j.Key.Order, "delivery", j.Head.Seq)
		w.finish(j, lane.End{At: w.cfg.Clock.Now(), Unreadable: true})
	default:
		w.attempt(j, m.Delivery)
	}
}

func (w *Worker) attempt(j *lane.Job, d *orderwirev1.Delivery) {
	destination, _, ok := w.cfg.Configuration().Destination(j.Key.Destination)
	if !ok { // it was there when the job started
		w.giveBack(j, again)
		return
	}
	r := w.cfg.Sender.Do(w.attempts, attempt.Request{
		Destination: destination, Key: j.Key.Destination, Shop: j.Key.Shop, Order: j.Key.Order, Delivery: d, Number: j.Number,
	})
	if r.Unknown {
		w.giveBack(j, 0)
		return
	}
	end := lane.End{At: w.cfg.Clock.Now(), Result: &r, Delivery: d}
	if f := w.finish(j, end); f != nil {
		w.tell(Attempt{Key: j.Key, Delivery: d, Sequence: j.Head.Seq, Number: j.Number, Result: r, Verdict: f.Verdict, At: end.At})
	}
}

// finish hands the end of a job to the book, with the delivery that comes after it where the lane must know. It returns nil when the work ended before that
// was found out: then nothing came of the job.
func (w *Worker) finish(j *lane.Job, end lane.End) *lane.Finished {
	for {
		var f *lane.Finished
		var look *lane.Look
		w.update(func(b *lane.Book, _ time.Time) { f, look = b.Finish(j, end) })
		if look == nil {
			return f
		}
		next, err := w.first(j.Key, look.From, look.UpTo)
		if err == nil {
			j.Found(next, look.UpTo)
			continue
		}
		w.said.once(w.log, "next delivery cannot be read", err)
		if !w.pause(w.attempts, again) {
			w.giveBack(j, 0)
			return nil
		}
	}
}

func (w *Worker) giveBack(j *lane.Job, wait time.Duration) {
	w.update(func(b *lane.Book, now time.Time) { b.Return(j, now, wait) })
}

func decode(s *jet.Stored) *lane.Message {
	m := &lane.Message{Seq: s.Seq, Stored: s.Time}
	d := &orderwirev1.Delivery{}
	if proto.Unmarshal(s.Data, d) == nil {
		m.Delivery = d
	}
	return m
}
