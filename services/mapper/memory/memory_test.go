package memory

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/internal/jet"
)

// source is DELIVERIES with a replica that may lag: it answers as of upTo.
type source struct {
	log   []*jet.Stored
	upTo  uint64 // 0: nothing lags
	err   error
	asked [][]string
	leads []string
}

func (s *source) add(subject string, cause uint64) uint64 {
	data, err := proto.Marshal(&orderwirev1.Delivery{Cause: cause, Sequence: int64(cause), Target: fmt.Sprint("T", cause)})
	if err != nil {
		panic(err)
	}
	seq := uint64(len(s.log) + 1)
	s.log = append(s.log, &jet.Stored{Subject: subject, Seq: seq, Data: data})
	return seq
}

func (s *source) last(subject string, upTo uint64) (found *jet.Stored) {
	for _, m := range s.log {
		if m.Subject == subject && m.Seq <= upTo {
			found = m
		}
	}
	return found
}

func (s *source) MultiLast(_ context.Context, subjects []string) (map[string]*jet.Stored, uint64, error) {
	s.asked = append(s.asked, subjects)
	upTo := uint64(len(s.log))
	if s.upTo > 0 {
		upTo = s.upTo
	}
	found := map[string]*jet.Stored{}
	for _, name := range subjects {
		if m := s.last(name, upTo); m != nil {
			found[name] = m
		}
	}
	if len(found) == 0 {
		upTo = 0
	}
	return found, upTo, s.err
}

func (s *source) Last(_ context.Context, subject string) (*jet.Stored, error) {
	s.leads = append(s.leads, subject)
	return s.last(subject, uint64(len(s.log))), nil
}

// created is when the stream was.
var created = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

func load(t *testing.T, m *Memory, claim Claim, names ...string) []*Subject {
	t.Helper()
	all := make([]*Subject, len(names))
	var missing []*Subject
	for i, n := range names {
		all[i] = m.Open(claim, n)
		if !all[i].Loaded() {
			missing = append(missing, all[i])
		}
	}
	require.NoError(t, m.Load(t.Context(), missing))
	return all
}

func TestLoadAsksOnceForWhatIsNotCached(t *testing.T) {
	src := &source{}
	src.add("a", 7)
	m := New(Config{Source: src})
	s := load(t, m, 1, "a", "b")
	require.Equal(t, [][]string{{"a", "b"}}, src.asked)
	require.Equal(t, uint64(7), s[0].Head().Cause)
	require.False(t, s[0].Head().Ours)
	require.Equal(t, "T7", s[0].Head().Target)
	tip, seq := s[1].Tip()
	require.Zero(t, tip.Cause)
	require.Zero(t, seq)
	load(t, m, 1, "a", "b")
	require.Len(t, src.asked, 1)
}

func TestLaggingReplicaIsNoticed(t *testing.T) {
	src := &source{}
	src.add("a", 1)
	src.add("b", 2)
	src.upTo = 1
	m := New(Config{Source: src})
	m.Told(created, "b", 2)
	s := load(t, m, 1, "a", "c")
	require.Equal(t, [][]string{{"a", "c", "b"}}, src.asked, "the newest known message is asked for, since only a find says how far the replica is")
	require.Equal(t, []string{"a", "c"}, src.leads)
	require.Equal(t, uint64(1), s[0].Head().Cause)
	// A replica that found nothing says nothing; the leader is asked unless nothing was ever stored.
	src = &source{}
	m = New(Config{Source: src})
	load(t, m, 1, "x")
	require.Empty(t, src.leads)
	m.Told(created, "", 9)
	load(t, m, 1, "y")
	require.Equal(t, []string{"y"}, src.leads)
}

func TestLoadSplitsAtTheServersLimit(t *testing.T) {
	src := &source{}
	m := New(Config{Source: src})
	names := make([]string, 1200)
	for i := range names {
		names[i] = fmt.Sprint("s", i)
	}
	m.Told(created, "s0", src.add("s0", 1))
	load(t, m, 1, names...)
	require.Len(t, src.asked, 3)
	for _, a := range src.asked {
		require.LessOrEqual(t, len(a), jet.MultiLastMax)
	}
}

func TestFaultLeavesNothingHalf(t *testing.T) {
	src := &source{err: errors.New("away")}
	m := New(Config{Source: src})
	s := m.Open(1, "a")
	require.ErrorIs(t, m.Load(t.Context(), []*Subject{s}), src.err)
	require.False(t, s.Loaded())
	s.Close()
	require.Empty(t, m.subjects)
}

func TestHeadRunsAheadOfTip(t *testing.T) {
	src := &source{}
	m := New(Config{Source: src})
	s := load(t, m, 1, "a")[0]
	m.Open(1, "a")
	first, second := Decided(&orderwirev1.Delivery{Cause: 1}), Decided(&orderwirev1.Delivery{Cause: 2})
	s.Plan(first)
	s.Plan(second)
	require.Same(t, second, s.Head())
	tip, _ := s.Tip()
	require.Zero(t, tip.Cause)
	s.Stored(first, 5)
	tip, seq := s.Tip()
	require.Same(t, first, tip)
	require.Equal(t, uint64(5), seq)
	require.Equal(t, uint64(5), m.Horizon(time.Time{}))
	require.Same(t, second, s.Head())
	// The second comes to nothing: the leader has something else.
	other := &Last{seq: 9}
	require.True(t, s.Found(other))
	require.False(t, s.Found(&Last{seq: 9}), "no news the second time")
	s.Amend(first, second)
	require.Same(t, second, s.Head(), "something stands on top already")
	s.Amend(second, other)
	require.Same(t, other, s.Head())
	s.Plan(second)
	s.Close()
	require.Same(t, second, s.Head(), "work is under way")
	s.Close()
	require.Same(t, other, s.Head(), "what was planned and not stored is forgotten")
}

func TestClaimsDoNotMix(t *testing.T) {
	src := &source{}
	m := New(Config{Source: src})
	s := load(t, m, 1, "a")[0]
	s.Close()
	require.True(t, m.Open(1, "a").Loaded())
	s.Close()
	require.False(t, m.Open(2, "a").Loaded(), "another owner may have written meanwhile")
}

func TestOpenSubjectsAreNotEvicted(t *testing.T) {
	m := New(Config{Source: &source{}, Size: 3})
	open := load(t, m, 1, "a", "b")
	for i := range 100 {
		load(t, m, 1, fmt.Sprint("s", i))[0].Close()
		require.LessOrEqual(t, len(m.subjects), 6)
	}
	require.True(t, m.Open(1, "a").Loaded())
	open[0].Close()
	open[0].Close()
	open[1].Close()
	for i := range 100 {
		load(t, m, 1, fmt.Sprint("s", i))[0].Close()
	}
	require.Len(t, m.subjects, 3)
	require.NotContains(t, m.subjects, "a")
}

func TestAnotherStreamIsMeasuredAnew(t *testing.T) {
	src := &source{}
	src.add("a", 1)
	src.add("b", 2)
	m := New(Config{Source: src})
	m.Told(created, "c", 90)
	require.Equal(t, uint64(90), m.Horizon(created))
	again := created.Add(time.Hour)
	require.Zero(t, m.Horizon(again))
	m.Told(again, "b", 2)
	m.Told(again, "a", 1)
	require.Equal(t, uint64(2), m.Horizon(again), "it never goes back in one stream")
	load(t, m, 1, "a")
	require.Empty(t, src.leads, "the length of the stream before is no measure")
	m.Told(again, "c", 50)
	m.Shortened()
	m.Told(again, "b", 2)
	require.Equal(t, uint64(2), m.Horizon(again))
}
