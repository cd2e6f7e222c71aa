package cli

import (
	"fmt"
	"io"
	"time"

	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
)

// live prints a line for each attempt as it is put on record.
type live struct {
	to    io.Writer
	paint paint
}

// header names the columns.
func (l live) header() {
	fmt.Fprintln(l.to, l.paint.faint(fmt.Sprintf("%-12s  %-8s %-6s  %-18s try %-18s %8s", "time", "shop", "order", "status", "answer", "took")))
}

// attempt: time, shop, order, status, number of the attempt, what came of it.
func (l live) attempt(o *orderwirev1.Outcome) {
	a := o.GetAttempt()
	answer := "-"
	if a.GetStatus() != 0 {
		answer = fmt.Sprint(a.GetStatus())
	}
	result := fmt.Sprintf("%-3s %-14s", answer, reasonName(o.GetReason()))
	switch {
	case o.GetReason() == orderwirev1.Reason_DELIVERED:
		result = l.paint.green(result)
	case a.GetFinal():
		result = l.paint.red(result)
	default:
		result = l.paint.yellow(result)
	}
	line := fmt.Sprintf("%s  %-8s %-6s  %-18s #%-2d %s %8s", o.GetAt().AsTime().Local().Format("15:04:05.000"), o.GetShop(), o.GetOrder(), a.GetTarget(), a.GetNumber(), result,
		milliseconds(a.GetDuration().AsDuration()))
	if next := a.GetNext(); next != nil {
		line += l.paint.faint("  again in " + milliseconds(max(next.AsTime().Sub(o.GetAt().AsTime()), 0)))
	}
	if a.GetError() != "" {
		line += l.paint.faint("  " + a.GetError())
	}
	fmt.Fprintln(l.to, line)
}

func milliseconds(d time.Duration) string {
	ms := float64(d) / float64(time.Millisecond)
	if ms < 10 {
		return fmt.Sprintf("%.1f ms", ms)
	}
	return fmt.Sprintf("%.0f ms", ms)
}
