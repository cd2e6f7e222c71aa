package worker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"google.golang.org/protobuf/proto"

	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/dispatcher/lane"
	"github.com/orderwire/orderwire/services/internal/jet"
	"github.com/orderwire/orderwire/services/internal/topology"
)

// errLags says that a snapshot does not reach our claim.
var errLags = errors.New("the answering replica has not reached our claim")

// load reads the lane records. After the claim nobody else can write any, so a snapshot with our claim in it holds all there are.
func (w *Worker) load(ctx context.Context) error {
	start := time.Now()
	for {
		book, lanes, err := w.snapshot(ctx)
		if err == nil {
			w.book = book
			w.log.Info("partition claimed", "low", w.chain.Claimed().GetLow(), "waiting", lanes, "took", time.Since(start).Round(time.Millisecond))
			return nil
		}
		w.log.Debug("lane records cannot be read yet", "err", err)
		if !w.pause(ctx, 100*time.Millisecond) {
			return errors.Join(context.Cause(ctx), err)
		}
	}
}

// snapshot makes a book of the records as they come: their responses do not stay in memory.
func (w *Worker) snapshot(ctx context.Context) (book *lane.Book, lanes int, err error) {
	book = lane.New(lane.Config{Partition: w.partition, Log: w.window, Policies: w.policy, Expire: w.cfg.Expire})
	now := time.Now()
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
			return fmt.Errorf("lane record: %w", err)
		}
		l := &orderwirev1.Lane{}
		if err := proto.Unmarshal(s.Data, l); err != nil {
			return fmt.Errorf("lane record %s: %w", s.Subject, err)
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
