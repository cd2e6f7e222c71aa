package demo

import (
	"context"
	"time"

	"github.com/orderwire/orderwire/services/orderwire/audit"
)

const readyEvery = 5 * time.Millisecond

// An audit reads all streams, so it waits between two of them at least idleMin, and idleFactor times what the last one took.
const (
	idleMin    = 100 * time.Millisecond
	idleFactor = 3
)

// ready waits until the pipeline works, so that the first events do not wait for its start. Nothing would be lost without.
func (d *demonstration) ready(ctx context.Context) error {
	again := time.NewTicker(readyEvery)
	defer again.Stop()
	for {
		if ok, _ := d.checks.Run(ctx); ok {
			return nil
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// idle audits until everything that the shops stored is decided, and delivered or dead.
func (d *demonstration) idle(ctx context.Context, s *stored) error {
	for {
		began := time.Now()
		report, err := d.audit(ctx, s)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err == nil && report.Idle { // an error may be due to what changes while it is read
			d.report = report
			return nil
		}
		if err != nil {
			d.Logger.Debug("audit", "err", err)
		}
		wait := time.NewTimer(max(idleMin, idleFactor*time.Since(began)))
		select {
		case <-wait.C:
		case <-ctx.Done():
			wait.Stop()
			return ctx.Err()
		}
	}
}

func (d *demonstration) audit(ctx context.Context, s *stored) (*audit.Report, error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	return audit.Run(ctx, audit.Config{
		NC: d.nc, JS: d.js, Expected: s.expected, Received: func() *audit.Received { return audit.Receivers(d.receiver) },
	})
}
