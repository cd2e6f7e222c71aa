package dispatcher

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orderwire/orderwire/services/internal/jet"
	"github.com/orderwire/orderwire/services/internal/topology"
)

// A partition that leaves and joins while a life of the reader goes on gets nothing from that: its entries before would be passed over. One without entries
// keeps nobody behind.
func TestReaderLives(t *testing.T) {
	r := newReader(nil, nil, parts, slog.New(slog.DiscardHandler))
	var got []string
	feed := func(name string) func(context.Context, *jet.Stored) bool {
		return func(_ context.Context, s *jet.Stored) bool {
			got = append(got, fmt.Sprint(name, " ", s.Seq))
			return true
		}
	}
	hand := func(l *life, p int, seq uint64) {
		require.NoError(t, r.hand(t.Context(), l, &jet.Stored{Subject: topology.DeliverySubject(p, "d", "s", "o"), Seq: seq}))
	}
	leave := r.join(0, 100, feed("old"))
	_ = r.join(1, 1, feed("idle"))
	first := r.plan()
	require.EqualValues(t, 1, first.next)
	hand(first, 0, 99)
	hand(first, 0, 100)
	leave()
	_ = r.join(0, 41, feed("new"))
	hand(first, 0, 101)
	r.passed(first)
	second := r.plan()
	require.EqualValues(t, 41, second.next)
	hand(second, 0, 41)
	hand(second, 1, 101)
	hand(second, 1, 102)
	r.passed(second)
	require.EqualValues(t, 103, r.plan().next)
	require.Equal(t, []string{"old 100", "new 41", "idle 102"}, got)
}

// A partition begins at its first entry, and one that has none at the stream's end, whatever the others hold.
func TestEmptyPartitionReadsNothing(t *testing.T) {
	inBubble(t, func(r *rig) {
		r.source.set(strings.ReplaceAll(twoDestinations, "beta", elsewhere))
		alpha, other := topology.Partition(parts, "alpha"), topology.Partition(parts, elsewhere)
		seqs := r.publish("alpha", "1", 100)
		next := func(p *process, partition int) uint64 {
			p.reader.mu.Lock()
			defer p.reader.mu.Unlock()
			if f := p.reader.feeds[partition]; f != nil {
				return f.next
			}
			return 0
		}
		p := r.start()
		r.within(time.Second, "both have joined", func() bool { return next(p, alpha) > 0 && next(p, other) > 0 })
		require.Equal(r, seqs[0], next(p, alpha))
		require.Equal(r, seqs[99]+1, next(p, other))
		r.publish(elsewhere, "1", 1)
		r.within(time.Minute, "all", func() bool { return r.deliveredAll() })
	})
}
