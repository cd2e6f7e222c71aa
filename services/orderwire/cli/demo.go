package cli

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/orderwire/orderwire/services/internal/process"
	"github.com/orderwire/orderwire/services/orderwire/audit"
	"github.com/orderwire/orderwire/services/orderwire/demo"
)

type demoCommand struct {
	Orders       int           `default:"60" help:"How many orders the shops have."`
	Rate         float64       `default:"40" help:"Events a second, of all shops together; 0 is as fast as they can."`
	Fail         float64       `default:"0.2" help:"Share of the attempts that the API lets fail: 503, 500, connection reset, slow answer."`
	Seed         uint64        `default:"1" help:"What the choice of orders and the failures follow from."`
	Deadline     time.Duration `default:"2m" help:"When everything must be done."`
	ExitWhenIdle bool          `help:"End when everything is done: with exit code 1 when anything was lost, out of order or wrongly signed, or it could not run to its end."`
	JSON         bool          `help:"Print the summary as one JSON object, and the attempts to standard error."`
}

func (demoCommand) Help() string {
	return "It needs nothing and leaves nothing: free ports of this machine, a temporary folder, a key and a secret made for this run. " +
		"Waits between attempts are milliseconds; the default ones are 5 s to 4 h.\n\n" + examples(
		"orderwire demo",
		"orderwire demo --exit-when-idle --json",
		"orderwire demo --orders 2000 --rate 0 --fail 0.5",
	)
}

func (c demoCommand) Run(ctx context.Context, t *terminal) error {
	if c.Orders < 1 {
		return usage("--orders 60", "--orders %d: there is at least one", c.Orders)
	}
	if c.Fail < 0 || c.Fail >= 1 {
		return usage("--fail 0.2", "--fail %v: a share from 0 to below 1, else nothing is ever delivered", c.Fail)
	}
	lines := live{to: t.stdout, paint: t.paint}
	if c.JSON {
		lines = live{to: t.stderr, paint: t.errPaint}
	}
	var printed error
	report, err := demo.Run(ctx, demo.Config{
		Orders: c.Orders, Rate: c.Rate, Fail: c.Fail, Seed: c.Seed, Deadline: c.Deadline, Stay: !c.ExitWhenIdle,
		Logger: process.NewLogger(process.LogConfig{Writer: t.stderr, Format: process.LogText, Level: slog.LevelError}),
		Started: func(p demo.Places) {
			c.begin(t, p)
			lines.header()
		},
		Attempt: lines.attempt,
		Done:    func(r *audit.Report, complete bool) { printed = c.sum(t, r, complete) },
	})
	if err := errors.Join(err, printed); err != nil {
		return err
	}
	if !report.OK() {
		return errors.New("something was lost, out of order, wrongly signed or contradictory: see the summary")
	}
	return nil
}

// begin says what is to be seen.
func (c demoCommand) begin(t *terminal, p demo.Places) {
	t.sayf("%s  shops publish the lives of %d orders, and the API lets %.0f %% of the attempts fail.", t.errPaint.bold("Orderwire demo."), c.Orders, 100*c.Fail)
	t.sayf("  shops    %s", p.NATS)
	t.sayf("  API      %s", p.API)
	t.sayf("  Waits between attempts are milliseconds here; the default ones are 5 s to 4 h.")
	if !c.ExitWhenIdle {
		t.sayf("  When all is done it stays up. Ctrl-C ends it. To try meanwhile:")
		t.sayf("    orderwire publish --server %s %s", p.NATS, p.Event)
		t.sayf("    curl %s/stats", p.Admin)
		t.sayf("    curl -X PUT %s/faults -d '{\"down\":true}'", p.Admin)
	}
	t.sayf("")
}

func (c demoCommand) sum(t *terminal, r *audit.Report, complete bool) error {
	if c.JSON {
		t.problems(r)
		return t.json(r)
	}
	if err := t.line(""); err != nil {
		return err
	}
	if err := t.summary(r); err != nil {
		return err
	}
	switch {
	case !complete:
		return t.line("\n" + t.paint.faint("Stopped before everything was done."))
	case c.ExitWhenIdle:
		return nil
	}
	return t.line("\n" + t.paint.faint("Everything is done. It stays up for looking around; Ctrl-C ends it."))
}
