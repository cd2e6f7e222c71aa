package cli

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/orderwire/orderwire/services/internal/jet"
	"github.com/orderwire/orderwire/services/internal/partition"
)

type recoverCommand struct {
	connection
	Service   string `enum:"mapper,dispatcher" required:"" help:"Whose partition: mapper or dispatcher."`
	Partition int    `required:"" placeholder:"P" help:"Number of the partition, from 0."`
	Position  string `placeholder:"POSITION" help:"Where it is to go on: current, beginning, end, or a sequence of its stream."`
	Apply     bool   `aliases:"yes" help:"Write the position. Without it nothing is changed."`
	Force     bool   `help:"Move a partition that nothing is wrong with."`
	JSON      bool   `help:"Print JSON."`
}

func (recoverCommand) Help() string {
	return "A partition whose stream was re-created or rolled back stops, since going on could lose or repeat what is between. " +
		"Without --apply this shows what is wrong, and what each position would mean.\n\n" + examples(
		"orderwire recover --service dispatcher --partition 3",
		"orderwire recover --service dispatcher --partition 3 --position beginning --apply",
	)
}

// recovery is the answer of --json.
type recovery struct {
	Service   string           `json:"service"`
	Partition int              `json:"partition"`
	Problem   string           `json:"problem,omitempty"`
	Owner     string           `json:"owner,omitempty"`
	Position  *uint64          `json:"position"`
	Log       recoveryLog      `json:"log"`
	Lanes     int              `json:"lanes"`
	Choices   []recoveryChoice `json:"choices"`
	Chosen    *recoveryChoice  `json:"chosen"`
	Applied   bool             `json:"applied"`
}

type recoveryLog struct {
	Stream   string `json:"stream"`
	First    uint64 `json:"first"`
	Last     uint64 `json:"last"`
	Messages uint64 `json:"messages"`
}

type recoveryChoice struct {
	Position string `json:"position"`
	Sequence uint64 `json:"sequence"`
	Means    string `json:"means"`
}

func (c recoverCommand) Run(ctx context.Context, t *terminal) error {
	if c.Apply && c.Position == "" {
		return usage("--position current|beginning|end|SEQUENCE", "nothing to apply: no position was chosen")
	}
	env, err := environment()
	if err != nil {
		return err
	}
	nc, js, err := c.connect()
	if err != nil {
		return err
	}
	defer nc.Close()
	pub, err := jet.NewPublisher(nc, 2*time.Second)
	if err != nil {
		return err
	}
	defer pub.Close()
	r, err := partition.Recover(ctx, partition.Config{
		Service: c.Service, Partition: c.Partition, Partitions: env.PartitionCount, Store: partition.NewStore(nc, pub), JS: js, Logger: slog.New(slog.DiscardHandler),
	}, partition.Request{Position: c.Position, Apply: c.Apply, Force: c.Force})
	if err != nil {
		return err
	}
	a := answerOf(r)
	if c.JSON {
		return t.json(a)
	}
	return a.print(t)
}

func answerOf(r *partition.Report) recovery {
	a := recovery{
		Service: r.Service, Partition: r.Partition, Lanes: r.Lanes, Applied: r.Applied,
		Log: recoveryLog{r.Log.Stream, r.Log.First, r.Log.Last, r.Log.Messages},
	}
	if r.Problem != nil {
		a.Problem = r.Problem.What + ": " + r.Problem.Why
	}
	if r.Cursor != nil {
		low := r.Cursor.GetLow()
		a.Owner, a.Position = r.Cursor.GetOwner(), &low
	}
	for _, ch := range r.Choices {
		a.Choices = append(a.Choices, recoveryChoice{ch.Name, ch.Low, ch.Means})
	}
	if r.Chosen != nil {
		a.Chosen = &recoveryChoice{r.Chosen.Name, r.Chosen.Low, r.Chosen.Means}
	}
	return a
}

func (a recovery) print(t *terminal) error {
	position := "none that can be read"
	if a.Position != nil {
		position = strconv.FormatUint(*a.Position, 10)
	}
	problem := t.paint.green("nothing is wrong")
	if a.Problem != "" {
		problem = t.paint.red("stopped: " + a.Problem)
	}
	rows := []table.Row{
		{"partition", fmt.Sprintf("%d of the %s", a.Partition, a.Service)},
		{"state", problem},
		{"position", position},
		{"stream", fmt.Sprintf("%s: %d messages, %d to %d", a.Log.Stream, a.Log.Messages, a.Log.First, a.Log.Last)},
	}
	if a.Service == partition.Dispatcher {
		rows = append(rows, table.Row{"waiting orders", a.Lanes})
	}
	if err := t.table(nil, rows...); err != nil {
		return err
	}
	if a.Chosen != nil {
		verb := "Would set"
		if a.Applied {
			verb = "Set"
		}
		if err := t.line(fmt.Sprintf("\n%s position %s (sequence %d): %s.", verb, a.Chosen.Position, a.Chosen.Sequence, a.Chosen.Means)); err != nil || a.Applied {
			return err
		}
		return t.line("Nothing was changed. Add --apply to do it.")
	}
	rows = nil
	for _, ch := range a.Choices {
		rows = append(rows, table.Row{ch.Position, ch.Sequence, ch.Means})
	}
	if err := t.line(""); err != nil {
		return err
	}
	return t.table(table.Row{"--position", "sequence", "means"}, rows...)
}
