package partition

import (
	"context"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"
	"google.golang.org/protobuf/types/known/timestamppb"

	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/internal/jet"
	"github.com/orderwire/orderwire/services/internal/topology"
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
	// ClearLanes says that they belong to a stream that is gone, and are removed.
	ClearLanes bool
	// Choices are the positions by name.
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

// Recover shows a partition's position and the choices, and writes the one that was chosen: a cursor without an owner, with the streams as they are now,
// under the same condition as every commit. A running owner is fenced by it.
//
// The records of waiting lanes stay, whatever position is chosen: their deliveries are unsent and in the stream, and one that is gone is found to be removed
// by the dispatcher. Only when DELIVERIES was re-created do they mean nothing: their sequences belong to a stream that is gone. Then they are
// purged, between two cursors: the first fences a running owner and leaves the partition stopped as it was, the second carries the new position. A crash
// between them leaves a stopped partition, and Recover can be called again.
func Recover(ctx context.Context, cfg Config, req Request) (*Report, error) {
	cfg = cfg.withDefaults()
	r := &Report{Service: cfg.Service, Partition: cfg.Partition}
	err := func() error {
		if err := cfg.validate(); err != nil {
			return err
		}
		v, err := look(ctx, &cfg)
		if err != nil {
			return err
		}
		if err := r.describe(ctx, &cfg, v, req); err != nil {
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

// describe fills what there is to see.
func (r *Report) describe(ctx context.Context, cfg *Config, v *view, req Request) (err error) {
	r.Cursor, r.Problem, r.Choices = v.cursor, v.problem(), v.choices()
	r.Log = LogState{Stream: v.log.name, First: v.log.first, Last: v.log.last, Messages: v.log.messages}
	if cfg.Service == Dispatcher {
		if r.Lanes, err = countLanes(ctx, cfg); err != nil {
			return err
		}
		r.ClearLanes = v.lanesMeanNothing()
	}
	if req.Position != "" {
		r.Chosen, err = v.choose(req.Position)
	}
	return err
}

// lanesMeanNothing says that it is certain that DELIVERIES is another stream than the one the lane records were written for. Without any cursor it is not,
// and they stay.
func (v *view) lanesMeanNothing() bool {
	return v.formerLog() != nil && recreated(v.log, v.formerLog())
}

// formerLog is the log as the partition's cursor, or the newest of the other partitions', remembers it.
func (v *view) formerLog() *orderwirev1.StreamMark {
	if v.cursor != nil {
		return v.cursor.GetLog()
	}
	return v.sibling.GetLog()
}

func countLanes(ctx context.Context, cfg *Config) (n int, err error) {
	err = jet.ReadLastPerSubject(ctx, cfg.JS.Conn(), cfg.JS, topology.State, []string{topology.LaneFilter(cfg.Partition)}, func(m *jet.Stored) error {
		if len(m.Data) > 0 { // else the marker of one that was deleted
			n++
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("count lanes: %w", err)
	}
	return n, nil
}

// apply writes the chosen position.
func (r *Report) apply(ctx context.Context, cfg *Config, v *view) error {
	n, seq := v.cursor.GetN(), v.seq
	put := func(c *orderwirev1.Cursor) (err error) {
		w := newWrite(cfg.subject(), c, n, seq, nil)
		if seq, err = w.settle(ctx, cfg.Store, cfg.Logger); errors.Is(err, ErrFenced) {
			return fmt.Errorf("%w. Try: stop the %s, then recover again", err, cfg.Service)
		}
		n = c.GetN()
		return err
	}
	if r.ClearLanes {
		if err := put(&orderwirev1.Cursor{Low: v.cursor.GetLow(), Done: v.cursor.GetDone(), Log: v.formerLog()}); err != nil {
			return err
		}
		if err := purgeLanes(ctx, cfg); err != nil {
			return err
		}
	}
	c := &orderwirev1.Cursor{Low: r.Chosen.Low, Log: v.log.mark()}
	if v.output != nil {
		c.Output = v.output.mark()
	}
	if r.Chosen.Name == Current {
		c.LowAt = v.cursor.GetLowAt()
		if !v.shorter() { // else the sequences of the runs may have been given out anew
			c.Done = v.cursor.GetDone()
		}
	} else if m, err := jet.GetFromLeader(ctx, cfg.JS.Conn(), v.log.name, c.GetLow()); err == nil && m != nil {
		c.LowAt = timestamppb.New(m.Time)
	}
	return put(c)
}

func purgeLanes(ctx context.Context, cfg *Config) error {
	s, err := cfg.JS.Stream(ctx, topology.State)
	if err == nil {
		err = s.Purge(ctx, jetstream.WithPurgeSubject(topology.LaneFilter(cfg.Partition)))
	}
	if err != nil {
		return fmt.Errorf("clear lanes: %w", err)
	}
	return nil
}
