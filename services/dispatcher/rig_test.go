package dispatcher

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	v1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/internal/config"
	"github.com/orderwire/orderwire/services/internal/jet"
	"github.com/orderwire/orderwire/services/internal/natsd/natstest"
	"github.com/orderwire/orderwire/services/internal/partition"
	"github.com/orderwire/orderwire/services/internal/topology"
)

const parts = 2

// twoDestinations is the configuration of most tests; the receiver tells them apart by host.
const twoDestinations = `
destinations:
  alpha: {url: "http://alpha.test/in", auth: [], network: {plain_http: true}}
  beta: {url: "http://beta.test", auth: [], network: {plain_http: true}}
routes:
  - {shops: ["*"], to: alpha, payload: event, statuses: {PS_OS_PAYMENT: PAID}}
  - {shops: ["*"], to: beta, payload: event, statuses: {PS_OS_PAYMENT: PAID}}
`

const onlyAlpha = `
destinations:
  alpha: {url: "http://alpha.test/in", auth: [], network: {plain_http: true}}
routes:
  - {shops: ["*"], to: alpha, payload: event, statuses: {PS_OS_PAYMENT: PAID}}
`

// hit is one request at the receiver.
type hit struct {
	destination, order string
	sequence           int64
	attempt            int
	at                 time.Time
}

// answer is what the receiver says; the zero value is 200.
type answer struct {
	status int
	body   string
	header map[string]string
}

// rig is a server with the streams, a receiver for all destinations, and the mapper's part: publishing deliveries.
type rig struct {
	*testing.T
	nc   *nats.Conn
	js   jetstream.JetStream
	dial func(ctx context.Context, network, address string) (net.Conn, error)
	// connect makes a connection of a dispatcher's own.
	connect func() *nats.Conn
	source  *source
	// prepare changes a dispatcher before it runs; nil for not at all.
	prepare func(*Dispatcher)
	pub     *jet.Publisher

	mu      sync.Mutex
	hits    []hit
	answer  func(hit) answer
	sent    map[string]int64
	running []*process
}

// inBubble runs a test in virtual time, on a server with files.
func inBubble(t *testing.T, test func(r *rig)) {
	dir := natstest.Dir(t)
	synctest.Test(t, func(t *testing.T) {
		s := natstest.Start(t, dir)
		nc, js := natstest.Connect(t, s)
		small := natstest.Small()
		small.Partitions = parts
		natstest.Streams(t, js, small)
		l := natstest.NewPipeListener()
		r := newRig(t, nc, js, func() *nats.Conn {
			own, _ := natstest.Connect(t, s)
			return own
		})
		r.dial = l.Dial
		stop := r.serve(l)
		defer func() {
			r.close()
			stop()
			nc.Close()
			s.Stop()
		}()
		test(r)
	})
}

func newRig(t *testing.T, nc *nats.Conn, js jetstream.JetStream, connect func() *nats.Conn) *rig {
	pub, err := jet.NewPublisher(nc, 5*time.Second)
	require.NoError(t, err)
	return &rig{T: t, nc: nc, js: js, connect: connect, pub: pub, source: newSource(t, twoDestinations), sent: map[string]int64{}}
}

// serve runs the receiver until it is stopped.
func (r *rig) serve(l net.Listener) (stop func()) {
	web := &http.Server{Handler: r}
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = web.Serve(l)
	}()
	return func() {
		_ = web.Shutdown(context.Background()) // waits for what is under way
		_ = l.Close()
		<-served
	}
}

func (r *rig) close() {
	for _, p := range r.running {
		p.stop()
	}
}

// publish stores deliveries for an order, as the mapper does.
func (r *rig) publish(destination, order string, n int) (seqs []uint64) {
	r.Helper()
	var msgs []*nats.Msg
	for range n {
		msgs = append(msgs, r.delivery(destination, order))
	}
	return r.store(msgs)
}

func (r *rig) delivery(destination, order string) *nats.Msg {
	r.Helper()
	r.mu.Lock()
	r.sent[destination+order]++
	sequence := r.sent[destination+order]
	r.mu.Unlock()
	data, err := proto.Marshal(&v1.Delivery{
		Id: fmt.Sprintf("%s-%s-%d", destination, order, sequence), EventId: fmt.Sprint("h", sequence), Sequence: sequence, Cause: uint64(1000 + sequence),
		PublishedAt: timestamppb.Now(), Reference: "REF" + order, Target: "PAID",
		Request: &v1.Request{Method: "POST", Path: "/x", ContentType: "application/json", Body: []byte(`{}`)},
	})
	require.NoError(r, err)
	return &nats.Msg{Subject: topology.DeliverySubject(topology.Partition(parts, destination), destination, "shop", order), Data: data}
}

func (r *rig) store(msgs []*nats.Msg) (seqs []uint64) {
	r.Helper()
	for _, a := range r.pub.All(context.Background(), msgs) {
		require.NoError(r, a.Err)
		seqs = append(seqs, a.Seq)
	}
	return seqs
}

// ServeHTTP is the receiver.
func (r *rig) ServeHTTP(rw http.ResponseWriter, req *http.Request) {
	_, _ = io.Copy(io.Discard, req.Body)
	sequence, _ := strconv.ParseInt(req.Header.Get("orderwire-sequence"), 10, 64)
	attempt, _ := strconv.Atoi(req.Header.Get("orderwire-attempt"))
	h := hit{
		destination: strings.TrimSuffix(req.Host, ".test"), order: strings.TrimPrefix(req.Header.Get("orderwire-order"), "shop."),
		sequence: sequence, attempt: attempt, at: time.Now(),
	}
	r.mu.Lock()
	r.hits = append(r.hits, h)
	say := r.answer
	r.mu.Unlock()
	var a answer
	if say != nil {
		a = say(h)
	}
	for k, v := range a.header {
		rw.Header().Set(k, v)
	}
	if a.status != 0 {
		rw.WriteHeader(a.status)
	}
	_, _ = io.WriteString(rw, a.body)
}

func (r *rig) answers(say func(hit) answer) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer = say
}

// of are the requests for one destination and order, so far.
func (r *rig) of(destination, order string) (hits []hit) {
	for _, h := range r.to(destination) {
		if h.order == order {
			hits = append(hits, h)
		}
	}
	return hits
}

// to are the requests for one destination.
func (r *rig) to(destination string) (hits []hit) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, h := range r.hits {
		if h.destination == destination {
			hits = append(hits, h)
		}
	}
	return hits
}

// sequences are the requests' sequences in the order they came.
func (r *rig) sequences(destination, order string) (all []int64) {
	for _, h := range r.of(destination, order) {
		all = append(all, h.sequence)
	}
	return all
}

// within waits in virtual time for at most that long.
func (r *rig) within(limit time.Duration, what string, condition func() bool) {
	r.Helper()
	for end := time.Now().Add(limit); ; time.Sleep(limit / 200) {
		if condition() {
			return
		}
		if time.Now().After(end) {
			require.FailNow(r, "did not happen", "%s within %s", what, limit)
		}
	}
}

// process is a running dispatcher.
type process struct {
	*Dispatcher
	nc     *nats.Conn
	cancel context.CancelFunc
	done   chan struct{}
	err    error
}

func (r *rig) start(change ...func(*Config)) *process {
	r.Helper()
	cfg := Config{
		NC: r.connect(), Configuration: r.source, Partitions: parts, Logger: slog.New(slog.DiscardHandler), DrainTimeout: 20 * time.Second,
		Assigner: partition.NewStatic([]int{0, 1}, slog.New(slog.DiscardHandler)),
	}
	cfg.Client.Dial = r.dial
	for _, c := range change {
		c(&cfg)
	}
	d, err := New(cfg)
	require.NoError(r, err)
	if r.prepare != nil {
		r.prepare(d)
	}
	ctx, cancel := context.WithCancel(context.Background())
	p := &process{Dispatcher: d, nc: cfg.NC, cancel: cancel, done: make(chan struct{})}
	go func() { p.err = d.Run(ctx); close(p.done) }()
	r.running = append(r.running, p)
	return p
}

// stop ends it gracefully.
func (p *process) stop() {
	p.cancel()
	<-p.done
	p.nc.Close()
}

// crash cuts it off from everything: nothing is stored any more.
func (p *process) crash() {
	p.nc.Close()
	p.stop()
}

// lanes are the lane records in STATE.
func (r *rig) lanes() map[topology.Key]*v1.Lane {
	r.Helper()
	all := map[topology.Key]*v1.Lane{}
	for p := range parts {
		require.NoError(r, jet.ReadLastPerSubject(context.Background(), r.nc, r.js, topology.State, []string{topology.LaneFilter(p)}, func(s *jet.Stored) error {
			if len(s.Data) > 0 {
				k, err := topology.ParseLane(s.Subject)
				require.NoError(r, err)
				all[k] = &v1.Lane{}
				require.NoError(r, proto.Unmarshal(s.Data, all[k]))
			}
			return nil
		}))
	}
	return all
}

func (r *rig) lane(destination, order string) *v1.Lane {
	r.Helper()
	return r.lanes()[topology.Key{P: topology.Partition(parts, destination), Destination: destination, Shop: "shop", Order: order}]
}

// all reads a stream from its beginning.
func (r *rig) all(stream string) (all []*jet.Stored) {
	r.Helper()
	s, err := r.js.Stream(context.Background(), stream)
	require.NoError(r, err)
	for seq := uint64(1); seq <= s.CachedInfo().State.LastSeq; seq++ {
		m, err := jet.GetFromLeader(context.Background(), r.nc, stream, seq)
		require.NoError(r, err)
		if m != nil {
			all = append(all, m)
		}
	}
	return all
}

func (r *rig) letters() (all []*v1.DeadLetter) {
	for _, s := range r.all(topology.DeadLetters) {
		d := &v1.DeadLetter{}
		require.NoError(r, proto.Unmarshal(s.Data, d))
		all = append(all, d)
	}
	return all
}

// outcomes of an order, oldest first.
func (r *rig) outcomes(order string) (all []*v1.Outcome) {
	for _, s := range r.all(topology.Outcomes) {
		o := &v1.Outcome{}
		require.NoError(r, proto.Unmarshal(s.Data, o))
		if o.GetOrder() == order {
			all = append(all, o)
		}
	}
	return all
}

// source is a configuration that tests change.
type source struct {
	t       *testing.T
	mu      sync.Mutex
	current *config.Config
	changed chan struct{}
}

func newSource(t *testing.T, yaml string) *source {
	s := &source{t: t}
	s.set(yaml)
	return s
}

func (s *source) set(yaml string) {
	c, err := config.Parse("test.yaml", []byte(yaml), func(string) (string, bool) { return "", false })
	require.NoError(s.t, err)
	s.mu.Lock()
	defer s.mu.Unlock()
	old := s.changed
	s.current, s.changed = c, make(chan struct{})
	if old != nil {
		close(old)
	}
}

func (s *source) Current() *config.Config {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.current
}

func (s *source) Changed() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.changed
}
