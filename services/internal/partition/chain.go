package partition

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
)

// checkEvery is how old the last look at the streams may be at a commit.
const checkEvery = time.Minute

// Chain is one owner's part of a partition's cursors: from its claim until it releases, or another owner claims. It is not safe for concurrent use.
type Chain struct {
	cfg     *Config
	claimed *orderwirev1.Cursor
	cursor  *orderwirev1.Cursor // the last one that is known to be stored
	seq     uint64              // its sequence in STATE
	pending *write              // a commit whose outcome is not known yet
	log     *orderwirev1.StreamMark
	output  *orderwirev1.StreamMark
	checked time.Time
	over    error // why the chain has ended
}

func newChain(cfg *Config, claimed *orderwirev1.Cursor, seq uint64) *Chain {
	return &Chain{cfg: cfg, claimed: claimed, cursor: claimed, seq: seq, log: claimed.GetLog(), output: claimed.GetOutput(), checked: time.Now()}
}

// Claimed is the cursor of the claim: where to begin (see NewWindow), and the streams it was made for, as their leaders showed them. GetLog().GetCreated()
// is when the log was created: sequences in it count only from there on, and what is older was caused by another log. GetOutput().GetCreated() is the same
// for the stream that the mapper writes. Both hold while the chain lasts: Check ends it when a stream is another one.
func (c *Chain) Claimed() *orderwirev1.Cursor { return c.claimed }

// Sequence is the stream sequence in STATE of the last cursor that is known to be stored. Just after Claim: whoever reads records must have seen that
// much, or a replica that lags has answered.
func (c *Chain) Sequence() uint64 { return c.seq }

// SawOutput notes the sequence of a message in the stream that the service writes: the next commit records that the stream is at least that long.
func (c *Chain) SawOutput(seq uint64) {
	if c.output != nil && seq > c.output.GetLast() {
		c.output = &orderwirev1.StreamMark{Name: c.output.GetName(), Created: c.output.GetCreated(), Last: seq}
	}
}

// Commit stores the position and the records, all or nothing. At most MaxRecords records go with one commit; they carry no conditions of their own.
//
// It returns when the outcome is known. After an error that is neither ErrFenced, ErrForgotten nor a *StoppedError (so: ctx ended) the commit may still be
// stored; the next Commit or Release finishes it first, so the owner must go on as if it had been.
func (c *Chain) Commit(ctx context.Context, pos Position, records []*nats.Msg) error {
	return c.commit(ctx, c.cfg.Owner, pos, records)
}

// Release is a last commit, which gives the partition up: its cursor names no owner.
func (c *Chain) Release(ctx context.Context, pos Position, records []*nats.Msg) error {
	err := c.commit(ctx, "", pos, records)
	if err == nil {
		c.over = errReleased
	}
	return err
}

func (c *Chain) commit(ctx context.Context, owner string, pos Position, records []*nats.Msg) error {
	err := func() error {
		if len(records) > MaxRecords {
			return fmt.Errorf("%d records in one commit: at most %d", len(records), MaxRecords)
		}
		if err := c.finish(ctx); err != nil {
			return err
		}
		if low := c.cursor.GetLow(); pos.Low < low {
			return fmt.Errorf("position %d lies before the one that is committed, %d", pos.Low, low)
		}
		if time.Since(c.checked) > checkEvery {
			if err := c.Check(ctx); err != nil {
				return err
			}
		}
		c.pending = newWrite(c.cfg.subject(), c.next(owner, pos), c.cursor.GetN(), c.seq, records)
		return c.finish(ctx)
	}()
	if err != nil {
		return fmt.Errorf("commit partition %d of the %s: %w", c.cfg.Partition, c.cfg.Service, err)
	}
	return nil
}

// next is the cursor for a position.
func (c *Chain) next(owner string, pos Position) *orderwirev1.Cursor {
	end := pos.Low
	if n := len(pos.Done); n > 0 {
		end = pos.Done[n-1].GetLast()
	}
	if end > c.log.GetLast() {
		c.log = &orderwirev1.StreamMark{Name: c.log.GetName(), Created: c.log.GetCreated(), Last: end}
	}
	cur := &orderwirev1.Cursor{Owner: owner, Low: pos.Low, Done: pos.Done, Log: c.log, Output: c.output}
	if !pos.LowAt.IsZero() {
		cur.LowAt = timestamppb.New(pos.LowAt)
	}
	return cur
}

// finish finds out what became of the commit that is under way.
func (c *Chain) finish(ctx context.Context) error {
	if c.over != nil {
		return c.over
	}
	if c.pending == nil {
		return nil
	}
	seq, err := c.pending.settle(ctx, c.cfg.Store, c.cfg.Logger)
	switch {
	case err == nil:
		c.cursor, c.seq, c.pending = c.pending.cursor, seq, nil
	case errors.Is(err, ErrFenced), errors.Is(err, ErrForgotten):
		c.over = err
	}
	return err
}

// Check looks whether the streams are still those of the claim: one that is re-created under a running owner would be read from the old position. Commit
// does so once a minute; an owner that has nothing to commit should, too. The error is a *StoppedError, and the chain is over, or ctx ended; a stream
// that cannot be looked up now is no error, and waits for the next check.
func (c *Chain) Check(ctx context.Context) error {
	v := &view{service: c.cfg.service(), partition: c.cfg.Partition, cursor: proto.CloneOf(c.cursor)}
	v.cursor.Log, v.cursor.Output = c.log, c.output
	c.checked = time.Now()
	wait := newWait()
	for looks := 1; ; looks++ {
		if err := v.lookAtStreams(ctx, c.cfg.JS); err != nil {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			c.cfg.Logger.Warn("streams cannot be looked up", "err", err)
			return nil
		}
		stop := v.problem()
		if stop == nil {
			return nil
		}
		if looks >= identityLooks {
			c.over = stop
			return stop
		}
		if err := pause(ctx, wait.NextBackOff()); err != nil {
			return err
		}
	}
}
