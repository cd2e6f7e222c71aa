package process

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"
)

// errSignal is the cause of a context that a signal ended.
var errSignal = errors.New("stopped by a signal")

// serve runs the service until it ends, fails, or is told to stop.
func (c Command) serve(in invocation) int {
	env, err := LoadEnv(c.defaults())
	if err != nil {
		complain(in.stderr, err)
		return exitUsage
	}
	logs := LogConfig{Writer: in.stderr, Format: env.Log.Format, Level: env.Log.Level.Level, Service: c.Name}
	p := newProcess(c.Name, env, NewLogger(logs))
	p.Log.Info("starting", "what", VersionLine(c.Name), "pid", os.Getpid())
	warnUnknown(p.Log)

	err = c.untilTold(in.signals, p)
	switch {
	case err == nil:
		p.Log.Info("done")
		return exitDone
	case logs.asText(): // before a person's eyes an error of many lines stays one of many lines
		complain(in.stderr, err)
	default:
		p.Log.Error("failed", "err", err)
	}
	return exitFailed
}

func warnUnknown(log *slog.Logger) {
	for _, unknown := range UnknownVariables() {
		attrs := []any{"variable", unknown.Name}
		if unknown.Suggestion != "" {
			attrs = append(attrs, "try", unknown.Suggestion)
		}
		log.Warn("nobody reads this variable", attrs...)
	}
}

// untilTold runs work and minds the signals: the first asks for the end, the second does not wait for it.
func (c Command) untilTold(signals <-chan os.Signal, p *Process) error {
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	ended := make(chan error, 1)
	go func() { ended <- c.work(ctx, p) }()

	var told os.Signal
	select {
	case err := <-ended:
		return err
	case told = <-signals:
	}
	p.Log.Info("stopping: work under way is being finished; a second signal stops at once", "signal", told.String(), "at_most", p.Env.DrainTimeout)
	p.state(errStopping)
	cancel(fmt.Errorf("%w: %s", errSignal, told))

	late := time.NewTimer(p.Env.DrainTimeout)
	defer late.Stop()
	select {
	case err := <-ended:
		return err
	case told = <-signals:
		return fmt.Errorf("stopped at once by a second signal (%s); what was under way will be done again", told)
	case <-late.C:
		return fmt.Errorf("work under way was not finished within %s and will be done again. Try: a longer ORDERWIRE_DRAIN_TIMEOUT", p.Env.DrainTimeout)
	}
}

// work serves the operator, runs the service and cleans up after both.
func (c Command) work(ctx context.Context, p *Process) error {
	admin, err := StartAdmin(AdminConfig{Listen: p.Env.Admin.Listen, Pprof: p.Env.Admin.Pprof, Checks: p.Checks, Registry: p.Metrics, Logger: p.Log})
	if err != nil {
		return err
	}
	p.OnStop("admin server", admin.Stop)
	p.Log.Info("admin server listens", "url", "http://"+admin.Addr())
	err = c.Run(ctx, p)
	if ctx.Err() != nil && (errors.Is(err, context.Canceled) || errors.Is(err, errSignal)) {
		err = nil
	}
	return errors.Join(err, p.stop())
}
