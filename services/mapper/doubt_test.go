package mapper

import (
	"math"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

func itoa(n uint64) string { return strconv.FormatUint(n, 10) }

func TestFloor(t *testing.T) {
	var none doubt
	require.Zero(t, none.floor(1, "s", "o"), "a released partition has no doubts")
	d := newDoubt(10)
	require.Equal(t, uint64(math.MaxUint64), d.floor(3, "s", "o"))
	require.Equal(t, uint64(math.MaxUint64), d.floor(9, "s", "o"))
	require.Equal(t, uint64(9), d.floor(11, "s", "o"), "the order's last entry in the window")
	require.Equal(t, uint64(9), d.floor(12, "s", "o"))
	require.Zero(t, d.floor(13, "s", "p"), "no entries in the window")
	d = newDoubt(math.MaxUint64)
	for i := range uint64(maxAhead) {
		require.Equal(t, uint64(math.MaxUint64), d.floor(i+1, "s", itoa(i)))
	}
	require.Zero(t, d.floor(maxAhead+1, "s", "new"), "no owner works further ahead")
	require.Equal(t, uint64(1), d.floor(maxAhead+2, "s", "0"))
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
