package partition

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/nats-io/nats.go"
	"google.golang.org/protobuf/types/known/timestamppb"

	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/internal/jet"
)

// Request is what a person asks of Recover.
type Request struct {
	// Position is current, beginning, end, or a sequence of the log; empty only reports.
	Position string
	// Apply writes it; without, Recover changes nothing.
	Apply bool
	// Force applies it to a partition that nothing is wrong with, too.
	Force bool
}

// Report is what Recover found, and did.
type Report struct {
	Service   string
	Partition int
	// Cursor is the one that was there; nil: none that can be read.
	Cursor *orderwirev1.Cursor
	// Problem is why the partition is stopped; nil: nothing is wrong with it.
	Problem *StoppedError
	Log     LogState
	// Lanes is how many records of waiting orders there are (dispatcher only).
	Lanes int
	// Choices are the positions by name. Each says what becomes of the lane records.
	Choices []Choice
	// Chosen is what Request.Position means; nil when that was empty.
	Chosen *Choice
	// Applied says that the new cursor is stored.
	Applied bool
}

// LogState is what the log holds.
type LogState struct {
	Stream                string
	First, Last, Messages uint64
}

// unfinished is the last sequence that the log of a cursor had, while Recover is not done.
const unfinished = math.MaxUint64

// Recover shows a partition's position and the choices, and writes the one that was chosen: a cursor without an owner, with the streams as they are now,
// under the same condition as every commit. A running owner is fenced by it.
//
// Records of waiting lanes are made to fit, whatever position is chosen: what is left of them covers deliveries of this stream that are unsent.
//   - One whose oldest delivery is not the stream's is cleared: the stream was re-created, or lost its end. Without any cursor that could tell, the
//     record does: it says when its oldest was stored.
//   - One whose oldest lies beyond the position is cleared, since that and all that waits behind it are read again, and what was sent before it, too.
//   - One that reaches beyond the end of the stream is cut to it: what comes next on these sequences is new.
//   - One that cannot be read is cleared: the partition cannot start with it.
//
// All others stay. A delivery that is gone for another reason is found to be removed by the dispatcher.
//
// The changes go with the new cursor in one atomic batch. When they are too many, others go before, each with a cursor that stops the partition: after a
// crash between them Recover can be called again.
func Recover(ctx context.Context, cfg Config, req Request) (*Report, error) {
	cfg = cfg.withDefaults()
	r := &Report{Service: cfg.Service, Partition: cfg.Partition}
	err := func() error {
		if err := cfg.validate(); err != nil {
			return err
		}
		v, err := lookWithLanes(ctx, &cfg, req.Apply)
		if err != nil {
			return err
		}
		if err := r.describe(v, req); err != nil {
			return err
		}
		if !req.Apply {
			return nil
		}
		if r.Chosen == nil {
			return errors.New("no position was chosen. Try: --position with one of the choices")
		}
		if r.Problem == nil && !req.Force {
			return errors.New("nothing is wrong with the partition, and its position is known. Try: leave it alone, or --force when you must move it")
		}
		if err := r.apply(ctx, &cfg, v); err != nil {
			return err
		}
		r.Applied = true
		return nil
	}()
	if err != nil {
		return r, fmt.Errorf("recover partition %d of the %s: %w", cfg.Partition, cfg.Service, err)
	}
	return r, nil
}

// lookWithLanes looks at the partition and its lanes. Lanes that reach too far are not believed at once when they are to be changed: to a leader that has
// not caught up, all may.
func lookWithLanes(ctx context.Context, cfg *Config, change bool) (*view, error) {
	wait := newWait()
	for looks := 1; ; looks++ {
		v, err := look(ctx, cfg)
		if err == nil {
			err = v.readLanes(ctx, cfg)
		}
		if err != nil || !change || looks >= identityLooks || !v.reachBeyond() {
			return v, err
		}
		if err := pause(ctx, wait.NextBackOff()); err != nil {
			return nil, err
		}
	}
}

// describe fills what there is to see.
func (r *Report) describe(v *view, req Request) (err error) {
	r.Cursor, r.Problem, r.Choices, r.Lanes = v.cursor, v.problem(), v.choices(), len(v.lanes)
	if r.Problem == nil {
		_, r.Problem = v.brokenLanes()
	}
	r.Log = LogState{Stream: v.log.name, First: v.log.first, Last: v.log.last, Messages: v.log.messages}
	if req.Position != "" {
		r.Chosen, err = v.choose(req.Position)
	}
	return err
}

// apply writes the chosen position.
func (r *Report) apply(ctx context.Context, cfg *Config, v *view) error {
	n, seq := v.cursor.GetN(), v.seq
	put := func(c *orderwirev1.Cursor, records []*nats.Msg) (err error) {
		w := newWrite(cfg.subject(), c, n, seq, records)
		if seq, err = w.settle(ctx, cfg.Store, cfg.Logger); errors.Is(err, ErrFenced) {
			return fmt.Errorf("%w. Try: stop the %s, then recover again", err, cfg.Service)
		}
		n = c.GetN()
		return err
	}
	records := v.changes(r.Chosen)
	for len(records) > MaxRecords {
		log := &orderwirev1.StreamMark{Name: v.log.name, Created: v.formerLog().GetCreated(), Last: unfinished}
		c := &orderwirev1.Cursor{Low: v.cursor.GetLow(), Done: v.cursor.GetDone(), LowAt: v.cursor.GetLowAt(), Log: log}
		if err := put(c, records[:MaxRecords]); err != nil {
			return err
		}
		records = records[MaxRecords:]
	}
	c := &orderwirev1.Cursor{Low: r.Chosen.Low, Log: v.log.mark()}
	if v.output != nil {
		c.Output = v.output.mark()
	}
	if r.Chosen.Name == Current {
		c.LowAt = v.cursor.GetLowAt()
		if v.keepsRuns(r.Chosen) {
			c.Done = v.cursor.GetDone()
		}
	} else if m, err := jet.GetFromLeader(ctx, cfg.JS.Conn(), v.log.name, c.GetLow()); err == nil && m != nil {
		c.LowAt = timestamppb.New(m.Time)
	}
	return put(c, records)
}
