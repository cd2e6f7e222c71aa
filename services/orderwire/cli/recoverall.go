package cli

import (
	"context"
	"fmt"

	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/orderwire/orderwire/services/internal/partition"
	"github.com/orderwire/orderwire/services/internal/process"
)

// all is --partition all.
const all = "all"

// everything recovers every partition: one that cannot be is reported, and the next one is taken. Without --force those that nothing is wrong with are left alone.
func (c recoverCommand) everything(ctx context.Context, t *terminal, cfg partition.Config) error {
	var rows []table.Row
	failed, chosen, applied := 0, 0, 0
	for p := range cfg.Partitions {
		cfg.Partition = p
		a, err := c.oneOfAll(ctx, cfg)
		if err != nil {
			failed++
			a = recovery{Service: c.Service, Partition: p, Error: process.Redact(err.Error())}
		}
		if a.Chosen != nil {
			chosen++
		}
		if a.Applied {
			applied++
		}
		if c.JSON {
			if err := t.json(a); err != nil {
				return err
			}
		}
		rows = append(rows, a.row(t))
	}
	if !c.JSON {
		if err := t.table(table.Row{"PARTITION", "POSITION", "WAITING ORDERS", "STATE", ""}, rows...); err != nil {
			return err
		}
		if err := c.next(t, chosen, applied); err != nil {
			return err
		}
	}
	if failed > 0 {
		return errSilent
	}
	return nil
}

func (c recoverCommand) oneOfAll(ctx context.Context, cfg partition.Config) (recovery, error) {
	if !c.Force {
		r, err := partition.Recover(ctx, cfg, partition.Request{})
		if err != nil || r.Problem == nil {
			return answerOf(r), err
		}
	}
	r, err := partition.Recover(ctx, cfg, c.request())
	return answerOf(r), err
}

// row is the partition in a table of all.
func (a recovery) row(t *terminal) table.Row {
	if a.Error != "" {
		return table.Row{a.Partition, "-", "-", t.paint.red("failed: " + a.Error), ""}
	}
	waiting := "-"
	if a.Service == partition.Dispatcher {
		waiting = fmt.Sprint(a.Lanes)
	}
	result := ""
	switch {
	case a.Applied:
		result = fmt.Sprintf("set to %s (sequence %d)%s", a.Chosen.Position, a.Chosen.Sequence, a.Chosen.lanes())
	case a.Chosen != nil:
		result = fmt.Sprintf("would be set to %s (sequence %d)%s", a.Chosen.Position, a.Chosen.Sequence, a.Chosen.lanes())
	}
	return table.Row{a.Partition, a.position(), waiting, a.state(t), result}
}

// next says how it goes on.
func (c recoverCommand) next(t *terminal, chosen, applied int) error {
	switch {
	case applied > 0:
		return t.line("\n" + lookAgain(c.Service))
	case chosen > 0:
		return t.line("\n" + notApplied)
	}
	return nil
}

// notApplied is what a run without --apply ends with.
const notApplied = "Nothing was changed. Add --apply to do it."

// lookAgain says when what was written takes effect.
func lookAgain(service string) string {
	return fmt.Sprintf("A %s that runs looks again within 30 s.", service)
}
