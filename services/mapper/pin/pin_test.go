package pin

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/internal/jet"
	"github.com/orderwire/orderwire/services/internal/natsd"
	"github.com/orderwire/orderwire/services/internal/natsd/natstest"
	"github.com/orderwire/orderwire/services/internal/partition"
	"github.com/orderwire/orderwire/services/internal/topology"
)

func TestMain(m *testing.M) { natstest.Main(m) }

// faulty loses what it is told to.
type faulty struct {
	State
	loseRequest, loseReply, loseRead int
	reads                            int
}

var errLost = errors.New("lost")

func (f *faulty) Commit(ctx context.Context, msgs []*nats.Msg) (uint64, error) {
	if f.loseRequest > 0 {
		f.loseRequest--
		return 0, errLost
	}
	seq, err := f.State.Commit(ctx, msgs)
	if f.loseReply > 0 {
		f.loseReply--
		return 0, errLost
	}
	return seq, err
}

func (f *faulty) Last(ctx context.Context, subject string) (*jet.Stored, error) {
	f.reads++
	if f.loseRead > 0 {
		f.loseRead--
		return nil, errLost
	}
	return f.State.Last(ctx, subject)
}

// bubble runs a test in virtual time, with STATE on a real server.
func bubble(t *testing.T, test func(t *testing.T, state State)) {
	t.Helper()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		s := natstest.Start(t, dir)
		defer stop(s)
		nc, js := natstest.Connect(t, s)
		defer nc.Close()
		natstest.Streams(t, js, natstest.Small())
		pub, err := jet.NewPublisher(nc, time.Second)
		require.NoError(t, err)
		defer pub.Close()
		test(t, partition.NewStore(nc, pub))
	})
}

func by(instance string, cause uint64) By {
	return By{Shop: "acme", Instance: instance, Cause: cause, At: time.Unix(int64(cause), 0)}
}

func stored(t *testing.T, state State) *orderwirev1.ShopPin {
	t.Helper()
	m, err := state.Last(t.Context(), topology.ShopPin("acme"))
	require.NoError(t, err)
	require.NotNil(t, m)
	p := &orderwirev1.ShopPin{}
	require.NoError(t, proto.Unmarshal(m.Data, p))
	return p
}

func TestFirstEventPins(t *testing.T) {
	bubble(t, func(t *testing.T, state State) {
		one, two := New(state), New(state)
		speaker := func(p *Pins, instance string) string {
			got, err := p.Speaker(t.Context(), by(instance, 1))
			require.NoError(t, err)
			return got
		}
		require.Equal(t, "a", speaker(one, "a"))
		require.Equal(t, "a", speaker(two, "b"), "another process, with an event of the clone")
		require.Equal(t, "a", speaker(one, "b"))
		require.Equal(t, "a", stored(t, state).GetInstance())
	})
}

func TestFirstEventsRace(t *testing.T) {
	bubble(t, func(t *testing.T, state State) {
		// The second owner has read "nothing there", and then the first one's pin is stored.
		first := New(state)
		late := &faulty{State: state}
		second := New(late)
		h, err := second.read(t.Context(), "acme")
		require.NoError(t, err)
		_, err = first.Speaker(t.Context(), by("a", 1))
		require.NoError(t, err)
		h, err = second.write(t.Context(), by("b", 2), h, &orderwirev1.ShopPin{Instance: "b", Cause: 2})
		require.NoError(t, err)
		require.Equal(t, "a", h.pin.GetInstance())
	})
}

func TestCopyIsReadAgain(t *testing.T) {
	bubble(t, func(t *testing.T, state State) {
		f := &faulty{State: state}
		p := New(f)
		for range 10 {
			_, err := p.Speaker(t.Context(), by("a", 1))
			require.NoError(t, err)
		}
		require.Equal(t, 1, f.reads)
		require.NoError(t, New(state).Accept(t.Context(), by("b", 2), "c1"))
		got, err := p.Speaker(t.Context(), by("a", 3))
		require.NoError(t, err)
		require.Equal(t, "a", got, "the copy is fresh")
		time.Sleep(Fresh)
		got, err = p.Speaker(t.Context(), by("a", 4))
		require.NoError(t, err)
		require.Equal(t, "b", got)
	})
}

func TestLostRequestsAndReplies(t *testing.T) {
	for name, f := range map[string]*faulty{"request": {loseRequest: 1}, "reply": {loseReply: 1}, "read": {loseRead: 1}} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, state State) {
				f.State = state
				p := New(f)
				got, err := p.Speaker(t.Context(), by("a", 1))
				if name != "reply" {
					require.ErrorIs(t, err, errLost)
					got, err = p.Speaker(t.Context(), by("a", 1))
				}
				require.NoError(t, err)
				require.Equal(t, "a", got)
				require.Equal(t, "a", stored(t, state).GetInstance())
			})
		})
	}
}

func TestAccept(t *testing.T) {
	bubble(t, func(t *testing.T, state State) {
		f := &faulty{State: state}
		p := New(f)
		_, err := p.Speaker(t.Context(), by("a", 100))
		require.NoError(t, err)
		require.NoError(t, p.Accept(t.Context(), by("b", 50), "c1"), "published before the first event that another partition saw")
		require.Equal(t, "b", stored(t, state).GetInstance())
		f.loseReply = 1
		require.NoError(t, p.Accept(t.Context(), by("c", 60), "c2"))
		require.NoError(t, p.Accept(t.Context(), by("b", 50), "c1"), "done before")
		require.NoError(t, p.Accept(t.Context(), by("c", 60), "c2"), "done before")
		got := stored(t, state)
		require.Equal(t, "c", got.GetInstance())
		require.Equal(t, "c2", got.GetCommandId())
		require.Equal(t, uint64(60), got.GetCause())
		require.Equal(t, time.Unix(60, 0).UTC(), got.GetPinnedAt().AsTime())
		speaker, err := p.Speaker(t.Context(), by("c", 61))
		require.NoError(t, err)
		require.Equal(t, "c", speaker)
		// A shop that never sent anything can be accepted before it does.
		require.NoError(t, New(state).Accept(t.Context(), By{Shop: "new", Instance: "n", Cause: 70}, "c3"))
		// Two commands at once: the one whose write fails asks again, and finds out.
		h, err := p.read(t.Context(), "acme")
		require.NoError(t, err)
		require.NoError(t, New(state).Accept(t.Context(), by("d", 80), "c4"))
		_, err = p.write(t.Context(), by("e", 75), h, &orderwirev1.ShopPin{Instance: "e", CommandId: "c5", Cause: 75})
		require.ErrorIs(t, err, errAgain)
		require.NoError(t, p.Accept(t.Context(), by("e", 75), "c5"))
		require.Equal(t, "d", stored(t, state).GetInstance())
	})
}

// ORDERS was re-created, and its sequences begin at 1 again: what was done on one of the log before does not hide a command.
func TestAcceptInAnotherOrders(t *testing.T) {
	bubble(t, func(t *testing.T, state State) {
		p := New(state)
		at := func(instance string, cause uint64, second int64) By {
			return By{Shop: "acme", Instance: instance, Cause: cause, At: time.Unix(second, 0)}
		}
		require.NoError(t, p.Accept(t.Context(), at("a", 90_000, 1000), "c1"))
		require.NoError(t, p.Accept(t.Context(), at("b", 7, 2000), "c2"))
		require.Equal(t, "b", stored(t, state).GetInstance())
		require.NoError(t, p.Accept(t.Context(), at("c", 7, 3000), "c3"))
		require.Equal(t, "c", stored(t, state).GetInstance(), "the same sequence, of another log")
		require.NoError(t, p.Accept(t.Context(), at("c", 7, 3000), "c3"), "done before")
		require.NoError(t, p.Accept(t.Context(), at("d", 6, 2500), "c4"), "an earlier one of the same log")
		require.Equal(t, "c", stored(t, state).GetInstance())
	})
}

// stop stops a server once it is idle. It leaves goroutines behind when it is stopped in the midst of something, and some that end a moment later.
func stop(s *natsd.Server) {
	time.Sleep(time.Second)
	s.Stop()
	time.Sleep(time.Second)
}
