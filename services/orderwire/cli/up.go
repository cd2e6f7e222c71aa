package cli

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"github.com/orderwire/orderwire/services/internal/process"
	"github.com/orderwire/orderwire/services/orderwire/up"
)

type upCommand struct {
	configured
	Data         string        `required:"" env:"ORDERWIRE_DATA" placeholder:"DIR" help:"The folder for all data; made when it is not there."`
	Listen       string        `default:"127.0.0.1:4222" placeholder:"HOST:PORT" help:"Where shops and other commands connect; port 0 takes a free one. Whoever reaches it may read and write everything."`
	Admin        string        `placeholder:"HOST:PORT" help:"Where /healthz, /readyz and /metrics are served."`
	DrainTimeout time.Duration `default:"25s" env:"ORDERWIRE_DRAIN_TIMEOUT" help:"How long attempts under way may take to finish at the end."`
	JSON         bool          `help:"Print the addresses as one JSON object."`
}

func (upCommand) Help() string {
	return "The embedded NATS server has no users: whoever reaches --listen may read and write everything, on a loopback address every user of this machine. " +
		"For users and accounts run nats-server, and the services beside it.\n\n" +
		"Ctrl-C lets attempts under way finish; the second one ends at once, and nothing is lost either way.\n\n" + examples(
		"orderwire up --data ./data",
		"orderwire up --config orderwire.yaml --data ./data",
		"OA_API_BASE_URL=https://api.example.com/merchant OA_API_KEY=acme OA_API_SECRET=... orderwire up --data ./data",
		"orderwire up --config orderwire.yaml --data ./data --listen 0.0.0.0:4222 --admin 127.0.0.1:9400",
	)
}

func (c upCommand) Run(ctx context.Context, t *terminal) error {
	env, err := environment()
	if err != nil {
		return err
	}
	file, from, err := c.source()
	if err != nil {
		return err
	}
	log := process.NewLogger(process.LogConfig{Writer: t.stderr, Format: env.Log.Format, Level: env.Log.Level.Level})
	warnUnknown(log)
	var printed error
	err = up.Run(ctx, up.Config{
		File: file, Dir: c.Data, Listen: c.Listen, Admin: c.Admin, Partitions: env.PartitionCount, DrainTimeout: c.DrainTimeout, Logger: log,
		Started: func(p up.Places) { printed = c.announce(t, p, from) },
	})
	if err != nil {
		return err
	}
	return printed
}

// own are the variables that only commands read.
var own = []string{"ORDERWIRE_DATA", "ORDERWIRE_RECEIVER_KEY", "ORDERWIRE_RECEIVER_SECRET"}

func warnUnknown(log *slog.Logger) {
	for _, u := range process.UnknownVariables() {
		if !slices.Contains(own, u.Name) {
			log.Warn("nobody reads this variable", "variable", u.Name, "try", u.Suggestion)
		}
	}
}

// places is the answer of --json.
type places struct {
	up.Places
	Source string `json:"source"`
}

func (c upCommand) announce(t *terminal, p up.Places, from string) error {
	if c.JSON {
		return t.json(places{p, from})
	}
	t.sayf("%s", t.errPaint.bold("Orderwire is up."))
	t.sayf("  configuration      %s", from)
	t.sayf("  shops publish on   %s", p.NATS)
	if p.Admin != "" {
		t.sayf("  health, metrics    %s/readyz  %s/metrics", p.Admin, p.Admin)
	}
	t.sayf("  to try             orderwire publish --data %s event.json", p.Data)
	return nil
}
