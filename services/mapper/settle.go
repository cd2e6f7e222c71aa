package mapper

import (
	"context"
	"log/slog"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/internal/record"
	"github.com/orderwire/orderwire/services/mapper/decide"
)

// settle puts one group after the other on record and lets the positions move.
func (m *Mapper) settle(ctx context.Context) {
	for {
		select {
		case g := <-m.delivered:
			if m.settleGroup(ctx, g) != nil {
				return
			}
		case <-ctx.Done():
			return
		}
	}
}

// settleGroup stores dead letters and then the records, which say where a letter could not be kept. Records come after the deliveries they speak of, so that what is
// on record as mapped is in DELIVERIES. It fails with ctx only.
func (m *Mapper) settleGroup(ctx context.Context, g *group) error {
	if err := m.keep(ctx, g); err != nil {
		return err
	}
	now := timestamppb.Now()
	var outcomes []*orderwirev1.Outcome
	for _, w := range g.works {
		decisions := w.decisions()
		if w.own.over() {
			decisions = w.delivered()
		}
		for _, d := range decisions {
			o := w.outcome(d)
			o.At = now
			outcomes = append(outcomes, o)
		}
	}
	if err := m.untilDone(ctx, "store decision records", func() error { return m.records.Store(ctx, outcomes) }); err != nil {
		return err
	}
	m.metrics.groups.Inc()
	for _, w := range g.works {
		if !w.own.over() {
			m.account(ctx, w)
		}
		w.own.end(w.cause(), w.stored.Time)
	}
	last := g.works[len(g.works)-1]
	for _, own := range last.reading.set {
		own.pass(last.cause(), last.stored.Time)
	}
	if !last.own.over() { // else it may be of a stream that is no more
		m.settled.Store(last.cause())
	}
	return nil
}

// keep stores the dead letters of the entries that were refused.
func (m *Mapper) keep(ctx context.Context, g *group) error {
	var refused []*decide.Decision
	var letters []*orderwirev1.DeadLetter
	for _, w := range g.works {
		if w.own.over() {
			continue
		}
		if d := w.refusal(); d != nil {
			refused, letters = append(refused, d), append(letters, w.letter(d))
		}
	}
	if len(letters) == 0 {
		return nil
	}
	return m.untilDone(ctx, "store dead letters", func() error {
		kept, err := m.quarantine.Keep(ctx, letters)
		if err != nil {
			return err
		}
		for i, k := range kept {
			if k.Not == "" {
				m.metrics.letters.Inc()
				continue
			}
			m.metrics.unkept.Inc()
			refused[i].Detail += lost(k.Not, letters[i].GetCause())
		}
		return nil
	})
}

// cures say what helps against each reason that an entry is refused for.
var cures = map[orderwirev1.Reason]string{
	orderwirev1.Reason_MALFORMED:       "mend what publishes it, the detail says where it is wrong; then publish it again",
	orderwirev1.Reason_WRONG_INSTANCE:  "when the shop was moved or restored, accept the instance as the detail says; when it is a copy, stop it from publishing",
	orderwirev1.Reason_CLOCK:           "set the clock of the shop's host; the status is sent with the order's next change",
	orderwirev1.Reason_HISTORY_UNKNOWN: "nothing, when the other system has the status from before; else change the order in the shop once more",
	orderwirev1.Reason_COMMAND_REFUSED: "mend the command, the detail says what is wrong, and give it again; an action that is not known needs a newer mapper",
	orderwirev1.Reason_EXPRESSION:      "mend the route's expression",
}

// account counts and logs what was decided.
func (m *Mapper) account(ctx context.Context, w *work) {
	debug := m.cfg.Logger.Enabled(ctx, slog.LevelDebug)
	for _, d := range w.decisions() {
		m.metrics.decided(d)
		if d.Reason == orderwirev1.Reason_UNMAPPED && m.unmapped.first(w.shop, d.Status) {
			m.metrics.unmapped.Inc()
			m.cfg.Logger.Info("a status has no target; this is said once. If it should be sent, try: map it in the route's statuses",
				"shop", w.shop, "status", d.Status, "detail", d.Detail)
		}
		if cure, refused := cures[d.Reason]; refused && m.refused.first(w.shop, record.ReasonName(d.Reason)) {
			m.cfg.Logger.Warn("an entry is refused; this is said once for each shop and reason. Try: "+cure,
				"shop", w.shop, "reason", record.ReasonName(d.Reason), "detail", d.Detail, "order", w.order, "cause", w.cause())
		}
		if debug {
			m.cfg.Logger.Debug("decided", "decision", record.ReasonName(d.Reason), "shop", w.shop, "order", w.order, "destination", d.Destination, "target", d.Target,
				"event", w.id(), "cause", w.cause(), "delivery", d.DeliveryID, "detail", d.Detail, "after", time.Since(w.stored.Time))
		}
	}
}
