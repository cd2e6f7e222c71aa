package mapper

import (
	"context"
	"errors"
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
	own.chain.SawOutput(own.written())
	return own.chain.Release(pipe, pos, nil)
}

// claim makes the partition ours, finds out what a former owner may still do to it, and has it read.
func (m *Mapper) claim(ctx context.Context, p int) (own *owned, err error) {
	m.members.claim()
	defer func() { m.members.claimed(own) }()
	var before *orderwirev1.Cursor
	err = m.untilDone(ctx, "read a cursor", func() (err error) {
		if before, err = m.cursor(ctx, p); errors.Is(err, errUnreadable) {
			return nil // the claim says so, with its cure
		}
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
	err = m.untilDone(ctx, "look at "+topology.Orders+" after a claim", func() error {
		if released := before != nil && before.GetOwner() == "" && chain.Claimed().GetN() == before.GetN()+1; released {
			return nil
		}
		mark, err := jet.Mark(ctx, m.js, topology.Orders)
		d = newDoubt(mark.GetLast())
		return err
	})
	if err == nil {
		err = m.learnHorizon(ctx)
	}
	if err != nil {
		return nil, err
	}
	m.cfg.Logger.Debug("claimed", "partition", p, "behind", chain.Claimed().GetLow(), "doubtful_until", d.until)
	return newOwned(p, memory.Claim(m.claims.Add(1)), chain, d), nil
}

// errShort says that DELIVERIES seems to have lost its end.
var errShort = errors.New("stream " + topology.Deliveries + " is shorter than it was")

// shortLooks is how often it must seem so: just after an election a leader may not have caught up.
const shortLooks = 8

// learnHorizon reads how far DELIVERIES is now, and the server's time. What is remembered must not be older: a delivery of the former owner could be missing. It
// fails with ctx only.
func (m *Mapper) learnHorizon(ctx context.Context) error {
	looks := 0
	return m.untilDone(ctx, "look at "+topology.Deliveries+" after a claim", func() error {
		info, err := m.look(ctx, topology.Deliveries)
		if err != nil {
			return err
		}
		seq := info.State.LastSeq
		if seq < m.memory.Horizon(info.Created) {
			if looks++; looks < shortLooks {
				return errShort
			}
			m.memory.Shortened()
		}
		subject := "" // it may be gone; then each subject is asked of the leader until something newer is known
		if seq > 0 {
			last, err := jet.GetFromLeader(ctx, m.cfg.NC, topology.Deliveries, seq)
			if err != nil {
				return err
			}
			if last != nil {
				subject = last.Subject
			}
		}
		m.memory.Told(info.Created, subject, seq)
		return nil
	})
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
		own.chain.SawOutput(own.written())
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

// errUnreadable says that a record in the place of a cursor is none.
var errUnreadable = errors.New("its cursor cannot be read")

// cursor reads a partition's cursor from the leader; nil when there is none. The error may be errUnreadable, which asking again does not change.
func (m *Mapper) cursor(ctx context.Context, p int) (*orderwirev1.Cursor, error) {
	s, err := m.state.Last(ctx, topology.MapperCursor(p))
	if err != nil || s == nil {
		return nil, err
	}
	c := &orderwirev1.Cursor{}
	if err := proto.Unmarshal(s.Data, c); err != nil {
		return nil, fmt.Errorf("partition %d: %w: %w", p, errUnreadable, err)
	}
	if c.GetToken() == "" {
		return nil, fmt.Errorf("partition %d: %w: the record of %d bytes is no cursor", p, errUnreadable, len(s.Data))
	}
	return c, nil
}
