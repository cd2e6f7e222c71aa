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
	Partition string `required:"" placeholder:"P|all" help:"Number of the partition, from 0; or all, each of which that is stopped is recovered."`
	Position  string `placeholder:"POSITION" help:"Where it is to go on: current, beginning, end, or a sequence of its stream."`
	Apply     bool   `aliases:"yes" help:"Write the position. Without it nothing is changed."`
	Force     bool   `help:"Move a partition that nothing is wrong with."`
	JSON      bool   `help:"Print JSON."`
}

func (recoverCommand) Help() string {
	return "A partition whose stream was re-created or rolled back stops, since going on could lose or repeat what is between. " +
		"Without --apply this shows what is wrong, and what each position would mean. " +
		"Records of waiting orders that do not fit the stream or the position any more are cleared, or cut to the end of the stream; how many, is shown, too.\n\n" + examples(
		"orderwire recover --service dispatcher --partition all",
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
	Error     string           `json:"error,omitempty"`
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
	// Clears and Cuts count records of waiting orders.
	Clears int `json:"clears"`
	Cuts   int `json:"cuts"`
}

func (c recoverCommand) Run(ctx context.Context, t *terminal) error {
	if c.Apply && c.Position == "" {
		return usage("--position current|beginning|end|SEQUENCE", "nothing to apply: no position was chosen")
	}
	number, err := strconv.ParseUint(c.Partition, 10, 16)
	if err != nil && c.Partition != all {
		return usage("--partition 3, or --partition all", "--partition %s is neither a number nor all", c.Partition)
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
	cfg := partition.Config{
		Service: c.Service, Partition: int(number), Partitions: env.PartitionCount, Store: partition.NewStore(nc, pub), JS: js, Logger: slog.New(slog.DiscardHandler),
	}
	if c.Partition == all {
		return c.everything(ctx, t, cfg)
	}
	r, err := partition.Recover(ctx, cfg, c.request())
	if err != nil {
		return err
	}
	a := answerOf(r)
	if c.JSON {
		return t.json(a)
	}
	return a.print(t)
}

func (c recoverCommand) request() partition.Request {
	return partition.Request{Position: c.Position, Apply: c.Apply, Force: c.Force}
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
		a.Choices = append(a.Choices, choiceOf(ch))
	}
	if r.Chosen != nil {
		chosen := choiceOf(*r.Chosen)
		a.Chosen = &chosen
	}
	return a
}

func choiceOf(c partition.Choice) recoveryChoice {
	return recoveryChoice{Position: c.Name, Sequence: c.Low, Means: c.Means, Clears: c.Clears, Cuts: c.Cuts}
}

// lanes says what becomes of the records of waiting orders; empty when nothing does.
func (c recoveryChoice) lanes() string {
	if c.Clears == 0 && c.Cuts == 0 {
		return ""
	}
	return fmt.Sprintf("; records of waiting orders: clears %d, cuts %d", c.Clears, c.Cuts)
}

func (a recovery) position() string {
	if a.Position == nil {
		return "none that can be read"
	}
	return strconv.FormatUint(*a.Position, 10)
}

func (a recovery) state(t *terminal) string {
	if a.Problem == "" {
		return t.paint.green("nothing is wrong")
	}
	return t.paint.red("stopped: " + a.Problem)
}

func (a recovery) print(t *terminal) error {
	rows := []table.Row{
		{"partition", fmt.Sprintf("%d of the %s", a.Partition, a.Service)},
		{"state", a.state(t)},
		{"position", a.position()},
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
		if err := t.line(fmt.Sprintf("\n%s position %s (sequence %d): %s%s.", verb, a.Chosen.Position, a.Chosen.Sequence, a.Chosen.Means, a.Chosen.lanes())); err != nil {
			return err
		}
		if a.Applied {
			return t.line(lookAgain(a.Service))
		}
		return t.line(notApplied)
	}
	rows = nil
	for _, ch := range a.Choices {
		rows = append(rows, table.Row{ch.Position, ch.Sequence, ch.Means + ch.lanes()})
	}
	if err := t.line(""); err != nil {
		return err
	}
	return t.table(table.Row{"--position", "sequence", "means"}, rows...)
}
