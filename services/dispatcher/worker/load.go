package worker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cenkalti/backoff/v4"
	"google.golang.org/protobuf/proto"

	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/dispatcher/lane"
	"github.com/orderwire/orderwire/services/internal/jet"
	"github.com/orderwire/orderwire/services/internal/partition"
	"github.com/orderwire/orderwire/services/internal/topology"
)

// errLags says that a snapshot does not reach our claim.
var errLags = errors.New("the answering replica has not reached our claim")

// load reads the lane records. After the claim nobody else can write any, so a snapshot with our claim in it holds all there are.
func (w *Worker) load(ctx context.Context) error {
	start := time.Now()
	wait := backoff.NewExponentialBackOff(backoff.WithInitialInterval(50*time.Millisecond), backoff.WithMaxInterval(5*time.Second), backoff.WithMaxElapsedTime(0))
	for try := 1; ; try++ {
		book, lanes, err := w.snapshot(ctx)
		if err == nil {
			w.book = book
			w.log.Info("partition claimed", "low", w.chain.Claimed().GetLow(), "waiting", lanes, "took", time.Since(start).Round(time.Millisecond))
			return nil
		}
		if _, stopped := errors.AsType[*partition.StoppedError](err); stopped {
			return err
		}
		if try&(try-1) == 0 && try > 1 {
			w.log.Warn("lane records cannot be read yet, trying again", "try", try, "err", err)
		}
		if !w.pause(ctx, wait.NextBackOff()) {
			return errors.Join(context.Cause(ctx), err)
		}
	}
}

// snapshot makes a book of the records as they come: their responses do not stay in memory.
func (w *Worker) snapshot(ctx context.Context) (book *lane.Book, lanes int, err error) {
	book = lane.New(lane.Config{Partition: w.partition, Log: w.window, Policies: w.policy, Expire: w.cfg.Expire})
	now := w.cfg.Clock.Now()
	cursor := topology.DispatchCursor(w.partition)
	fresh := false
	err = jet.ReadLastPerSubject(ctx, w.cfg.NC, w.cfg.JS, topology.State, []string{topology.LaneFilter(w.partition), cursor}, func(s *jet.Stored) error {
		if s.Subject == cursor {
			fresh = s.Seq >= w.chain.Sequence()
			return nil
		}
		if len(s.Data) == 0 { // deleted
			return nil
		}
		key, err := topology.ParseLane(s.Subject)
		if err != nil {
			return w.broken(s, err)
		}
		l := &orderwirev1.Lane{}
		if err := proto.Unmarshal(s.Data, l); err != nil {
			return w.broken(s, err)
		}
		lanes++
		book.Restore(now, key, l)
		return nil
	})
	if err == nil && !fresh {
		err = errLags
	}
	return book, lanes, err
}

// broken stops the partition: nobody knows what waits under a record that cannot be read, and passing over it would lose that.
func (w *Worker) broken(s *jet.Stored, err error) error {
	return &partition.StoppedError{
		Service: partition.Dispatcher, Partition: w.partition,
		What: fmt.Sprintf("lane record %s in %s cannot be read", s.Subject, topology.State), Why: err.Error(),
		Cure: fmt.Sprintf("keep a copy (nats stream get %[1]s %[2]d), delete it (nats stream rmm %[1]s %[2]d), then orderwire recover --service dispatcher --partition %[3]d --position SEQUENCE --apply, from before the order's oldest delivery",
			topology.State, s.Seq, w.partition),
	}
}
