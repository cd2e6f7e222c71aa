package worker

import (
	"context"
	"log/slog"
	"sync"
	"time"

	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/dispatcher/attempt"
	"github.com/orderwire/orderwire/services/dispatcher/lane"
	"github.com/orderwire/orderwire/services/internal/record"
	"github.com/orderwire/orderwire/services/internal/topology"
)

// Attempt is one attempt and what follows from it, for those who watch.
type Attempt struct {
	Key      topology.Key
	Delivery *orderwirev1.Delivery
	// Sequence in DELIVERIES.
	Sequence uint64
	Number   uint32
	Result   attempt.Result
	Verdict  lane.Verdict
	At       time.Time
}

// tell tells logs, metrics and observers of an attempt.
func (w *Worker) tell(a Attempt) {
	w.cfg.Metrics.attempted(w.cfg.Configuration(), &a)
	if w.cfg.Observe != nil {
		w.cfg.Observe(a)
	}
	level := slog.LevelInfo
	if !a.Verdict.Delivered {
		level = slog.LevelWarn
	}
	ctx := context.Background()
	if !w.log.Enabled(ctx, level) {
		return
	}
	attrs := []slog.Attr{
		slog.String("destination", a.Key.Destination), slog.String("shop", a.Key.Shop), slog.String("order", a.Key.Order),
		slog.String("event", a.Delivery.GetEventId()), slog.String("id", a.Delivery.GetId()), slog.Uint64("delivery", a.Sequence),
		slog.String("target", a.Delivery.GetTarget()), slog.Uint64("attempt", uint64(a.Number)),
		slog.String("class", record.ReasonName(a.Verdict.Reason)), slog.Int("status", a.Result.Status),
		slog.Duration("took", a.Result.Duration.Round(100*time.Microsecond)),
	}
	if a.Result.Err != "" {
		attrs = append(attrs, slog.String("err", a.Result.Err))
	}
	switch {
	case a.Verdict.Dead != 0:
		attrs = append(attrs, slog.String("dead", record.ReasonName(a.Verdict.Dead)))
	case !a.Verdict.Next.IsZero():
		attrs = append(attrs, slog.Time("next", a.Verdict.Next))
	}
	w.log.LogAttrs(ctx, level, "attempt", attrs...)
	if len(a.Result.Response) > 0 {
		w.log.Debug("response", "delivery", a.Sequence, "attempt", a.Number, "body", string(a.Result.Response))
	}
}

// sayAgain is how long a complaint that repeats is not repeated in the log.
const sayAgain = time.Minute

// complaints keeps a fault that many lanes meet from filling the log.
type complaints struct {
	mu   sync.Mutex
	said map[string]time.Time
}

func (c *complaints) once(log *slog.Logger, what string, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if last, ok := c.said[what]; ok && time.Since(last) < sayAgain {
		return
	}
	if c.said == nil {
		c.said = map[string]time.Time{}
	}
	c.said[what] = time.Now()
	log.Warn(what, "err", err)
}

// unknowns are the destinations that were found not to be in the configuration. Guarded by the worker's lock.
type unknowns map[string]bool

// note logs once when a destination is not there, and once when it is again.
func (u *unknowns) note(log *slog.Logger, destination string, unknown bool) {
	switch {
	case unknown && !(*u)[destination]:
		if *u == nil {
			*u = unknowns{}
		}
		(*u)[destination] = true
		log.Warn("destination is not in the configuration: its deliveries wait. Try: add it again", "destination", destination)
	case !unknown && (*u)[destination]:
		delete(*u, destination)
		log.Info("destination is in the configuration: its deliveries go on", "destination", destination)
	}
}
