package dispatcher

import (
	"context"
	"fmt"
	"time"

	"github.com/orderwire/orderwire/services/internal/topology"
)

// lookEvery is how often STATE is looked at when little is written to it.
const lookEvery = 5 * time.Second

// watch keeps the clock and the fill of STATE up to date.
func (d *Dispatcher) watch(ctx context.Context) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-d.worker.Fill.Due():
		case <-ctx.Done():
			return
		}
		if err := d.look(ctx); err != nil && ctx.Err() == nil {
			d.cfg.Logger.Debug("the fill of STATE is not known now", "err", err)
		}
	}
}

// look asks the server once: for its time, and for how full STATE is.
func (d *Dispatcher) look(ctx context.Context) error {
	sent := time.Now()
	s, err := d.js.Stream(ctx, topology.State)
	if err != nil {
		return fmt.Errorf("look up stream %s: %w", topology.State, err)
	}
	i := s.CachedInfo()
	if !i.TimeStamp.IsZero() {
		d.worker.Clock.Set(sent, time.Now(), i.TimeStamp)
	}
	if d.worker.Fill.Measured(i.State.Bytes, i.Config.MaxBytes) {
		for _, w := range d.all() {
			w.Wake()
		}
	}
	return nil
}
