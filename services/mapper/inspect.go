package mapper

import (
	"context"
	"fmt"
	"runtime/debug"

	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/internal/event"
	"github.com/orderwire/orderwire/services/internal/topology"
	"github.com/orderwire/orderwire/services/mapper/decide"
	"github.com/orderwire/orderwire/services/mapper/pin"
)

// inspect finds out what an entry is: an event that can be routed (alone stays nil), a command, which it carries out, or something that is refused.
// It fails with ctx only.
func (m *Mapper) inspect(ctx context.Context, w *work) error {
	w.shop, w.order = event.RecordName(w.entry.Shop), event.RecordName(w.entry.Order)
	if w.entry.Kind == topology.EntryCommand {
		return m.command(ctx, w)
	}
	w.floor = w.own.doubt.floor(w.at(), w.entry.Shop, w.entry.Order)
	m.guard(w, func(d decide.Decision) { w.event, w.alone = nil, &d }, func() {
		w.event, w.alone = decide.Accept(w.entry, w.stored)
	})
	if w.alone != nil {
		return nil
	}
	return m.untilDone(ctx, "look up the pin of a shop", func() error {
		speaker, err := m.pins.Speaker(ctx, w.by(w.event.GetInstance()))
		if err == nil && speaker != w.event.GetInstance() {
			w.alone = &decide.Decision{
				Reason: orderwirev1.Reason_WRONG_INSTANCE, Status: w.event.Status(),
				Detail: fmt.Sprintf("instance %s sent it; %s speaks for the shop. If the shop was moved or restored, try: orderwire shop accept %s --instance %[1]s --reason ...",
					w.event.GetInstance(), speaker, w.event.GetShop()),
			}
		}
		return err
	})
}

func (w *work) by(instance string) pin.By {
	return pin.By{Shop: w.entry.Shop, Instance: instance, Cause: w.cause(), At: w.stored.Time}
}

// command carries an operator's command out. Its record says what became of it; it is no event, so its bytes are not kept.
func (m *Mapper) command(ctx context.Context, w *work) error {
	refuse := func(why string) { w.alone = &decide.Decision{Reason: orderwirev1.Reason_COMMAND_REFUSED, Detail: why} }
	if w.entry.Literal {
		refuse("the subject holds a wildcard as text")
		return nil
	}
	var cmd *orderwirev1.Command
	m.guard(w, func(d decide.Decision) { refuse(d.Detail) }, func() {
		var err error
		if cmd, err = event.DecodeCommand(w.stored.Data, topology.MaxEventBytes); err == nil {
			err = event.ValidateCommand(cmd, w.entry.Shop, w.entry.Order)
		}
		if err != nil {
			refuse(err.Error())
		}
	})
	if w.alone != nil {
		return nil
	}
	w.command = cmd.GetId()
	accept := cmd.GetAcceptInstance()
	if accept == nil {
		refuse("this version of the mapper does not know the action")
		return nil
	}
	err := m.untilDone(ctx, "accept the instance of a shop", func() error {
		return m.pins.Accept(ctx, w.by(accept.GetInstance()), cmd.GetId())
	})
	w.alone = &decide.Decision{Reason: orderwirev1.Reason_COMMAND_DONE, Detail: fmt.Sprintf("instance %s speaks for the shop: asked by %s", accept.GetInstance(), cmd.GetOperator())}
	if reason := cmd.GetReason(); reason != "" {
		w.alone.Detail += ", " + reason
	}
	return err
}

// guard runs what works on an event's contents. A panic there is our mistake; the event is refused as malformed, so that it stops nobody and is kept.
func (m *Mapper) guard(w *work, refuse func(decide.Decision), do func()) {
	defer func() {
		if r := recover(); r != nil {
			m.cfg.Logger.Error("an event made the mapper panic: it is refused. Try: report this with its dead letter",
				"shop", w.shop, "order", w.order, "cause", w.cause(), "panic", r, "stack", string(debug.Stack()))
			refuse(decide.Decision{Reason: orderwirev1.Reason_MALFORMED, Detail: "the mapper failed on it, see its log"})
		}
	}()
	do()
}
