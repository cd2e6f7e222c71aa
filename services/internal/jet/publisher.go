package jet

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
)

const (
	// headerExpectLast is the condition on the last sequence of the message's own subject.
	headerExpectLast = "Nats-Expected-Last-Subject-Sequence"
	headerStatus     = "Status"
)

// ErrNoAck says that no acknowledgement came: the message may or may not be stored.
var ErrNoAck = errors.New("no acknowledgement: the outcome is unknown")

// APIError is the server's refusal. The message was not stored by this request.
type APIError struct {
	Code        int    `json:"err_code"`
	Description string `json:"description"`
}

func (e *APIError) Error() string { return fmt.Sprintf("%s (%d)", e.Description, e.Code) }

// Error codes of the server that callers tell apart.
const (
	codeWrongLastSequence = 10071 // JSStreamWrongLastSequenceErrF
	codeWrongLastConstant = 10164 // JSStreamWrongLastSequenceConstantErr
	codeStoreFailed       = 10077 // JSStreamStoreFailedF: maximum bytes, messages or messages per subject reached
	codeNotFound          = 10037 // JSNoMessageFoundErr
	codeNoResources       = 10023 // JSInsufficientResourcesErr
	codeStorageExceeded   = 10047 // JSStorageResourcesExceededErr
)

// Fenced reports whether a condition on a last sequence failed. A retry can meet its own earlier proposal, so this is not proof that
// somebody else wrote.
func Fenced(err error) bool {
	var e *APIError
	return errors.As(err, &e) && (e.Code == codeWrongLastSequence || e.Code == codeWrongLastConstant)
}

// Full reports whether the stream or the server had no room.
func Full(err error) bool {
	var e *APIError
	return errors.As(err, &e) && (e.Code == codeStoreFailed || e.Code == codeNoResources || e.Code == codeStorageExceeded)
}

// ExpectLast makes the publish conditional: the last message of its subject must have this stream sequence (0: none).
func ExpectLast(m *nats.Msg, seq uint64) {
	if m.Header == nil {
		m.Header = nats.Header{}
	}
	m.Header[headerExpectLast] = []string{strconv.FormatUint(seq, 10)}
}

// Ack is what became of one message.
type Ack struct {
	// Seq is its stream sequence; 0 unless Err is nil.
	Seq uint64
	// Err is nil (stored), an *APIError (refused), or wraps ErrNoAck (unknown).
	Err error
}

// Publisher publishes many messages at once and awaits all their acknowledgements over one subscription: no future and no goroutine per message.
// It is safe for concurrent use.
type Publisher struct {
	nc      *nats.Conn
	sub     *nats.Subscription
	prefix  string
	timeout time.Duration
	gen     atomic.Uint64
	mu      sync.Mutex
	waiting map[string]*waiter
}

// waiter collects the acknowledgements of one call.
type waiter struct {
	mu   sync.Mutex
	left int
	acks []Ack
	got  []bool
	done chan struct{}
}

// NewPublisher subscribes for acknowledgements. A message whose acknowledgement does not come within timeout is unknown.
func NewPublisher(nc *nats.Conn, timeout time.Duration) (*Publisher, error) {
	p := &Publisher{nc: nc, prefix: nc.NewInbox() + ".", timeout: timeout, waiting: map[string]*waiter{}}
	sub, err := nc.Subscribe(p.prefix+"*.*", p.receive)
	if err != nil {
		return nil, fmt.Errorf("subscribe for acknowledgements: %w", err)
	}
	if err := sub.SetPendingLimits(-1, -1); err != nil {
		return nil, fmt.Errorf("subscribe for acknowledgements: %w", err)
	}
	p.sub = sub
	return p, nil
}

// Close ends the subscription.
func (p *Publisher) Close() { _ = p.sub.Unsubscribe() }

func (p *Publisher) receive(m *nats.Msg) {
	gen, index, ok := strings.Cut(m.Subject[len(p.prefix):], ".")
	if !ok {
		return
	}
	p.mu.Lock()
	w := p.waiting[gen]
	p.mu.Unlock()
	if w == nil {
		return
	}
	i, err := strconv.Atoi(index)
	if err != nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if i < 0 || i >= len(w.acks) || w.got[i] {
		return
	}
	w.got[i], w.acks[i] = true, parseAck(m)
	if w.left--; w.left == 0 {
		close(w.done)
	}
}

// parseAck reads {"stream":"X","seq":12}, the common answer, without a decoder.
func parseAck(m *nats.Msg) Ack {
	if len(m.Data) == 0 && m.Header.Get(headerStatus) != "" {
		return Ack{Err: fmt.Errorf("%w: no stream answers (status %s)", ErrNoAck, m.Header.Get(headerStatus))}
	}
	if !bytes.Contains(m.Data, []byte(`"error"`)) {
		if i := bytes.Index(m.Data, []byte(`"seq":`)); i >= 0 {
			var n uint64
			for _, c := range bytes.TrimLeft(m.Data[i+len(`"seq":`):], " ") {
				if c < '0' || c > '9' {
					break
				}
				n = n*10 + uint64(c-'0')
			}
			if n > 0 {
				return Ack{Seq: n}
			}
		}
	}
	var a struct {
		Error *APIError `json:"error"`
	}
	if err := json.Unmarshal(m.Data, &a); err != nil || a.Error == nil {
		return Ack{Err: fmt.Errorf("%w: answer %.80q is no acknowledgement", ErrNoAck, m.Data)}
	}
	return Ack{Err: a.Error}
}

// All publishes the messages in order and returns one Ack for each, when all have come, the time-out passed or ctx ended. It sets their Reply.
func (p *Publisher) All(ctx context.Context, msgs []*nats.Msg) []Ack {
	if len(msgs) == 0 {
		return nil
	}
	return p.await(ctx, len(msgs), func(reply string) error {
		for i, m := range msgs {
			m.Reply = reply + strconv.Itoa(i)
			if err := p.nc.PublishMsg(m); err != nil {
				return err
			}
		}
		return nil
	})
}

// One publishes a single message.
func (p *Publisher) One(ctx context.Context, m *nats.Msg) Ack {
	return p.All(ctx, []*nats.Msg{m})[0]
}

// await registers n acknowledgements under a new reply prefix, sends, and collects.
func (p *Publisher) await(ctx context.Context, n int, send func(reply string) error) []Ack {
	gen := strconv.FormatUint(p.gen.Add(1), 36)
	w := &waiter{left: n, acks: make([]Ack, n), got: make([]bool, n), done: make(chan struct{})}
	p.mu.Lock()
	p.waiting[gen] = w
	p.mu.Unlock()
	sendErr := send(p.prefix + gen + ".")
	if sendErr == nil || w.some() {
		t := time.NewTimer(p.timeout)
		select {
		case <-w.done:
		case <-t.C:
		case <-ctx.Done():
		}
		t.Stop()
	}
	p.mu.Lock()
	delete(p.waiting, gen)
	p.mu.Unlock()
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := range w.acks {
		switch {
		case w.got[i]:
		case sendErr != nil:
			w.acks[i].Err = fmt.Errorf("%w: %w", ErrNoAck, sendErr)
		case ctx.Err() != nil:
			w.acks[i].Err = fmt.Errorf("%w: %w", ErrNoAck, context.Cause(ctx))
		default:
			w.acks[i].Err = fmt.Errorf("%w within %s", ErrNoAck, p.timeout)
		}
	}
	return slices.Clone(w.acks) // a late acknowledgement still finds the waiter's own
}

// some reports whether an answer has come already, so that others of the same call are worth waiting for.
func (w *waiter) some() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.left < len(w.acks)
}
