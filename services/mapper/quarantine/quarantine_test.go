package quarantine

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/internal/jet"
	"github.com/orderwire/orderwire/services/internal/natsd"
	"github.com/orderwire/orderwire/services/internal/natsd/natstest"
	"github.com/orderwire/orderwire/services/internal/topology"
)

func TestMain(m *testing.M) { natstest.Main(m) }

// letters is DEAD_LETTERS on a real server, with losses.
type letters struct {
	t         testing.TB
	nc        *nats.Conn
	js        jetstream.JetStream
	pub       *jet.Publisher
	loseReply bool
	loseAll   bool
	counts    int
	published int
}

var errLost = fmt.Errorf("%w: lost", jet.ErrNoAck)

func (l *letters) Publish(ctx context.Context, msgs []*nats.Msg) []jet.Ack {
	l.published += len(msgs)
	if l.loseAll {
		acks := make([]jet.Ack, len(msgs))
		for i := range acks {
			acks[i].Err = errLost
		}
		return acks
	}
	acks := l.pub.All(ctx, msgs)
	if l.loseReply {
		for i := range acks {
			acks[i] = jet.Ack{Err: errLost}
		}
	}
	return acks
}

func (l *letters) Last(ctx context.Context, subject string) (*jet.Stored, error) {
	return jet.LastFromLeader(ctx, l.nc, topology.DeadLetters, subject)
}

func (l *letters) Count(ctx context.Context, filter string) (int, error) {
	l.counts++
	s, err := l.js.Stream(ctx, topology.DeadLetters)
	require.NoError(l.t, err)
	i, err := s.Info(ctx, jetstream.WithSubjectFilter(filter))
	require.NoError(l.t, err)
	return len(i.State.Subjects), nil
}

func bubble(t *testing.T, test func(t *testing.T, l *letters)) {
	t.Helper()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		s := natstest.Start(t, dir)
		defer stop(s)
		nc, js := natstest.Connect(t, s)
		defer nc.Close()
		streams := natstest.Small()
		streams.MaxBytes[topology.DeadLetters] = 1 << 20
		natstest.Streams(t, js, streams)
		pub, err := jet.NewPublisher(nc, time.Second)
		require.NoError(t, err)
		defer pub.Close()
		test(t, &letters{t: t, nc: nc, js: js, pub: pub})
	})
}

func refused(shop string, cause uint64, data []byte) *orderwirev1.DeadLetter {
	return &orderwirev1.DeadLetter{Shop: shop, Order: "@x", Cause: cause, What: &orderwirev1.DeadLetter_Entry{Entry: &orderwirev1.RawEntry{Data: data}}}
}

func keep(t *testing.T, q *Quarantine, all ...*orderwirev1.DeadLetter) []Kept {
	t.Helper()
	kept, err := q.Keep(t.Context(), all)
	require.NoError(t, err)
	require.Len(t, kept, len(all))
	return kept
}

func (l *letters) stored(shop string) int {
	n, err := l.Count(context.Background(), topology.DeadFilter("", shop))
	require.NoError(l.t, err)
	l.counts--
	return n
}

func TestLettersAreKeptOnce(t *testing.T) {
	bubble(t, func(t *testing.T, l *letters) {
		raw := []byte("\x00\xff{not json")
		q := New(l)
		require.Equal(t, []Kept{{}, {}}, keep(t, q, refused("acme", 7, raw), refused("other", 8, raw)))
		require.Equal(t, []Kept{{}}, keep(t, q, refused("acme", 7, raw)))
		require.Equal(t, []Kept{{}}, keep(t, New(l), refused("acme", 7, raw)), "another owner")
		require.Equal(t, 1, l.stored("acme"))
		m, err := l.Last(t.Context(), topology.DeadSubject("", "acme", "@x", 7))
		require.NoError(t, err)
		var got orderwirev1.DeadLetter
		require.NoError(t, proto.Unmarshal(m.Data, &got))
		require.Equal(t, raw, got.GetEntry().GetData())
	})
}

// ORDERS was re-created, and the order's entry has the sequence of an older one whose letter is still there.
func TestLetterOfAnotherOrders(t *testing.T) {
	bubble(t, func(t *testing.T, l *letters) {
		require.Equal(t, []Kept{{}}, keep(t, New(l), refused("acme", 7, []byte("old"))))
		require.Equal(t, []Kept{{Not: "a letter of another ORDERS has its number"}}, keep(t, New(l), refused("acme", 7, []byte("new"))))
	})
}

func TestUnknownIsLookedUp(t *testing.T) {
	bubble(t, func(t *testing.T, l *letters) {
		q := New(l)
		l.loseReply = true
		require.Equal(t, []Kept{{}}, keep(t, q, refused("acme", 7, nil)), "it is there")
		l.loseAll = true
		_, err := q.Keep(t.Context(), []*orderwirev1.DeadLetter{refused("acme", 8, nil)})
		require.ErrorIs(t, err, jet.ErrNoAck)
		l.loseReply, l.loseAll = false, false
		require.Equal(t, []Kept{{}}, keep(t, q, refused("acme", 8, nil)))
		require.Equal(t, 2, l.stored("acme"))
	})
}

func TestShopHasALimit(t *testing.T) {
	bubble(t, func(t *testing.T, l *letters) {
		q := New(l)
		var all []*orderwirev1.DeadLetter
		for i := range topology.MaxDeadPerShop + 5 {
			all = append(all, refused("mallory", uint64(i+1), nil))
		}
		kept := keep(t, q, all...)
		for i, k := range kept {
			require.Equal(t, i >= topology.MaxDeadPerShop, k.Not != "", "%d", i)
		}
		require.Equal(t, topology.MaxDeadPerShop, l.stored("mallory"))
		require.Empty(t, keep(t, q, refused("acme", 5000, nil))[0].Not, "others have their own")
		counts, published := l.counts, l.published
		require.NotEmpty(t, keep(t, q, refused("mallory", 5001, nil))[0].Not)
		require.NotEmpty(t, keep(t, New(l), refused("mallory", 5001, nil))[0].Not, "a new owner counts in the stream")
		require.Equal(t, counts+1, l.counts)
		require.Equal(t, published, l.published)
		// Room is made, and noticed within a minute.
		s, err := l.js.Stream(t.Context(), topology.DeadLetters)
		require.NoError(t, err)
		require.NoError(t, s.Purge(t.Context(), jetstream.WithPurgeSubject(topology.DeadFilter("", "mallory"))))
		require.NotEmpty(t, keep(t, q, refused("mallory", 5002, nil))[0].Not)
		time.Sleep(recount)
		require.Empty(t, keep(t, q, refused("mallory", 5003, nil))[0].Not)
	})
}

func TestFullStreamNeverWaits(t *testing.T) {
	bubble(t, func(t *testing.T, l *letters) {
		q := New(l)
		large := make([]byte, 300<<10)
		kept := keep(t, q, refused("acme", 1, large), refused("acme", 2, large), refused("acme", 3, large), refused("acme", 4, large), refused("acme", 5, nil))
		require.Equal(t, []Kept{{}, {}, {}, {Not: "DEAD_LETTERS is full"}, {}}, kept, "a small one still fits")
		require.Empty(t, keep(t, q, refused("acme", 1, large))[0].Not, "this one is there")
	})
}

func TestTooLargeForTheServer(t *testing.T) {
	bubble(t, func(t *testing.T, l *letters) {
		q := New(l)
		huge := make([]byte, l.nc.MaxPayload())
		kept := keep(t, q, refused("acme", 1, huge))
		require.Equal(t, "it is larger than the server takes", kept[0].Not)
		s, err := l.js.Stream(t.Context(), topology.DeadLetters)
		require.NoError(t, err)
		cfg := s.CachedInfo().Config
		cfg.MaxMsgSize = 1000
		_, err = l.js.UpdateStream(t.Context(), cfg)
		require.NoError(t, err)
		kept = keep(t, q, refused("acme", 2, make([]byte, 2000)), refused("acme", 3, nil))
		require.Equal(t, []Kept{{Not: "it is larger than the server takes"}, {}}, kept)
	})
}

// failing cannot count.
type failing struct{ *letters }

var errAway = errors.New("away")

func (failing) Count(context.Context, string) (int, error) { return 0, errAway }

func TestCannotCount(t *testing.T) {
	bubble(t, func(t *testing.T, l *letters) {
		_, err := New(failing{l}).Keep(t.Context(), []*orderwirev1.DeadLetter{refused("acme", 1, nil)})
		require.ErrorIs(t, err, errAway)
		require.Zero(t, l.published)
	})
}

// stop stops a server once it is idle. It leaves goroutines behind when it is stopped in the midst of something, and some that end a moment later.
func stop(s *natsd.Server) {
	time.Sleep(time.Second)
	s.Stop()
	time.Sleep(time.Second)
}
