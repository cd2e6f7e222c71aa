package cli

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"

	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/orderwire/audit"
)

// reasonName as people see it: wrong-instance.
func reasonName(r orderwirev1.Reason) string {
	return strings.ReplaceAll(strings.ToLower(r.String()), "_", "-")
}

// summary prints an audit's report, and what is wrong to standard error.
func (t *terminal) summary(r *audit.Report) error {
	rows := []table.Row{{"events", r.Events}}
	rows = append(rows, table.Row{"decisions", r.Decided()})
	rows = append(rows, kinds(r.Decisions)...)
	rows = append(rows, table.Row{"attempts", r.Attempts})
	rows = append(rows, kinds(r.Classes)...)
	rows = append(
		rows,
		table.Row{"delivered", r.Delivered},
		table.Row{"dead", r.Dead},
		table.Row{"refused", r.DeadEntries},
		table.Row{"waiting", r.Waiting},
		table.Row{"lost", t.fault(r.Lost)},
		table.Row{"order violations", t.fault(r.OrderViolations)},
		table.Row{"bad signatures", t.fault(r.BadSignatures)},
		table.Row{"duplicates", r.Duplicates},
		table.Row{"published to delivered", fmt.Sprintf("p50 %.1f ms, p99 %.1f ms", r.Latency.P50, r.Latency.P99)},
	)
	if err := t.table(nil, rows...); err != nil {
		return err
	}
	t.problems(r)
	return nil
}

func (t *terminal) problems(r *audit.Report) {
	for _, p := range r.Problems {
		t.sayf("%s%s", t.errPaint.red("Problem: "), p)
	}
}

// kinds are the rows below a total, the most frequent first.
func kinds(counts map[string]int) (rows []table.Row) {
	names := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		if d := counts[b] - counts[a]; d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
	for _, name := range names {
		rows = append(rows, table.Row{"  " + name, counts[name]})
	}
	return rows
}

func (t *terminal) fault(n int) string {
	if n > 0 {
		return t.paint.red(fmt.Sprint(n))
	}
	return t.paint.green("0")
}
