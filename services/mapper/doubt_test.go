package mapper

import (
	"log/slog"
	"math"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/internal/clock"
	"github.com/orderwire/orderwire/services/internal/jet"
	"github.com/orderwire/orderwire/services/mapper/cause"
	"github.com/orderwire/orderwire/services/mapper/decide"
	"github.com/orderwire/orderwire/services/mapper/memory"
)

func itoa(n uint64) string { return strconv.FormatUint(n, 10) }

func TestFloor(t *testing.T) {
	entry := func(seq uint64) cause.Entry { return cause.Entry{Seq: seq, At: at.Add(time.Duration(seq))} }
	never := cause.Entry{Seq: math.MaxUint64}
	var none doubt
	require.Zero(t, none.floor(entry(1), "s", "o"), "a released partition has no doubts")
	d := newDoubt(10)
	require.Equal(t, never, d.floor(entry(3), "s", "o"))
	require.Equal(t, never, d.floor(entry(9), "s", "o"))
	require.Equal(t, entry(9), d.floor(entry(11), "s", "o"), "the order's last entry in the window")
	require.Equal(t, entry(9), d.floor(entry(12), "s", "o"))
	require.Zero(t, d.floor(entry(13), "s", "p"), "no entries in the window")
	d = newDoubt(math.MaxUint64)
	for i := range uint64(maxAhead) {
		require.Equal(t, never, d.floor(entry(i+1), "s", itoa(i)))
	}
	require.Zero(t, d.floor(entry(maxAhead+1), "s", "new"), "no owner works further ahead")
	require.Equal(t, entry(1), d.floor(entry(maxAhead+2), "s", "0"))
	require.Len(t, d.last, maxAhead)
}

// After a release nothing is in doubt. After a crash the entries that were in the log are: what says nothing new is sent once more, and then no more.
func TestUnchangedAfterReleaseAndAfterCrash(t *testing.T) {
	for name, c := range map[string]struct {
		crash bool
		want  []string
	}{
		"release": {crash: false, want: []string{"mapped", "unchanged", "unchanged", "unchanged"}},
		"crash":   {crash: true, want: []string{"mapped", "mapped", "unchanged", "unchanged"}},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, small(1), func(r *rig) {
				s := &shop{rig: r}
				first := newChaos(1, 0)
				run := r.start(Config{Configuration: fixed(t, twoTargets)}, first.wrap)
				causes := []uint64{s.send("7", "P", nil)}
				other := s.send("8", "P", nil)
				r.settled()
				if c.crash {
					first.kill()
				}
				run.end(t)
				causes = append(causes, s.send("7", "Q", nil), s.send("7", "P", nil))
				run = r.start(Config{Configuration: fixed(t, twoTargets)}, nil)
				r.settled()
				causes = append(causes, s.send("7", "Q", nil))
				untouched := s.send("8", "Q", nil)
				r.settled()
				run.end(t)
				require.Equal(t, c.want, r.decided("a", causes...))
				require.Equal(t, []string{"mapped", "unchanged"}, r.decided("a", other, untouched), "an order without entries in the window is in no doubt")
			})
		})
	}
}

// A delivery of an ORDERS that is no more is in doubt like any earlier one, however high its cause.
func TestDeliveryOfAnotherOrdersIsInDoubt(t *testing.T) {
	m := &Mapper{cfg: Config{Logger: slog.New(slog.DiscardHandler)}, clock: clock.New()}
	now := time.Now()
	choose := func(seq uint64) *item {
		e := &decide.Event{OrderStatusChanged: (&shop{n: int(seq)}).event("7", "P", nil), Cause: seq, PublishedAt: now}
		return &item{work: &work{stored: &jet.Stored{Seq: seq, Time: now}, event: e}, choice: decide.Choices(e, parse(t, twoTargets))[0]}
	}
	before := choose(1)
	m.decideOn(before, &memory.Last{})
	base := &memory.Last{Last: before.result.Last}
	base.Cause, base.At = 90_000, now.Add(-time.Hour)
	it := choose(9)
	it.work.floor = cause.Entry{Seq: 5, At: now.Add(-time.Minute)}
	m.decideOn(it, base)
	require.Equal(t, orderwirev1.Reason_MAPPED, it.decision.Reason)
	base.At = now
	m.decideOn(it, base)
	require.Equal(t, orderwirev1.Reason_UNCHANGED, it.decision.Reason)
}
