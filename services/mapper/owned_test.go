package mapper

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orderwire/orderwire/services/internal/partition"
)

// part is a partition without a chain.
func part(p int, low uint64) *owned {
	return &owned{
		p: p, read: low, stored: low, pos: partition.Position{Low: low},
		gone: make(chan struct{}), changed: make(chan struct{}, 1), room: make(chan struct{}, 1), quiet: make(chan struct{}),
	}
}

var at = time.Unix(1, 0)

func TestPositionMovesWithWhatIsSettled(t *testing.T) {
	o := part(0, 5)
	require.True(t, o.begin())
	require.True(t, o.begin())
	o.end(7, at)
	pos, covered, due := o.position()
	require.Equal(t, partition.Position{Low: 7, LowAt: at}, pos)
	require.Equal(t, 1, covered)
	require.True(t, due)
	o.committed(pos, covered)
	_, _, due = o.position()
	require.False(t, due)
	// What belongs to other partitions carries it along, for the next commit; it causes one only when it falls far behind.
	o.pass(8, at)
	pos, _, due = o.position()
	require.Equal(t, uint64(8), pos.Low)
	require.False(t, due)
	o.pass(7+idleAdvance+1, at)
	_, _, due = o.position()
	require.True(t, due)
	o.end(9, at)
	pos, _, _ = o.position()
	require.Equal(t, uint64(7+idleAdvance+1), pos.Low, "it never goes back")
}

func TestLeavingTurnsEntriesAwayAndDrains(t *testing.T) {
	o := part(0, 0)
	require.True(t, o.begin())
	quiet := o.leave()
	require.False(t, o.begin())
	o.pass(100, at)
	pos, _, _ := o.position()
	require.Zero(t, pos.Low, "entries may have been turned away")
	select {
	case <-quiet:
		require.Fail(t, "an entry is under way")
	default:
	}
	o.end(3, at)
	<-quiet
	<-o.leave()
	pos, _, _ = o.position()
	require.Equal(t, uint64(3), pos.Low)
	<-part(0, 0).leave()
}

func TestLostPartitionsMoveNoMore(t *testing.T) {
	o := part(0, 0)
	require.True(t, o.begin())
	reason := errors.New("taken")
	require.True(t, o.lose(reason))
	require.False(t, o.lose(errors.New("again")))
	require.True(t, o.over())
	require.Equal(t, reason, o.why())
	require.False(t, o.begin())
	o.end(3, at)
	o.pass(4, at)
	_, _, due := o.position()
	require.False(t, due)
	<-o.leave()
}

func TestNoOwnerWorksFarAhead(t *testing.T) {
	o := part(0, 0)
	for range maxAhead {
		require.False(t, o.full())
		require.True(t, o.begin())
	}
	require.True(t, o.full())
	o.end(1, at)
	require.True(t, o.full(), "settled, and no position stored")
	pos, covered, _ := o.position()
	o.committed(pos, covered)
	require.False(t, o.full())
	<-o.room
	require.True(t, o.begin())
	require.True(t, o.full())
	o.leave()
	require.False(t, o.full(), "who waits for room must not wait for a partition that is given up")
	<-o.room
}

func TestMembersAreReadTogetherAtTheStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMembers()
		m.claim()
		m.claim()
		var set []*owned
		var changed <-chan struct{}
		go func() { set, changed, _ = m.wait(t.Context()) }()
		m.claimed(part(1, 0))
		synctest.Wait()
		require.Empty(t, set, "a claim is under way")
		zero := part(0, 0)
		m.claimed(zero)
		synctest.Wait()
		require.Len(t, set, 2)
		require.Equal(t, 0, set[0].p)
		// A claim that fails changes nothing; one that is under way does not stop what is read.
		m.claim()
		m.claimed(nil)
		m.claim()
		again, _, err := m.wait(t.Context())
		require.NoError(t, err)
		require.Len(t, again, 2)
		m.claimed(nil)
		select {
		case <-changed:
			require.Fail(t, "nothing has changed")
		default:
		}
		m.remove(zero)
		<-changed
		m.remove(zero)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, _, err = newMembers().wait(ctx)
		require.ErrorIs(t, err, context.Canceled)
	})
}

func TestStatusesAreSaidOnce(t *testing.T) {
	s := &seen{}
	require.True(t, s.first("acme", "17"))
	require.False(t, s.first("acme", "17"))
	require.True(t, s.first("other", "17"))
	for i := range uint64(2 * maxSeen) {
		s.first("acme", itoa(i))
	}
	require.Len(t, s.said, maxSeen)
	require.False(t, s.first("acme", "new"))
}
