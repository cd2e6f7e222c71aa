package cli

import (
	"context"
	"fmt"
	"strconv"

	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/orderwire/orderwire/services/internal/topology"
)

type streamCommand struct {
	Ensure streamEnsureCommand `cmd:"" help:"Create the streams that are missing, and say where others differ from what is expected."`
}

type streamEnsureCommand struct {
	connection
	Replicas int              `default:"1" placeholder:"N" help:"Replicas of each stream: 1, or 3 on a cluster."`
	MaxMiB   map[string]int64 `name:"max-mib" placeholder:"STREAM=MIB" help:"Size of a stream in MiB, instead of the default. May be given for several, with ; between."`
	JSON     bool             `help:"Print JSON."`
}

func (streamEnsureCommand) Help() string {
	return "For services of their own, once before they start; orderwire up does it by itself. Nothing is changed or deleted. " +
		"Exit code 1: a stream differs.\n\n" + examples(
		"orderwire stream ensure --server nats://127.0.0.1:4222",
		"orderwire stream ensure --context production --replicas 3 --max-mib 'ORDERS=4096;DELIVERIES=4096'",
	)
}

// streams is the answer of --json.
type streams struct {
	Created []string      `json:"created"`
	Drift   []streamDrift `json:"drift"`
}

type streamDrift struct {
	Stream   string `json:"stream"`
	Field    string `json:"field"`
	Have     string `json:"have"`
	Expected string `json:"expected"`
	Try      string `json:"try"`
}

func (c streamEnsureCommand) Run(ctx context.Context, t *terminal) error {
	env, err := environment()
	if err != nil {
		return err
	}
	cfg := topology.Config{Replicas: c.Replicas, Partitions: env.PartitionCount, MaxBytes: map[string]int64{}}
	for name, mib := range c.MaxMiB {
		cfg.MaxBytes[name] = mib << 20
	}
	if err := cfg.Validate(); err != nil {
		return usage("orderwire stream ensure --help", "%w", err)
	}
	nc, js, err := c.connect()
	if err != nil {
		return err
	}
	defer nc.Close()
	report, err := topology.Ensure(ctx, js, cfg)
	if err != nil {
		return err
	}
	a := streams{Created: append([]string{}, report.Created...), Drift: []streamDrift{}}
	for _, d := range report.Drift {
		a.Drift = append(a.Drift, streamDrift{Stream: d.Stream, Field: d.Field, Have: d.Have, Expected: d.Want, Try: d.Cure})
	}
	if err := a.print(t, c.JSON); err != nil {
		return err
	}
	if len(a.Drift) > 0 {
		return errSilent
	}
	return nil
}

func (a streams) print(t *terminal, asJSON bool) error {
	if asJSON {
		return t.json(a)
	}
	created := map[string]bool{}
	for _, name := range a.Created {
		created[name] = true
	}
	drift := map[string]int{}
	for _, d := range a.Drift {
		drift[d.Stream]++
		t.warn(fmt.Sprintf("stream %s: %s is %s, expected %s. Try: %s", d.Stream, d.Field, d.Have, d.Expected, d.Try))
	}
	var rows []table.Row
	for _, name := range topology.Names {
		state := "as expected"
		switch {
		case created[name]:
			state = t.paint.green("created")
		case drift[name] > 0:
			state = t.paint.yellow("differs in " + strconv.Itoa(drift[name]))
		}
		rows = append(rows, table.Row{name, state})
	}
	return t.table(table.Row{"stream", "state"}, rows...)
}
