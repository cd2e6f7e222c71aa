package mapper

import (
	"context"
	"fmt"
	"time"

	"google.golang.org/protobuf/proto"

	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/internal/jet"
	"github.com/orderwire/orderwire/services/internal/partition"
	"github.com/orderwire/orderwire/services/internal/topology"
	"github.com/orderwire/orderwire/services/mapper/memory"
)

const (
	// positionEvery is how often a partition's position is stored, at most. It only says how far to look back after a crash.
	positionEvery = 50 * time.Millisecond
	// checkEvery is how often an owner looks whether the streams are still the same when it has nothing to store.
	checkEvery = time.Minute
)

// hold has a partition until ctx ends or it is lost: claims it, lets it be read, stores its position, and releases it. What is under way then is finished
// until pipe ends, too. It is an Assigner's work.
func (m *Mapper) hold(ctx, pipe context.Context, p int) error {
	own, err := m.claim(ctx, p)
	if err != nil {
		return err
	}
	m.settled.CompareAndSwap(0, own.stored) // for the lag, until the first entry is settled
	m.metrics.partitions.Inc()
	defer m.metrics.partitions.Dec()
	m.follow(ctx, own)
	m.members.remove(own)
	select {
	case <-own.leave():
	case <-pipe.Done():
		return nil
	}
	if own.over() {
		return own.why()
	}
	pos, _, _ := own.position()
	own.chain.SawOutput(m.memory.Horizon())
	return own.chain.Release(pipe, pos, nil)
}

// claim makes the partition ours, finds out what a former owner may still do to it, and has it read.
func (m *Mapper) claim(ctx context.Context, p int) (own *owned, err error) {
	m.members.claim()
	defer func() { m.members.claimed(own) }()
	var before *orderwirev1.Cursor
	err = m.untilDone(ctx, "read a cursor", func() (err error) {
		before, err = m.cursor(ctx, p)
		return err
	})
	if err != nil {
		return nil, err
	}
	chain, err := partition.Claim(ctx, partition.Config{
		Service: partition.Mapper, Partition: p, Partitions: m.cfg.Partitions, Owner: m.owner, Store: m.state, JS: m.js, Logger: m.cfg.Logger,
	})
	if err != nil {
		return nil, err
	}
	var d doubt
	err = m.untilDone(ctx, "look at the streams after a claim", func() error {
		if released := before != nil && before.GetOwner() == "" && chain.Claimed().GetN() == before.GetN()+1; !released {
			mark, err := jet.Mark(ctx, m.js, topology.Orders)
			if err != nil {
				return err
			}
			d = newDoubt(mark.GetLast())
		}
		return m.learnHorizon(ctx)
	})
	if err != nil {
		return nil, err
	}
	m.cfg.Logger.Debug("claimed", "partition", p, "behind", chain.Claimed().GetLow(), "doubtful_until", d.until)
	return newOwned(p, memory.Claim(m.claims.Add(1)), chain, d), nil
}

// learnHorizon reads how far DELIVERIES is now. What is remembered must not be older: a delivery of the former owner could be missing.
func (m *Mapper) learnHorizon(ctx context.Context) error {
	mark, err := jet.Mark(ctx, m.js, topology.Deliveries)
	if err != nil || mark.GetLast() == 0 {
		return err
	}
	last, err := jet.GetFromLeader(ctx, m.cfg.NC, topology.Deliveries, mark.GetLast())
	if err != nil {
		return err
	}
	subject := "" // it may be gone; then each subject is asked of the leader until something newer is known
	if last != nil {
		subject = last.Subject
	}
	m.memory.Told(subject, mark.GetLast())
	return nil
}

// follow stores the position as it moves, until ctx ends or the partition is lost.
func (m *Mapper) follow(ctx context.Context, own *owned) {
	check := time.NewTicker(checkEvery)
	defer check.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-own.gone:
			return
		case <-check.C:
			if err := own.chain.Check(ctx); err != nil && ctx.Err() == nil {
				m.lose(own, err)
			}
			continue
		case <-own.changed:
		}
		pos, covered, due := own.position()
		if !due {
			continue
		}
		own.chain.SawOutput(m.memory.Horizon())
		if err := own.chain.Commit(ctx, pos, nil); err != nil {
			if ctx.Err() == nil {
				m.lose(own, err)
			}
			return // the release finishes what ctx left unknown
		}
		own.committed(pos, covered)
		select {
		case <-time.After(positionEvery):
		case <-ctx.Done():
		}
	}
}

// cursor reads a partition's cursor from the leader; nil when there is none.
func (m *Mapper) cursor(ctx context.Context, p int) (*orderwirev1.Cursor, error) {
	s, err := m.state.Last(ctx, topology.MapperCursor(p))
	if err != nil || s == nil {
		return nil, err
	}
	c := &orderwirev1.Cursor{}
	if err := proto.Unmarshal(s.Data, c); err != nil {
		return nil, fmt.Errorf("read the cursor of partition %d: %w", p, err)
	}
	return c, nil
}
