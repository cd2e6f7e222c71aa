package mapper

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/orderwire/orderwire/services/internal/partition"
)

// confirm asks STATE's leader whether partitions are still ours, and loses those that are not. It is asked once entries, and the deliveries that their decisions
// stand on, were read, and before anything is written or decided anew: see doubt for what follows from it. It fails with ctx only.
func (m *Mapper) confirm(ctx context.Context, partitions map[*owned]bool) error {
	var wg sync.WaitGroup
	for own := range partitions {
		if !own.over() {
			wg.Go(func() { m.confirmOne(ctx, own) })
		}
	}
	wg.Wait()
	return ctx.Err()
}

func (m *Mapper) confirmOne(ctx context.Context, own *owned) {
	_ = m.untilDone(ctx, "confirm a partition", func() error { // fails with ctx only
		c, err := m.cursor(ctx, own.p)
		switch {
		case errors.Is(err, errUnreadable): // the next claim stops the partition, and says what to do
			m.lose(own, err)
		case err != nil:
			return err
		case c == nil:
			m.lose(own, fmt.Errorf("partition %d: %w", own.p, partition.ErrForgotten))
		case c.GetOwner() != m.owner:
			m.lose(own, fmt.Errorf("partition %d: %w", own.p, partition.Fenced(c.GetOwner())))
		}
		return nil
	})
}

func (m *Mapper) lose(own *owned, err error) {
	if own.lose(err) {
		m.metrics.lost.Inc()
		m.cfg.Logger.Error("partition lost: nothing more is written for it", "partition", own.p, "err", err)
	}
}
