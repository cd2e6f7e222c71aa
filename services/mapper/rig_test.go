package mapper

import (
	"context"
	"log/slog"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/internal/config"
	"github.com/orderwire/orderwire/services/internal/jet"
	"github.com/orderwire/orderwire/services/internal/natsd"
	"github.com/orderwire/orderwire/services/internal/natsd/natstest"
	"github.com/orderwire/orderwire/services/internal/partition"
	"github.com/orderwire/orderwire/services/internal/topology"
)

func TestMain(m *testing.M) { natstest.Main(m) }

// source is a configuration that a test changes.
type source struct{ now atomic.Pointer[config.Config] }

func (s *source) Current() *config.Config  { return s.now.Load() }
func (s *source) Changed() <-chan struct{} { return nil }

func parse(t testing.TB, yaml string) *config.Config {
	t.Helper()
	cfg, err := config.Parse("test.yaml", []byte(yaml), nil)
	require.NoError(t, err)
	return cfg
}

// openApp is the default mapping.
func openApp(t testing.TB) *config.Config {
	t.Helper()
	yaml, _ := config.Simple(func(string) (string, bool) { return "", false })
	return parse(t, string(yaml))
}

// rig is a pipeline on a real server, inside a bubble.
type rig struct {
	testing.TB
	server *natsd.Server
	nc     *nats.Conn
	js     jetstream.JetStream
	pub    *jet.Publisher

	partitions int
	runs       []*running
}

// bubble runs a test in virtual time.
func bubble(t *testing.T, streams topology.Config, test func(r *rig)) {
	t.Helper()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		s := natstest.Start(t, dir)
		defer natstest.Stop(s)
		nc, js := natstest.Connect(t, s)
		defer nc.Close()
		natstest.Streams(t, js, streams)
		pub, err := jet.NewPublisher(nc, time.Second)
		require.NoError(t, err)
		defer pub.Close()
		r := &rig{TB: t, server: s, nc: nc, js: js, pub: pub, partitions: streams.WithDefaults().Partitions}
		defer r.abandon()
		test(r)
	})
}

// small is a topology with few partitions.
func small(partitions int) topology.Config {
	c := natstest.Small()
	c.Partitions = partitions
	return c
}

// publish puts a message into ORDERS, as a shop or an operator does, and returns its sequence.
func (r *rig) publish(subject string, header nats.Header, data []byte) uint64 {
	r.Helper()
	a := r.pub.One(r.Context(), &nats.Msg{Subject: subject, Header: header, Data: data})
	require.NoError(r, a.Err)
	return a.Seq
}

// running is one mapper process.
type running struct {
	*Mapper
	nc   *nats.Conn
	stop context.CancelFunc
	done chan struct{}
	err  error // of Run, once done is closed
}

// start runs a mapper on all partitions. wrap, unless nil, stands between it and its streams.
func (r *rig) start(cfg Config, wrap func(wiring) wiring) *running {
	r.Helper()
	nc, js := natstest.Connect(r, r.server)
	cfg.NC = nc
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	cfg.Partitions = r.partitions
	if cfg.Assigner == nil {
		all := make([]int, cfg.Partitions)
		for p := range all {
			all[p] = p
		}
		cfg.Assigner = partition.NewStatic(all, cfg.Logger)
	}
	m, err := New(cfg)
	require.NoError(r, err)
	if wrap != nil {
		m, err = newMapper(cfg.WithDefaults(), js, m.pub, wrap(m.wiring))
		require.NoError(r, err)
	}
	ctx, cancel := context.WithCancel(r.Context())
	run := &running{Mapper: m, nc: nc, stop: cancel, done: make(chan struct{})}
	go func() {
		defer close(run.done)
		run.err = m.Run(ctx)
	}()
	r.runs = append(r.runs, run)
	return run
}

// abandon ends what a failed test left running: the bubble waits for it.
func (r *rig) abandon() {
	for _, run := range r.runs {
		run.stop()
		<-run.done
		run.nc.Close()
	}
}

// end stops the process and waits.
func (run *running) end(t testing.TB) {
	t.Helper()
	run.stop()
	<-run.done
	require.NoError(t, run.err)
	run.nc.Close()
}

// settled waits until the stored positions cover all of ORDERS that matters: the last entry of each partition.
func (r *rig) settled() {
	r.Helper()
	want := map[int]uint64{}
	for _, s := range r.all(topology.Orders) {
		e, err := topology.ParseEntry(s.Subject)
		require.NoError(r, err)
		want[e.P] = s.Seq
	}
	for range 10_000 {
		behind := false
		for p := range r.partitions {
			if c := r.cursor(p); c.GetLow() < want[p] {
				behind = true
			}
		}
		if !behind {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	require.FailNow(r, "the mapper does not settle its entries")
}

func (r *rig) cursor(p int) *orderwirev1.Cursor {
	r.Helper()
	m, err := jet.LastFromLeader(r.Context(), r.nc, topology.State, topology.MapperCursor(p))
	require.NoError(r, err)
	c := &orderwirev1.Cursor{}
	if m != nil {
		require.NoError(r, proto.Unmarshal(m.Data, c))
	}
	return c
}

// all reads a stream.
func (r *rig) all(name string) []*jet.Stored {
	r.Helper()
	s, err := r.js.Stream(r.Context(), name)
	require.NoError(r, err)
	var found []*jet.Stored
	for seq := s.CachedInfo().State.FirstSeq; seq > 0 && seq <= s.CachedInfo().State.LastSeq; seq++ {
		m, err := jet.GetFromLeader(r.Context(), r.nc, name, seq)
		require.NoError(r, err)
		if m != nil {
			found = append(found, m)
		}
	}
	return found
}

func (r *rig) deliveries() (all []*orderwirev1.Delivery, subjects []string) {
	r.Helper()
	for _, s := range r.all(topology.Deliveries) {
		d := &orderwirev1.Delivery{}
		require.NoError(r, proto.Unmarshal(s.Data, d))
		all, subjects = append(all, d), append(subjects, s.Subject)
	}
	return all, subjects
}

func (r *rig) letters() []*orderwirev1.DeadLetter {
	r.Helper()
	var all []*orderwirev1.DeadLetter
	for _, s := range r.all(topology.DeadLetters) {
		l := &orderwirev1.DeadLetter{}
		require.NoError(r, proto.Unmarshal(s.Data, l))
		all = append(all, l)
	}
	return all
}

// records gives the decision records by id: of several, one that says mapped, else the last.
func (r *rig) records() map[string]*orderwirev1.Outcome {
	r.Helper()
	all := map[string]*orderwirev1.Outcome{}
	for _, s := range r.all(topology.Outcomes) {
		o := &orderwirev1.Outcome{}
		require.NoError(r, proto.Unmarshal(s.Data, o))
		if all[o.GetId()].GetReason() != orderwirev1.Reason_MAPPED {
			all[o.GetId()] = o
		}
	}
	return all
}
