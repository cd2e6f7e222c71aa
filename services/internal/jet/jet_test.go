package jet_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"github.com/orderwire/orderwire/services/internal/jet"
	"github.com/orderwire/orderwire/services/internal/natsd/natstest"
	"github.com/orderwire/orderwire/services/internal/topology"
)

func TestMain(m *testing.M) { natstest.Main(m) }

func publisher(t *testing.T, nc *nats.Conn) *jet.Publisher {
	p, err := jet.NewPublisher(nc, 2*time.Second)
	require.NoError(t, err)
	t.Cleanup(p.Close)
	return p
}

func delivery(i int) *nats.Msg {
	return &nats.Msg{Subject: topology.DeliverySubject(i%16, "erp", "acme", fmt.Sprint(i)), Data: fmt.Appendf(nil, "%d", i)}
}

func TestAllSaysWhatBecameOfEach(t *testing.T) {
	_, nc, _ := natstest.Pipeline(t)
	p := publisher(t, nc)
	refused := delivery(1)
	jet.ExpectLast(refused, 7)
	acks := p.All(t.Context(), []*nats.Msg{delivery(0), refused, delivery(2), {Subject: "nobody.listens"}})
	require.Equal(t, jet.Ack{Seq: 1}, acks[0])
	require.True(t, jet.Fenced(acks[1].Err), acks[1].Err)
	require.NotErrorIs(t, acks[1].Err, jet.ErrNoAck)
	require.Equal(t, jet.Ack{Seq: 2}, acks[2])
	require.ErrorIs(t, acks[3].Err, jet.ErrNoAck)
}

func TestConcurrentCallsGetTheirOwnAcks(t *testing.T) {
	_, nc, js := natstest.Pipeline(t)
	p := publisher(t, nc)
	var wg sync.WaitGroup
	for g := range 20 {
		wg.Go(func() {
			for n := range 10 {
				acks := p.All(t.Context(), []*nats.Msg{delivery(g*100 + 2*n), delivery(g*100 + 2*n + 1)})
				for i, a := range acks {
					s, err := jet.GetFromLeader(t.Context(), nc, topology.Deliveries, a.Seq)
					if a.Err != nil || err != nil || string(s.Data) != fmt.Sprint(g*100+2*n+i) {
						t.Errorf("ack %v does not belong to message %d: %v %v", a, g*100+2*n+i, s, err)
					}
				}
			}
		})
	}
	wg.Wait()
	mark, err := jet.Mark(t.Context(), js, topology.Deliveries)
	require.NoError(t, err)
	require.EqualValues(t, 400, mark.GetLast())
}

func TestUnknownWhenTheServerIsGone(t *testing.T) {
	s := natstest.Start(t, natstest.Dir(t))
	nc, js := natstest.Connect(t, s)
	defer nc.Close()
	natstest.Streams(t, js, natstest.Small())
	p := publisher(t, nc)
	s.Stop()
	a := p.One(t.Context(), delivery(0))
	require.ErrorIs(t, a.Err, jet.ErrNoAck)
	_, err := p.Batch(t.Context(), []*nats.Msg{delivery(0), delivery(1)})
	require.ErrorIs(t, err, jet.ErrNoAck)
	_, err = jet.LastFromLeader(t.Context(), nc, topology.Deliveries, delivery(0).Subject)
	require.Error(t, err)
}

func TestUnknownWhenTheCallerStops(t *testing.T) {
	_, nc, _ := natstest.Pipeline(t)
	p := publisher(t, nc)
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("the lease is over")
	cancel(why)
	require.ErrorIs(t, p.One(ctx, delivery(0)).Err, why)
}

func TestBatchIsAllOrNothing(t *testing.T) {
	_, nc, js := natstest.Pipeline(t)
	p := publisher(t, nc)
	last := func() uint64 {
		m, err := jet.Mark(t.Context(), js, topology.Deliveries)
		require.NoError(t, err)
		return m.GetLast()
	}
	msgs := make([]*nats.Msg, jet.BatchMax)
	for i := range msgs {
		msgs[i] = delivery(i)
	}
	seq, err := p.Batch(t.Context(), msgs)
	require.NoError(t, err)
	require.EqualValues(t, jet.BatchMax, seq)
	require.Equal(t, seq, last())

	fenced := delivery(1)
	jet.ExpectLast(fenced, 1)
	_, err = p.Batch(t.Context(), []*nats.Msg{delivery(0), fenced})
	require.True(t, jet.Fenced(err), err)
	require.Equal(t, seq, last())
	require.NotContains(t, fenced.Header, "Nats-Batch-Id", "the message can be sent again")

	jet.ExpectLast(fenced, 2)
	again, err := p.Batch(t.Context(), []*nats.Msg{delivery(0), fenced})
	require.NoError(t, err)
	require.Equal(t, seq+2, again)
	_, err = p.Batch(t.Context(), slices.Concat(msgs, []*nats.Msg{delivery(1)}))
	require.ErrorContains(t, err, "at most 256")
}

func TestFull(t *testing.T) {
	s := natstest.Server(t)
	nc, js := natstest.Connect(t, s)
	t.Cleanup(nc.Close)
	cfg := natstest.Small()
	cfg.MaxBytes[topology.Deliveries] = 1 << 20
	natstest.Streams(t, js, cfg)
	p := publisher(t, nc)
	m := delivery(0)
	m.Data = make([]byte, 700_000)
	require.NoError(t, p.One(t.Context(), m).Err)
	require.True(t, jet.Full(p.One(t.Context(), m).Err))
}

func TestFromLeader(t *testing.T) {
	_, nc, _ := natstest.Pipeline(t)
	p := publisher(t, nc)
	m := delivery(3)
	m.Header = nats.Header{"X": {"y"}}
	require.NoError(t, p.One(t.Context(), m).Err)
	require.NoError(t, p.One(t.Context(), delivery(4)).Err)
	require.NoError(t, p.One(t.Context(), m).Err)
	s, err := jet.LastFromLeader(t.Context(), nc, topology.Deliveries, m.Subject)
	require.NoError(t, err)
	require.EqualValues(t, 3, s.Seq)
	require.Equal(t, "y", s.Header.Get("X"))
	require.WithinDuration(t, time.Now(), s.Time, time.Minute)
	s, err = jet.NextFromLeader(t.Context(), nc, topology.Deliveries, m.Subject, 2)
	require.NoError(t, err)
	require.EqualValues(t, 3, s.Seq)
	s, err = jet.NextFromLeader(t.Context(), nc, topology.Deliveries, m.Subject, 4)
	require.NoError(t, err)
	require.Nil(t, s)
	s, err = jet.GetFromLeader(t.Context(), nc, topology.Deliveries, 2)
	require.NoError(t, err)
	require.Equal(t, "4", string(s.Data))
	s, err = jet.GetFromLeader(t.Context(), nc, topology.Deliveries, 99)
	require.NoError(t, err)
	require.Nil(t, s)
	s, err = jet.LastFromLeader(t.Context(), nc, topology.Deliveries, "deliver.0.no.such.order")
	require.NoError(t, err)
	require.Nil(t, s)
}

// A publisher can send headers that are none; the message is there all the same, for a reader and for who asks the leader.
func TestHeadersThatAreNone(t *testing.T) {
	server := natstest.Listen(t)
	nc, js := natstest.Connect(t, server)
	defer nc.Close()
	natstest.Streams(t, js, natstest.Small())
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(server.URL(), "nats://"))
	require.NoError(t, err)
	defer conn.Close()
	header := "NATS/1.0\r\nno colon here\r\n\r\n"
	_, err = fmt.Fprintf(conn, "CONNECT {\"verbose\":false,\"headers\":true}\r\nHPUB orders.acme.1 %d %d\r\n%sbody\r\n", len(header), len(header)+4, header)
	require.NoError(t, err)
	got := read(t, nc, js, jet.ReadConfig{Stream: topology.Orders, Filters: topology.EntryFilters(1, []int{0})}, 1)
	require.Equal(t, "body", string(got[0].Data))
	s, err := jet.GetFromLeader(t.Context(), nc, topology.Orders, 1)
	require.NoError(t, err)
	require.Equal(t, "body", string(s.Data))
	require.Empty(t, s.Header)
}

// Acknowledgements that come while, or after, the call gives up find nobody, and harm nobody.
func TestLateAcknowledgements(t *testing.T) {
	_, nc, _ := natstest.Pipeline(t)
	p := publisher(t, nc)
	for range 300 {
		ctx, cancel := context.WithCancel(t.Context())
		msgs := make([]*nats.Msg, 50)
		for i := range msgs {
			msgs[i] = delivery(i)
		}
		go func() {
			_ = p.One(t.Context(), delivery(99)) // about as long as it takes for the first of the others to come
			cancel()
		}()
		for _, a := range p.All(ctx, msgs) {
			require.True(t, a.Seq > 0 || errors.Is(a.Err, jet.ErrNoAck))
		}
		cancel()
	}
}

func TestMultiLast(t *testing.T) {
	_, nc, _ := natstest.Pipeline(t)
	p := publisher(t, nc)
	var subjects []string
	for i := range 300 {
		m := delivery(i)
		subjects = append(subjects, m.Subject)
		require.NoError(t, p.One(t.Context(), m).Err)
		require.NoError(t, p.One(t.Context(), m).Err)
	}
	found, upTo, err := jet.MultiLast(t.Context(), nc, topology.Deliveries, append(subjects, "deliver.0.no.such.order"))
	require.NoError(t, err)
	require.Len(t, found, 300)
	require.EqualValues(t, 600, upTo)
	require.EqualValues(t, 8, found[subjects[3]].Seq)
	require.Equal(t, "3", string(found[subjects[3]].Data))
	found, upTo, err = jet.MultiLast(t.Context(), nc, topology.Deliveries, []string{"deliver.0.no.such.order"})
	require.NoError(t, err)
	require.Empty(t, found)
	require.Zero(t, upTo, "nothing found says nothing about how far the server was")
	_, _, err = jet.MultiLast(t.Context(), nc, topology.Deliveries, make([]string, jet.MultiLastMax+1))
	require.Error(t, err)
}

// The server cuts its answer at its pending limit, in silence but for a count at the end.
func TestMultiLastAsksAgainWhereTheAnswerWasCut(t *testing.T) {
	s := natstest.Server(t)
	nc, js := natstest.Connect(t, s)
	t.Cleanup(nc.Close)
	cfg := natstest.Small()
	cfg.MaxBytes[topology.Deliveries] = 256 << 20
	natstest.Streams(t, js, cfg)
	p := publisher(t, nc)
	var subjects []string
	for i := range 40 {
		m := delivery(i)
		m.Data = []byte(strings.Repeat("x", 900_000))
		subjects = append(subjects, m.Subject)
		require.NoError(t, p.One(t.Context(), m).Err)
	}
	found, upTo, err := jet.MultiLast(t.Context(), nc, topology.Deliveries, subjects)
	require.NoError(t, err)
	require.Len(t, found, 40)
	require.EqualValues(t, 40, upTo)
}
