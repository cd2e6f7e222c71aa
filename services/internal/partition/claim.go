package partition

import (
	"context"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go"

	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/internal/jet"
)

// identityLooks is how often a stream that does not fit the cursor is looked at before the partition is stopped: just after an election a leader may
// not have caught up. With the waits between, two or three seconds.
const identityLooks = 8

// Claim makes the owner the partition's own, whoever had it: it commits a new cursor, before anything else is read, and returns the chain that goes on from
// there. Faults of the server or the network are waited out until ctx ends.
//
// The error is a *StoppedError when no position can be trusted, or wraps ErrFenced when somebody else claimed at the same moment.
func Claim(ctx context.Context, cfg Config) (*Chain, error) {
	cfg = cfg.withDefaults()
	if err := cfg.validate(); err != nil {
		return nil, fmt.Errorf("claim partition: %w", err)
	}
	if cfg.Owner == "" {
		return nil, errors.New("claim partition: an owner is needed, see NewOwner")
	}
	c := &claimer{cfg: &cfg}
	wait := newWait()
	for try := 1; ; try++ {
		chain, err := c.once(ctx)
		if err == nil {
			return chain, nil
		}
		if c.final(err) {
			return nil, err
		}
		if ctx.Err() != nil {
			return nil, fmt.Errorf("claim partition %d of the %s: %w", cfg.Partition, cfg.Service, context.Cause(ctx))
		}
		if try&(try-1) == 0 && try > 1 {
			cfg.Logger.Warn("partition cannot be claimed yet, trying again", "try", try, "err", err)
		}
		if err := pause(ctx, wait.NextBackOff()); err != nil {
			return nil, fmt.Errorf("claim partition %d of the %s: %w", cfg.Partition, cfg.Service, err)
		}
	}
}

// claimer is one call of Claim.
type claimer struct {
	cfg        *Config
	superseded string // the owner of the cursor that the last try followed
	problems   int
}

// final tells what another try cannot change.
func (c *claimer) final(err error) bool {
	var stop *StoppedError
	var fenced *fencedError
	switch {
	case errors.As(err, &stop):
		c.problems++
		return c.problems >= identityLooks
	case errors.As(err, &fenced):
		// A late commit or the release of the owner that we follow, or a late commit of an earlier chain of ours: claim again behind it.
		return fenced.owner != c.superseded && fenced.owner != "" && fenced.owner != c.cfg.Owner
	}
	return false
}

func (c *claimer) once(ctx context.Context) (*Chain, error) {
	cfg := c.cfg
	v, err := look(ctx, cfg)
	if err != nil {
		return nil, err
	}
	if stop := v.problem(); stop != nil {
		return nil, stop
	}
	if v.unfounded() {
		if err := found(ctx, cfg, v); err != nil {
			return nil, err
		}
		if cfg.Service == Dispatcher { // our cursor is there now
			if v, err = look(ctx, cfg); err != nil {
				return nil, err
			}
			if stop := v.problem(); stop != nil {
				return nil, stop
			}
		}
	}
	c.superseded = v.cursor.GetOwner()
	cur := &orderwirev1.Cursor{
		Owner: cfg.Owner, Low: v.cursor.GetLow(), Done: v.cursor.GetDone(), LowAt: v.cursor.GetLowAt(), Log: v.log.mark(),
	}
	if v.output != nil {
		cur.Output = v.output.mark()
	}
	w := newWrite(cfg.subject(), cur, v.cursor.GetN(), v.seq, nil)
	seq, err := w.settle(ctx, cfg.Store, cfg.Logger)
	if err != nil {
		return nil, fmt.Errorf("claim partition %d of the %s: %w", cfg.Partition, cfg.Service, err)
	}
	return newChain(cfg, cur, seq), nil
}

// found creates the cursors of all partitions of the dispatcher, unless somebody else was quicker. It is one atomic batch: all of them exist, or none.
func found(ctx context.Context, cfg *Config, v *view) error {
	var msgs []*nats.Msg
	for _, w := range v.founding(cfg.Partitions) {
		msgs = append(msgs, w.msgs...)
	}
	if _, err := cfg.Store.Commit(ctx, msgs); err != nil && !jet.Fenced(err) {
		return fmt.Errorf("found the dispatcher's partitions: %w", err)
	}
	return nil
}
