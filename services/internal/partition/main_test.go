package partition_test

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/internal/jet"
	"github.com/orderwire/orderwire/services/internal/natsd/natstest"
	"github.com/orderwire/orderwire/services/internal/partition"
	"github.com/orderwire/orderwire/services/internal/topology"
)

func TestMain(m *testing.M) { natstest.Main(m) }

// p is the partition that the tests work on.
const p = 3

// pipeline is a real server with the streams, inside a synctest bubble.
type pipeline struct {
	t     testing.TB
	nc    *nats.Conn
	js    jetstream.JetStream
	pub   *jet.Publisher
	store partition.Store
}

// virtual runs f in a bubble.
func virtual(t *testing.T, f func(t *testing.T, l *pipeline)) {
	t.Helper()
	dir := natstest.Dir(t)
	synctest.Test(t, func(t *testing.T) {
		s := natstest.Start(t, dir)
		defer elapse(time.Second) // virtual: the server's flushers notice that it has stopped
		defer s.Stop()
		nc, js := natstest.Connect(t, s)
		defer nc.Close()
		natstest.Streams(t, js, natstest.Small())
		pub, err := jet.NewPublisher(nc, time.Second)
		require.NoError(t, err)
		f(t, &pipeline{t: t, nc: nc, js: js, pub: pub, store: partition.NewStore(nc, pub)})
	})
}

func (l *pipeline) config(service, owner string) partition.Config {
	return partition.Config{Service: service, Partition: p, Owner: owner, Store: l.store, JS: l.js, Logger: slog.New(slog.DiscardHandler)}
}

func (l *pipeline) claim(service, owner string) *partition.Chain {
	l.t.Helper()
	c, err := partition.Claim(l.t.Context(), l.config(service, owner))
	require.NoError(l.t, err)
	return c
}

// deliver stores deliveries, the even ones of the partition and the odd ones of another, and returns the sequences of the partition's.
func (l *pipeline) deliver(n int) (seqs []uint64) {
	l.t.Helper()
	var msgs []*nats.Msg
	for i := range 2 * n {
		m := nats.NewMsg(topology.DeliverySubject(p+i%2, "erp", "acme", strconv.Itoa(i)))
		m.Data = []byte("delivery")
		msgs = append(msgs, m)
	}
	for i, a := range l.pub.All(l.t.Context(), msgs) {
		require.NoError(l.t, a.Err)
		if i%2 == 0 {
			seqs = append(seqs, a.Seq)
		}
	}
	return seqs
}

// at is the position of an entry, as a service knows it.
func (l *pipeline) at(seq uint64) partition.Position {
	l.t.Helper()
	m, err := jet.GetFromLeader(l.t.Context(), l.nc, topology.Deliveries, seq)
	require.NoError(l.t, err)
	require.NotNil(l.t, m)
	return partition.Position{Low: seq, LowAt: m.Time}
}

// cursor is the one in STATE; nil: none.
func (l *pipeline) cursor(subject string) *orderwirev1.Cursor {
	l.t.Helper()
	m, err := l.store.Last(l.t.Context(), subject)
	require.NoError(l.t, err)
	if m == nil {
		return nil
	}
	c := &orderwirev1.Cursor{}
	require.NoError(l.t, proto.Unmarshal(m.Data, c))
	return c
}

// recreate makes a stream anew.
func (l *pipeline) recreate(stream string) {
	l.t.Helper()
	elapse(time.Second) // created times differ
	require.NoError(l.t, l.js.DeleteStream(l.t.Context(), stream))
	natstest.Streams(l.t, l.js, natstest.Small())
}

// purge removes records of STATE.
func (l *pipeline) purge(subject string) {
	l.t.Helper()
	s, err := l.js.Stream(l.t.Context(), topology.State)
	require.NoError(l.t, err)
	require.NoError(l.t, s.Purge(l.t.Context(), jetstream.WithPurgeSubject(subject)))
}

// lane is a lane record.
func lane(order string, data string) *nats.Msg {
	m := nats.NewMsg(topology.LaneSubject(p, "erp", "acme", order))
	m.Data = []byte(data)
	return m
}

// requireStopped checks what a partition is stopped for, and that it says what to do.
func requireStopped(t testing.TB, err error, what string) {
	t.Helper()
	var stop *partition.StoppedError
	require.ErrorAs(t, err, &stop)
	require.Contains(t, stop.What, what)
	require.Contains(t, stop.Error(), fmt.Sprintf("orderwire recover --service %s --partition %d", stop.Service, stop.Partition))
}

func recoverAs(ctx context.Context, cfg partition.Config, position string) (*partition.Report, error) {
	return partition.Recover(ctx, cfg, partition.Request{Position: position, Apply: true})
}

func stamp(at time.Time) *timestamppb.Timestamp {
	if at.IsZero() {
		return nil
	}
	return timestamppb.New(at)
}

// elapse lets virtual time pass. Outside of a bubble, whose clock begins in 2000, it would be a sleep.
func elapse(d time.Duration) {
	if time.Now().Year() > 2010 {
		panic("not in virtual time")
	}
	<-time.After(d)
}
