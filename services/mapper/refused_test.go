package mapper

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/mapper/decide"
)

// What is refused is said once for each shop and reason, with what helps.
func TestRefusalsAreSaidOnce(t *testing.T) {
	bubble(t, small(1), func(r *rig) {
		var log bytes.Buffer
		s := &shop{rig: r}
		run := r.start(Config{Configuration: fixed(t, twoTargets), Logger: slog.New(slog.NewJSONHandler(&log, nil))}, nil)
		s.send("1", "P", nil)
		var want []uint64
		for range 3 {
			causes := []uint64{
				r.publish("orders.acme.2", nil, []byte("{")),
				r.publish("orders.other.2", nil, []byte("{")),
				s.send("3", "P", clone),
				s.send("4", "P", func(e *orderwirev1.OrderStatusChanged) { e.Sequence += time.Hour.Microseconds() }),
				s.send("5", "P", func(e *orderwirev1.OrderStatusChanged) {
					e.Sequence -= (decide.HistoryLimit + time.Hour).Microseconds()
				}),
				r.publish("command.acme._", nil, []byte("accept, please")),
			}
			if want == nil {
				want = causes
			}
		}
		r.settled()
		run.end(t)
		type line struct{ Level, Msg, Shop, Reason, Detail string }
		var got []uint64
		var reasons []string
		for dec := json.NewDecoder(&log); dec.More(); {
			var l struct {
				line
				Cause uint64
			}
			require.NoError(t, dec.Decode(&l))
			if l.Reason == "" {
				continue
			}
			require.Equal(t, "WARN", l.Level)
			require.Contains(t, l.Msg, "Try: ")
			require.NotEmpty(t, l.Detail)
			got, reasons = append(got, l.Cause), append(reasons, l.Shop+" "+l.Reason)
		}
		require.Equal(t, want, got)
		require.Equal(t, []string{"acme malformed", "other malformed", "acme wrong-instance", "acme clock", "acme history-unknown", "acme command-refused"}, reasons)
	})
}

func TestEveryRefusalHasACure(t *testing.T) {
	for n := range orderwirev1.Reason_name {
		if reason := orderwirev1.Reason(n); decide.Refused(reason) {
			require.NotEmpty(t, cures[reason], reason)
		}
	}
}
