package jet_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/orderwire/orderwire/services/internal/jet"
	"github.com/orderwire/orderwire/services/internal/natsd"
	"github.com/orderwire/orderwire/services/internal/natsd/natstest"
	"github.com/orderwire/orderwire/services/internal/topology"
)

var errEnough = errors.New("enough")

// read collects n messages from a sequence on.
func read(t *testing.T, nc *nats.Conn, js jetstream.JetStream, cfg jet.ReadConfig, n int) (got []*jet.Stored) {
	err := jet.Read(t.Context(), nc, js, cfg, func(s *jet.Stored) error {
		if got = append(got, s); len(got) == n {
			return errEnough
		}
		return nil
	})
	require.ErrorIs(t, err, errEnough)
	return got
}

func TestReadInOrder(t *testing.T) {
	_, nc, js := natstest.Pipeline(t)
	p := publisher(t, nc)
	for i := range 2000 {
		require.NoError(t, p.One(t.Context(), delivery(i)).Err)
	}
	got := read(t, nc, js, jet.ReadConfig{Stream: topology.Deliveries, Filters: []string{"deliver.>"}, From: 100, Window: 16}, 1901)
	for i, s := range got {
		require.EqualValues(t, 100+i, s.Seq)
		require.Equal(t, fmt.Sprint(99+i), string(s.Data))
	}
	require.WithinDuration(t, time.Now(), got[0].Time, time.Minute)
	got = read(t, nc, js, jet.ReadConfig{Stream: topology.Deliveries, Filters: topology.DeliveryFilters(16, []int{0, 1})}, 250)
	for i, s := range got {
		require.EqualValues(t, 16*(i/2)+i%2+1, s.Seq)
	}
}

// Large messages fill a request's bytes before its count.
func TestReadLargeMessages(t *testing.T) {
	_, nc, js := natstest.Pipeline(t)
	p := publisher(t, nc)
	large := make([]byte, 900_000)
	for i := range 40 {
		m := delivery(i)
		m.Data = large
		require.NoError(t, p.One(t.Context(), m).Err)
	}
	slow := 0
	nc.SetErrorHandler(func(*nats.Conn, *nats.Subscription, error) { slow++ })
	got := read(t, nc, js, jet.ReadConfig{Stream: topology.Deliveries, Filters: []string{"deliver.>"}}, 40)
	require.EqualValues(t, 40, got[39].Seq)
	require.Zero(t, nc.Stats().Reconnects)
	require.Zero(t, slow)
}

// Whatever headers a shop sends, its message is a message.
func TestReadTakesHostileHeadersForMessages(t *testing.T) {
	_, nc, js := natstest.Pipeline(t)
	for _, status := range []string{"100", "404", "408", "409", "503", ""} {
		m := &nats.Msg{Subject: "orders.acme.1", Header: nats.Header{"Status": {status}, "Description": {"Idle Heartbeat"}, "Nats-Pending-Messages": {"x"}}}
		_, err := js.PublishMsg(t.Context(), m)
		require.NoError(t, err)
	}
	got := read(t, nc, js, jet.ReadConfig{Stream: topology.Orders, Filters: topology.EntryFilters(1, []int{0})}, 6)
	require.EqualValues(t, 6, got[5].Seq)
}

// restartable starts servers one after the other on one address, each on the folder that dir names then.
func restartable(t *testing.T, dir *string) func() *natsd.Server {
	listen := "127.0.0.1:0"
	return func() *natsd.Server {
		s, err := natsd.Start(natsd.Options{Dir: *dir, Listen: listen})
		require.NoError(t, err)
		listen = strings.TrimPrefix(s.URL(), "nats://")
		return s
	}
}

// outlives is a connection that comes back when the server does, on the pipeline's streams.
func outlives(t *testing.T, s *natsd.Server) (*nats.Conn, jetstream.JetStream) {
	nc, err := nats.Connect(s.URL(), nats.MaxReconnects(-1), nats.ReconnectWait(20*time.Millisecond), nats.ReconnectBufSize(-1))
	require.NoError(t, err)
	t.Cleanup(nc.Close)
	js, err := jetstream.New(nc)
	require.NoError(t, err)
	natstest.Streams(t, js, natstest.Small())
	return nc, js
}

// The server is stopped and started again under a reader; nothing is missed or handed over twice.
func TestReadSurvivesTheServer(t *testing.T) {
	dir := natstest.Dir(t)
	start := restartable(t, &dir)
	s := start()
	nc, js := outlives(t, s)
	p := publisher(t, nc)
	var mu sync.Mutex
	var got []uint64
	done := make(chan error, 1)
	go func() {
		done <- jet.Read(t.Context(), nc, js, jet.ReadConfig{Stream: topology.Deliveries, Filters: []string{"deliver.>"}}, func(s *jet.Stored) error {
			mu.Lock()
			defer mu.Unlock()
			if got = append(got, s.Seq); len(got) == 60 {
				return errEnough
			}
			return nil
		})
	}()
	for range 3 {
		for i := range 20 {
			require.NoError(t, p.One(t.Context(), delivery(i)).Err)
		}
		s.Stop()
		s = start()
		natstest.Eventually(t, nc.IsConnected, "connected again")
	}
	require.ErrorIs(t, <-done, errEnough)
	for i, seq := range got {
		require.EqualValues(t, i+1, seq)
	}
	s.Stop()
}

// A stream that is deleted and made again, or comes back without its end, is not read on as if nothing had happened.
func TestReadNoticesAnotherStream(t *testing.T) {
	for name, c := range map[string]struct{ before, after int }{"shorter": {30, 5}, "longer": {30, 60}} {
		t.Run(name, func(t *testing.T) {
			_, nc, js := natstest.Pipeline(t)
			p := publisher(t, nc)
			publish := func(n int) {
				for i := range n {
					require.NoError(t, p.One(t.Context(), delivery(i)).Err)
				}
			}
			publish(c.before)
			err := jet.Read(t.Context(), nc, js, jet.ReadConfig{Stream: topology.Deliveries, Filters: []string{"deliver.>"}}, func(s *jet.Stored) error {
				if s.Seq > uint64(c.before) {
					t.Errorf("message %d of the new stream", s.Seq)
				}
				if s.Seq == uint64(c.before) {
					require.NoError(t, js.DeleteStream(t.Context(), topology.Deliveries))
					natstest.Streams(t, js, natstest.Small())
					publish(c.after)
				}
				return nil
			})
			require.ErrorIs(t, err, jet.ErrStreamChanged)
		})
	}
}

// The server comes back with an older copy of its files: same stream, without its end.
func TestReadNoticesALostEnd(t *testing.T) {
	dir := natstest.Dir(t)
	start := restartable(t, &dir)
	s := start()
	nc, js := outlives(t, s)
	p := publisher(t, nc)
	publish := func(n int) {
		for i := range n {
			require.NoError(t, p.One(t.Context(), delivery(i)).Err)
		}
	}
	publish(10)
	s.Stop()
	old := natstest.Dir(t)
	require.NoError(t, os.CopyFS(old, os.DirFS(dir)))
	s = start()
	natstest.Eventually(t, nc.IsConnected, "connected again")
	publish(10)
	done := make(chan error, 1)
	read := make(chan uint64, 100)
	go func() {
		done <- jet.Read(t.Context(), nc, js, jet.ReadConfig{Stream: topology.Deliveries, Filters: []string{"deliver.>"}}, func(s *jet.Stored) error {
			read <- s.Seq
			return nil
		})
	}()
	for seq := uint64(0); seq < 20; seq = <-read {
	}
	s.Stop()
	dir = old
	s = start()
	natstest.Eventually(t, nc.IsConnected, "connected again")
	publish(15) // longer than it was
	require.ErrorIs(t, <-done, jet.ErrStreamChanged)
	require.Empty(t, read)
	nc.Close()
	s.Stop()
}

func TestReadEndsWithItsContext(t *testing.T) {
	dir := natstest.Dir(t)
	synctest.Test(t, func(t *testing.T) {
		s := natstest.Start(t, dir)
		nc, js := natstest.Connect(t, s)
		natstest.Streams(t, js, natstest.Small())
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Hour)
		var got int
		_, err := js.Publish(ctx, delivery(0).Subject, []byte("x"))
		require.NoError(t, err)
		err = jet.Read(ctx, nc, js, jet.ReadConfig{Stream: topology.Deliveries, Filters: []string{"deliver.>"}}, func(*jet.Stored) error { got++; return nil })
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Equal(t, 1, got)
		cancel()
		nc.Close()
		s.Stop()
	})
}

func TestReadLastPerSubject(t *testing.T) {
	_, nc, js := natstest.Pipeline(t)
	p := publisher(t, nc)
	filter := []string{topology.LaneFilter(3), topology.DispatchCursor(3)}
	collect := func() (subjects []string) {
		require.NoError(t, jet.ReadLastPerSubject(t.Context(), nc, js, topology.State, filter, func(s *jet.Stored) error {
			subjects = append(subjects, s.Subject)
			return nil
		}))
		return subjects
	}
	require.Empty(t, collect())
	for i := range 1500 {
		m := &nats.Msg{Subject: topology.LaneSubject(3, "erp", "acme", fmt.Sprint(i%750)), Data: []byte("x")}
		require.NoError(t, p.One(t.Context(), m).Err)
	}
	require.NoError(t, p.One(t.Context(), &nats.Msg{Subject: topology.DispatchCursor(3)}).Err)
	got := collect()
	require.Len(t, got, 751)
	require.Equal(t, topology.DispatchCursor(3), got[750])
}
