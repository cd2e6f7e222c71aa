package jet

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v4"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

const (
	// DefaultWindow is how many messages are asked for and not yet handed over, at most.
	DefaultWindow = 512
	// heartbeat is what the server sends when it has nothing; two missed ones and a second mean that the consumer or the connection is gone.
	heartbeat = time.Second
	// pullBytes bounds one request: with two of them on their way, the server does not come near the pending limit (16 MiB as shipped) at which it cuts a client off.
	pullBytes = 4 << 20
	// pullExpiry ends a request that was not filled.
	pullExpiry = 30 * time.Second
	// inactive is how long the server keeps a consumer that nobody asks.
	inactive = 30 * time.Second
)

// ReadConfig says what to read.
type ReadConfig struct {
	Stream  string
	Filters []string
	// From is the first stream sequence wanted; 0 and 1 mean the beginning.
	From uint64
	// Window bounds the messages on their way; 0 means DefaultWindow.
	Window int
	Logger *slog.Logger
}

// errRestart ends one life of the consumer: the next one goes on behind the last message that was handed over.
var errRestart = errors.New("start again")

// Read hands every message over, in order, until handle fails, ctx ends, or the stream is no longer the same (ErrStreamChanged), and returns that error. handle may block: the server is not asked
// for more meanwhile. The library's own iterators can stall for ten seconds on a busy machine, hence this loop with two overlapping requests.
func Read(ctx context.Context, nc *nats.Conn, js jetstream.JetStream, cfg ReadConfig, handle func(*Stored) error) error {
	if cfg.Window == 0 {
		cfg.Window = DefaultWindow
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.Default()
	}
	next := max(cfg.From, 1)
	wait := backoff.NewExponentialBackOff(backoff.WithInitialInterval(20*time.Millisecond), backoff.WithMaxInterval(2*time.Second), backoff.WithMaxElapsedTime(0))
	var seen tail
	stuck := 0 // restarts in a row without a message
	for {
		before := next
		err := seen.check(ctx, nc, js, cfg.Stream, next)
		if err == nil {
			err = readOnce(ctx, nc, js, &cfg, &next, func(s *Stored) error {
				if err := handle(s); err != nil {
					return err
				}
				seen.read(s)
				return nil
			})
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if !errors.Is(err, errRestart) {
			return err
		}
		level := slog.LevelDebug // one restart now and then is nothing
		if stuck++; next > before {
			wait.Reset()
			stuck = 0
		}
		if stuck > 1 && stuck&(stuck-1) == 0 { // the second, fourth ...: a long fault must not flood the log
			level = slog.LevelWarn
		}
		cfg.Logger.Log(ctx, level, "read starts again", "stream", cfg.Stream, "from", next, "try", stuck, "err", err)
		select {
		case <-time.After(wait.NextBackOff()):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// readOnce is one life of an ephemeral consumer. next is the sequence to begin with, and moves with each message handed over.
func readOnce(ctx context.Context, nc *nats.Conn, js jetstream.JetStream, cfg *ReadConfig, next *uint64, handle func(*Stored) error) error {
	c, err := create(ctx, js, cfg.Stream, jetstream.ConsumerConfig{FilterSubjects: cfg.Filters, DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: *next})
	if err != nil {
		return fmt.Errorf("%w: create consumer on %s: %w", errRestart, cfg.Stream, err)
	}
	defer c.delete(js)
	pull, err := c.pull(nc, cfg.Window)
	if err != nil {
		return fmt.Errorf("%w: read %s: %w", errRestart, cfg.Stream, err)
	}
	defer pull.close()
	for {
		s, err := pull.next(ctx)
		if err != nil {
			return fmt.Errorf("%w: read %s: %w", errRestart, cfg.Stream, err)
		}
		if s.Seq < *next {
			continue
		}
		if err := handle(s); err != nil {
			return err
		}
		*next = s.Seq + 1
	}
}

// ReadLastPerSubject hands over the last message of each subject as it is at one moment, in the order of their sequences, and returns. The consumer may sit on a
// replica that lags: who needs to know asks for a subject of his own that was written last, and looks whether it comes.
func ReadLastPerSubject(ctx context.Context, nc *nats.Conn, js jetstream.JetStream, stream string, filters []string, handle func(*Stored) error) error {
	c, err := create(ctx, js, stream, jetstream.ConsumerConfig{FilterSubjects: filters, DeliverPolicy: jetstream.DeliverLastPerSubjectPolicy})
	if err != nil {
		return fmt.Errorf("read last messages of %s: %w", stream, err)
	}
	defer c.delete(js)
	left := c.pending
	if left == 0 {
		return nil
	}
	pull, err := c.pull(nc, DefaultWindow)
	if err != nil {
		return fmt.Errorf("read last messages of %s: %w", stream, err)
	}
	defer pull.close()
	for {
		s, err := pull.next(ctx)
		if err != nil {
			return fmt.Errorf("read last messages of %s: %w", stream, err)
		}
		if err := handle(s); err != nil {
			return err
		}
		if pull.pending == 0 {
			return nil
		}
	}
}

// consumer is an ephemeral one of ours.
type consumer struct {
	stream, name string
	pending      uint64
}

func create(ctx context.Context, js jetstream.JetStream, stream string, cc jetstream.ConsumerConfig) (*consumer, error) {
	cc.AckPolicy, cc.MemoryStorage, cc.Replicas, cc.InactiveThreshold = jetstream.AckNonePolicy, true, 1, inactive
	ctx, cancel := context.WithTimeout(ctx, 2*readTimeout)
	defer cancel()
	c, err := js.CreateConsumer(ctx, stream, cc)
	if err != nil {
		return nil, err
	}
	return &consumer{stream: stream, name: c.CachedInfo().Name, pending: c.CachedInfo().NumPending}, nil
}

// delete spares the server from keeping it until it counts as inactive; a failure costs no more than that.
func (c *consumer) delete(js jetstream.JetStream) {
	ctx, cancel := context.WithTimeout(context.Background(), readTimeout)
	defer cancel()
	_ = js.DeleteConsumer(ctx, c.stream, c.name)
}

// pull is a stream of messages kept up by overlapping requests: the next is at the server before the last is used up.
type pull struct {
	nc      *nats.Conn
	sub     *nats.Subscription
	in      chan *nats.Msg
	subject string
	inbox   string
	request []byte
	half    int
	open    int    // asked for and not yet delivered
	want    uint64 // the consumer's next sequence
	pending uint64 // left in the consumer after the last message
}

func (c *consumer) pull(nc *nats.Conn, window int) (*pull, error) {
	p := &pull{nc: nc, subject: "$JS.API.CONSUMER.MSG.NEXT." + c.stream + "." + c.name, inbox: nc.NewInbox(), half: max(window/2, 1), want: 1}
	var err error
	if p.request, err = json.Marshal(map[string]any{"batch": p.half, "max_bytes": pullBytes, "expires": pullExpiry, "idle_heartbeat": heartbeat}); err != nil {
		return nil, err
	}
	// A channel, since the library's NextMsg takes an empty message with a Status header for an answer of the server, and a publisher can send one.
	// Should it overflow with heartbeats while handle blocks, a message is missed, seen as a gap, and read again.
	p.in = make(chan *nats.Msg, 2*window+64)
	if p.sub, err = nc.ChanSubscribe(p.inbox, p.in); err != nil {
		return nil, err
	}
	return p, nil
}

func (p *pull) close() { _ = p.sub.Unsubscribe() }

var errGap = errors.New("a message is missing")

func (p *pull) next(ctx context.Context) (*Stored, error) {
	for {
		for p.open <= p.half {
			if err := p.nc.PublishRequest(p.subject, p.inbox, p.request); err != nil {
				return nil, err
			}
			p.open += p.half
		}
		m, err := p.receive(ctx)
		if err != nil {
			return nil, err
		}
		if m.Reply == "" { // a message of the stream has one; its publisher may have given it any header
			if err := p.control(m, m.Header.Get(headerStatus)); err != nil {
				return nil, err
			}
			continue
		}
		s, cseq, pending, err := delivered(m)
		if err != nil {
			return nil, err
		}
		if cseq != p.want {
			return nil, errGap
		}
		p.want++
		p.open--
		p.pending = pending
		return s, nil
	}
}

var errSilent = errors.New("the server is silent")

// receive waits for as long as the server's heartbeats allow.
func (p *pull) receive(ctx context.Context) (*nats.Msg, error) {
	select {
	case m := <-p.in: // the usual case under load costs no timer
		return m, nil
	default:
	}
	t := time.NewTimer(2*heartbeat + time.Second)
	defer t.Stop()
	select {
	case m := <-p.in:
		return m, nil
	case <-t.C:
		return nil, errSilent
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// control handles what is not a message: heartbeats, and the ends of requests.
func (p *pull) control(m *nats.Msg, status string) error {
	switch status {
	case "100":
		return nil
	case "409": // the request was full, of bytes or of messages; or the consumer is gone
		if d := m.Header.Get("Description"); d != "Message Size Exceeds MaxBytes" && d != "Batch Completed" {
			break
		}
		fallthrough
	case "404", "408": // a request ended: what is left of it will not come
		n, err := strconv.Atoi(m.Header.Get("Nats-Pending-Messages"))
		if err != nil {
			return fmt.Errorf("status %s: %w", status, err)
		}
		p.open -= n
		return nil
	}
	return fmt.Errorf("status %s %s", status, m.Header.Get("Description"))
}

// delivered reads $JS.ACK[.<domain>.<account>].<stream>.<consumer>.<delivered>.<stream sequence>.<consumer sequence>.<time>.<pending>[.<token>].
func delivered(m *nats.Msg) (s *Stored, cseq, pending uint64, err error) {
	f := strings.Split(m.Reply, ".")
	switch {
	case len(f) == 9 && f[0] == "$JS":
		f = f[5:]
	case len(f) >= 11 && f[0] == "$JS":
		f = f[7:]
	default:
		return nil, 0, 0, fmt.Errorf("reply subject %.80q is none of a consumer", m.Reply)
	}
	var n [4]uint64
	for i := range n {
		if n[i], err = strconv.ParseUint(f[i], 10, 64); err != nil {
			return nil, 0, 0, fmt.Errorf("reply subject %.80q: %w", m.Reply, err)
		}
	}
	return &Stored{Subject: m.Subject, Seq: n[0], Time: time.Unix(0, int64(n[2])).UTC(), Header: m.Header, Data: m.Data}, n[1], n[3], nil //nolint:gosec // nanoseconds of a server's clock
}
