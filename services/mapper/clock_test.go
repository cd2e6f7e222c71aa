package mapper

import (
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/internal/clock"
	"github.com/orderwire/orderwire/services/internal/jet"
	"github.com/orderwire/orderwire/services/mapper/decide"
	"github.com/orderwire/orderwire/services/mapper/memory"
)

// A host whose clock is far ahead knows an order's first event for what it is, and one whose clock is far behind an old one.
func TestHistoryIsByTheServersClock(t *testing.T) {
	for name, c := range map[string]struct {
		ahead time.Duration // our clock
		age   time.Duration // of the event
		want  orderwirev1.Reason
	}{
		"ahead, new":  {40 * 24 * time.Hour, time.Minute, orderwirev1.Reason_MAPPED},
		"behind, old": {-40 * 24 * time.Hour, decide.HistoryLimit + time.Hour, orderwirev1.Reason_HISTORY_UNKNOWN},
	} {
		m := &Mapper{cfg: Config{Logger: slog.New(slog.DiscardHandler)}, clock: clock.New()}
		server := time.Now().Add(-c.ahead)
		m.clock.Set(time.Now(), time.Now(), server)
		e := (&shop{}).event("7", "P", func(e *orderwirev1.OrderStatusChanged) { e.Sequence = server.Add(-c.age).UnixMicro() })
		w := &work{stored: &jet.Stored{Seq: 1, Time: server}, event: &decide.Event{OrderStatusChanged: e, Cause: 1, PublishedAt: server}}
		it := &item{work: w, choice: decide.Choices(w.event, parse(t, twoTargets))[0]}
		m.decideOn(it, &memory.Last{})
		require.Equal(t, c.want, it.decision.Reason, name)
	}
}

func TestLag(t *testing.T) {
	require.InDelta(t, 0, lag(5, 5), 0)
	require.InDelta(t, 2, lag(5, 3), 0)
	require.InDelta(t, 3, lag(3, 90), 0, "nothing of this stream was settled")
}
