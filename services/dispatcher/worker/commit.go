package worker

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"google.golang.org/protobuf/proto"

	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/dispatcher/lane"
	"github.com/orderwire/orderwire/services/internal/partition"
	"github.com/orderwire/orderwire/services/internal/topology"
)

const (
	// storeBatch is how many outcomes are stored at a time: what an atomic batch holds.
	storeBatch = partition.MaxRecords
	// checkEvery is how often a partition without commits looks whether its streams are still the same.
	checkEvery = time.Minute
	// reads is how many lane records are read at a time to be completed.
	reads = 16
)

// storeOutcomes is the first stage of a commit.
func (w *Worker) storeOutcomes() {
	for w.wait(w.store) {
		w.mu.Lock()
		batch := w.book.Unstored(storeBatch)
		w.mu.Unlock()
		var outcomes []*orderwirev1.Outcome
		for _, f := range batch {
			outcomes = append(outcomes, f.Outcomes...)
		}
		if len(outcomes) > 0 {
			if err := w.cfg.Records.Store(w.work, outcomes); err != nil {
				w.end(fmt.Errorf("store outcomes of partition %d: %w", w.partition, err))
				return
			}
		}
		w.update(func(b *lane.Book, _ time.Time) { b.Stored(batch) })
	}
}

// commitChanges is the second stage.
func (w *Worker) commitChanges() {
	check := time.NewTicker(checkEvery)
	defer check.Stop()
	for {
		select {
		case <-w.work.Done():
			return
		case <-check.C:
			if err := w.chain.Check(w.work); err != nil {
				w.end(err)
				return
			}
		case <-w.commit:
			if err := w.commitOnce(w.work); err != nil {
				w.end(err)
				return
			}
		}
	}
}

func (w *Worker) commitOnce(ctx context.Context) error {
	w.mu.Lock()
	c := w.book.Take(partition.MaxRecords)
	pos := w.window.Position()
	w.mu.Unlock()
	if c == nil {
		return nil
	}
	poke(w.room, true)
	records, err := w.render(ctx, c.Records)
	if err != nil {
		return err
	}
	start := time.Now()
	if err := w.chain.Commit(ctx, pos, records); err != nil {
		return err
	}
	w.cfg.Metrics.committed(time.Since(start))
	w.update(func(b *lane.Book, _ time.Time) { b.Committed(c) })
	return nil
}

// render makes messages of the records, and completes those whose last attempt is only in STATE: nobody else writes there, so what the leader has is what
// we committed last.
func (w *Worker) render(ctx context.Context, records []lane.Record) ([]*nats.Msg, error) {
	msgs := make([]*nats.Msg, len(records))
	errs := make([]error, len(records))
	var wg sync.WaitGroup
	slots := make(chan struct{}, reads)
	for i, r := range records {
		if !r.KeepLast {
			msgs[i], errs[i] = w.message(r)
			continue
		}
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			var old *orderwirev1.Lane
			if old, errs[i] = w.committed(ctx, r.Key); errs[i] == nil {
				r.Lane.Last = old.GetLast()
				msgs[i], errs[i] = w.message(r)
			}
		})
	}
	wg.Wait()
	for _, m := range msgs {
		if m != nil {
			w.cfg.Fill.wrote(len(m.Subject) + len(m.Data))
		}
	}
	return msgs, errors.Join(errs...)
}

// committed reads a lane's record, however long that takes. One that is gone, or broken, is an answer, too: nothing is known of the last attempt, and the
// record that replaces it is good again.
func (w *Worker) committed(ctx context.Context, k topology.Key) (*orderwirev1.Lane, error) {
	for {
		l, err := w.laneRecord(ctx, k)
		switch {
		case errors.Is(err, errBroken):
			w.said.once(w.log, "lane record is written anew, without its last attempt", err)
			return nil, nil //nolint:nilnil // absence is an answer here
		case err == nil:
			if l == nil {
				w.said.once(w.log, "lane record is written anew, without its last attempt", fmt.Errorf("lane record %s is gone: somebody deleted it", laneSubject(k)))
			}
			return l, nil
		}
		w.said.once(w.log, "lane record cannot be read, commits wait", err)
		if !w.pause(ctx, again) {
			return nil, err
		}
	}
}

// errBroken is a lane record that cannot be decoded.
var errBroken = errors.New("lane record is broken")

// laneRecord reads the record of a parked lane from the leader; nil when it is not there.
func (w *Worker) laneRecord(ctx context.Context, k topology.Key) (*orderwirev1.Lane, error) {
	s, err := w.cfg.Store.Last(ctx, laneSubject(k))
	if err != nil {
		return nil, err
	}
	if s == nil || len(s.Data) == 0 {
		return nil, nil //nolint:nilnil // absence is an answer here
	}
	l := &orderwirev1.Lane{}
	if err := proto.Unmarshal(s.Data, l); err != nil {
		return nil, fmt.Errorf("%w: %s: %w", errBroken, s.Subject, err)
	}
	return l, nil
}

// message renders a record; a deleted one is an empty message that the server drops after a while. When STATE is nearly full a record must not become larger
// than it was without an attempt: only a dead delivery keeps what its letter needs, without the response.
func (w *Worker) message(r lane.Record) (*nats.Msg, error) {
	m := nats.NewMsg(laneSubject(r.Key))
	if r.Lane == nil {
		m.Header.Set("Nats-TTL", topology.DeleteMarkerTTL.String())
		return m, nil
	}
	if w.cfg.Fill.full.Load() {
		if r.Lane.GetState() == orderwirev1.Lane_DEAD && r.Lane.GetLast() != nil {
			r.Lane.Last = proto.CloneOf(r.Lane.GetLast())
			r.Lane.Last.Response = nil
		} else {
			r.Lane.Last = nil
		}
	}
	var err error
	if m.Data, err = proto.Marshal(r.Lane); err != nil {
		return nil, fmt.Errorf("render lane record: %w", err)
	}
	return m, nil
}

func laneSubject(k topology.Key) string {
	return topology.LaneSubject(k.P, k.Destination, k.Shop, k.Order)
}

// wait returns false when the work has ended.
func (w *Worker) wait(signal chan struct{}) bool {
	select {
	case <-signal:
		return w.work.Err() == nil
	case <-w.work.Done():
		return false
	}
}

// pause returns false when ctx ended meanwhile.
func (w *Worker) pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
