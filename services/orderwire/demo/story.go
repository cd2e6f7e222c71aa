package demo

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/orderwire/orderwire/proto/lives"
)

// story: the shops publish, everything is delivered, and it is judged.
func (d *demonstration) story(ctx context.Context) error {
	if err := d.writeEvent(); err != nil {
		return err
	}
	d.Started(d.places)
	work, cancel := context.WithTimeoutCause(ctx, d.Deadline, ErrLate)
	defer cancel()
	s := &stored{expected: map[uint64]string{}}
	err := d.ready(work)
	if err == nil {
		err = publish(work, d.places.NATS, orders(d.Orders, d.Seed, time.Now()), d.Config, s)
	}
	if err == nil {
		err = d.idle(work, s)
	}
	if err == nil {
		d.live.until(work, d.report.Attempts)
	}
	complete := err == nil
	switch {
	case complete:
	case ctx.Err() != nil && errors.Is(context.Cause(ctx), context.Canceled): // stopped by a person: what is known until now is the result
		err = nil
	case errors.Is(err, ErrLate), errors.Is(context.Cause(work), ErrLate):
		err = fmt.Errorf("%w of %s. Try: a longer --deadline, or fewer --orders", ErrLate, d.Deadline)
	}
	if d.report == nil {
		d.report, _ = d.audit(context.WithoutCancel(ctx), s)
	}
	if d.report != nil {
		d.Done(d.report, complete)
	}
	if err == nil && d.Stay {
		<-ctx.Done()
	}
	return err
}

// writeEvent leaves an event of a new order for trying.
func (d *demonstration) writeEvent() error {
	e := lives.Named("whole-life").As(shopNames[0], "9001", time.Now(), 9001)[0]
	if err := os.WriteFile(d.places.Event, append(e.Data, '\n'), 0o600); err != nil {
		return fmt.Errorf("write an example event: %w", err)
	}
	return nil
}
