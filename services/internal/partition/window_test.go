package partition_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/internal/partition"
)

// covered says whether a position covers an entry.
func covered(low uint64, done []*orderwirev1.Run, seq uint64) bool {
	if seq <= low {
		return true
	}
	for _, r := range done {
		if r.GetFirst() <= seq && seq <= r.GetLast() {
			return true
		}
	}
	return false
}

// A position covers exactly what was settled, whatever the order, and however often another owner goes on from it; and its runs are bounded.
func TestWindowCoversWhatWasSettled(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var log []uint64
		seq := uint64(0)
		for _, gap := range rapid.SliceOfN(rapid.Uint64Range(1, 4), 1, 60).Draw(t, "gaps") {
			seq += gap
			log = append(log, seq)
		}
		at := func(seq uint64) time.Time { return time.Unix(int64(seq), 0).UTC() }
		settled := map[uint64]bool{}
		w := partition.NewWindow(&orderwirev1.Cursor{})
		next, claims := 0, 1
		var open []uint64
		check := func() {
			pos := w.Position()
			for _, s := range log {
				if covered(pos.Low, pos.Done, s) != settled[s] {
					t.Fatalf("%d: covered %v, settled %v by %v %v", s, !settled[s], settled[s], pos.Low, pos.Done)
				}
			}
			unsettled, end := 0, pos.Low
			for _, r := range pos.Done {
				if r.GetFirst() <= end || r.GetLast() < r.GetFirst() {
					t.Fatalf("runs are not ascending and disjoint: %v %v", pos.Low, pos.Done)
				}
				end = r.GetLast()
			}
			for _, s := range log {
				if s <= end && !settled[s] {
					unsettled++
				}
			}
			if len(pos.Done) > unsettled+claims {
				t.Fatalf("%d runs with %d unsettled entries", len(pos.Done), unsettled)
			}
			if pos.Low > 0 && !pos.LowAt.Equal(at(pos.Low)) {
				t.Fatalf("low %d is of %v", pos.Low, pos.LowAt)
			}
			if len(open) != w.Len() {
				t.Fatalf("%d are open, not %d", len(open), w.Len())
			}
			oldest, since, ok := w.Oldest()
			if ok != (len(open) > 0) || ok && (oldest != open[0] || !since.Equal(at(oldest))) {
				t.Fatalf("the oldest is %d of %v, want the first of %v", oldest, since, open)
			}
		}
		t.Repeat(map[string]func(*rapid.T){
			"": func(*rapid.T) { check() },
			"read": func(t *rapid.T) {
				if next == len(log) {
					t.Skip("all is read")
				}
				s := log[next]
				next++
				if w.Add(s, at(s)) == settled[s] {
					t.Fatalf("%d is new: %v, and settled: %v", s, !settled[s], settled[s])
				}
				if !settled[s] {
					open = append(open, s)
				}
			},
			"settle": func(t *rapid.T) {
				if len(open) == 0 {
					t.Skip("nothing is open")
				}
				i := rapid.IntRange(0, len(open)-1).Draw(t, "which")
				s := open[i]
				open = append(open[:i:i], open[i+1:]...)
				settled[s] = true
				if !w.Settle(s) || w.Settle(s) || w.Add(s, at(s)) {
					t.Fatalf("%d can be settled other than once", s)
				}
			},
			"claim": func(*rapid.T) {
				pos := w.Position()
				w = partition.NewWindow(&orderwirev1.Cursor{Low: pos.Low, Done: pos.Done, LowAt: stamp(pos.LowAt)})
				claims++
				open, next = nil, 0
				for next < len(log) && log[next] <= pos.Low {
					next++
				}
			},
		})
	})
}

func TestWindowIsFullAtItsBound(t *testing.T) {
	w := partition.NewWindow(nil)
	for seq := range uint64(partition.MaxOpen) {
		require.False(t, w.Full())
		w.Add(seq+1, time.Time{})
	}
	require.True(t, w.Full())
	for seq := uint64(2); seq <= partition.MaxOpen; seq += 2 {
		w.Settle(seq)
	}
	require.False(t, w.Full())
	require.Len(t, w.Position().Done, partition.MaxOpen/2)
}

// A slow head with many settled entries behind it is the usual long window: its commits must not scan.
func BenchmarkPosition(b *testing.B) {
	w := partition.NewWindow(nil)
	w.Add(1, time.Time{})
	seq := uint64(1)
	for b.Loop() {
		for range 1000 {
			seq++
			w.Add(seq, time.Time{})
			w.Settle(seq)
		}
		w.Position()
	}
}
