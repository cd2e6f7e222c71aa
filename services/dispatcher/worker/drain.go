package worker

import (
	"context"
	"errors"
	"time"

	"github.com/orderwire/orderwire/services/dispatcher/lane"
)

// errDrained ends the work of a partition that is given up.
var errDrained = errors.New("drained")

// drain takes and starts nothing more, and waits for what is under way to become durable. It reports whether all did.
func (w *Worker) drain() bool {
	w.close()
	w.update(func(b *lane.Book, _ time.Time) { b.Drain() })
	attempts := time.NewTimer(w.cfg.DrainTimeout * 4 / 5)
	defer attempts.Stop()
	all := time.NewTimer(w.cfg.DrainTimeout * 17 / 20)
	defer all.Stop()
	for {
		select {
		case <-w.idle:
			if w.quiet() {
				return true
			}
		case <-attempts.C:
			w.cut() // what is still under way is made again by the next owner
		case <-all.C:
			w.log.Warn("drain time-out: the next owner takes over as after a crash", "timeout", w.cfg.DrainTimeout)
			return false
		case <-w.work.Done():
			return false
		}
	}
}

func (w *Worker) quiet() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return !w.book.Busy()
}

// release gives the partition up, so that the next owner need not wait. Without it nothing is lost.
func (w *Worker) release(clean bool) {
	if !clean {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), w.cfg.DrainTimeout/10)
	defer cancel()
	if err := w.chain.Release(ctx, w.window.Position(), nil); err != nil {
		w.log.Warn("partition was not released", "err", err)
		return
	}
	w.log.Info("partition released")
}
