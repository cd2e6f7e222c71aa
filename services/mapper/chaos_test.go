package mapper

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"

	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/internal/jet"
	"github.com/orderwire/orderwire/services/internal/partition"
	"github.com/orderwire/orderwire/services/mapper/quarantine"
)

// chaos stands between a mapper and its streams: it loses requests and replies, lets them come late, pauses between any two steps, answers like a replica that
// lags, and can kill the process after any write.
type chaos struct {
	level float64 // probability of each mischief, per call or message

	mu   sync.Mutex
	rnd  *rand.Rand
	sent map[string]bool // deliveries that may have reached the server, by their bytes
	open int             // what is under way and may still reach the server
	idle sync.Cond

	dead   atomic.Bool
	budget atomic.Int64 // writes until death; negative: no end
}

func newChaos(seed uint64, level float64) *chaos {
	c := &chaos{level: level, sent: map[string]bool{}, rnd: rand.New(rand.NewPCG(seed, 1))}
	c.idle.L = &c.mu
	c.budget.Store(-1)
	return c
}

// kill lets nothing more begin, and waits for what is under way.
func (c *chaos) kill() {
	c.dead.Store(true)
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.open > 0 {
		c.idle.Wait()
	}
}

// begin and end stand around what may reach the server.
func (c *chaos) begin() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open++
}

func (c *chaos) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open--
	c.idle.Broadcast()
}

func (c *chaos) wrap(w wiring) wiring {
	return wiring{
		deliveries: &chaosDeliveries{chaos: c, deliveries: w.deliveries}, letters: &chaosLetters{c, w.letters},
		state: &chaosState{c, w.state}, records: &chaosRecords{c, w.records},
	}
}

func (c *chaos) happens() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.rnd.Float64() < c.level
}

func (c *chaos) upTo(n int64) int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.rnd.Int64N(n + 1)
}

// enter begins a call: it returns false when the process is dead, after its context has ended.
func (c *chaos) enter(ctx context.Context) bool {
	if !c.dead.Load() && c.happens() {
		c.sleep(2000)
	}
	if c.dead.Load() {
		<-ctx.Done()
		return false
	}
	return true
}

func (c *chaos) sleep(ms int64) { <-time.After(time.Duration(c.upTo(ms)) * time.Millisecond) }

// write spends one write; false: the process died before it.
func (c *chaos) write() bool {
	if c.dead.Load() {
		return false
	}
	if c.budget.Load() >= 0 && c.budget.Add(-1) < 0 {
		c.dead.Store(true)
		return false
	}
	return true
}

var errChaos = fmt.Errorf("%w: lost by the test", jet.ErrNoAck)

// publish does to messages what may happen to them on their way.
func (c *chaos) publish(ctx context.Context, msgs []*nats.Msg, send func(context.Context, []*nats.Msg) []jet.Ack) []jet.Ack {
	acks := c.underWay(ctx, msgs, send)
	if c.dead.Load() {
		<-ctx.Done()
	}
	return acks
}

func (c *chaos) underWay(ctx context.Context, msgs []*nats.Msg, send func(context.Context, []*nats.Msg) []jet.Ack) []jet.Ack {
	c.begin()
	defer c.end()
	if c.happens() {
		c.sleep(3000) // paused just before it writes
	}
	acks := make([]jet.Ack, len(msgs))
	var now []*nats.Msg
	var at []int
	for i, m := range msgs {
		acks[i].Err = errChaos
		switch {
		case !c.write():
		case !c.happens():
			now, at = append(now, m), append(at, i)
		case c.upTo(1) == 0: // late; else lost
			c.begin()
			go func() {
				defer c.end()
				c.sleep(3000)
				send(context.WithoutCancel(ctx), []*nats.Msg{m})
			}()
		}
	}
	if len(now) > 0 {
		for j, a := range send(ctx, now) {
			if !c.happens() { // else the reply is lost
				acks[at[j]] = a
			}
		}
	}
	return acks
}

type chaosDeliveries struct {
	*chaos
	deliveries
}

func (c *chaosDeliveries) Publish(ctx context.Context, msgs []*nats.Msg) []jet.Ack {
	c.mu.Lock()
	for _, m := range msgs {
		c.sent[m.Subject+string(m.Data)] = true
	}
	c.mu.Unlock()
	return c.publish(ctx, msgs, c.deliveries.Publish)
}

func (c *chaosDeliveries) Last(ctx context.Context, subject string) (*jet.Stored, error) {
	if !c.enter(ctx) || c.happens() {
		return nil, errChaos
	}
	return c.deliveries.Last(ctx, subject)
}

func (c *chaosDeliveries) Next(ctx context.Context, subject string, from uint64) (*jet.Stored, error) {
	if !c.enter(ctx) || c.happens() {
		return nil, errChaos
	}
	return c.deliveries.Next(ctx, subject, from)
}

// MultiLast answers now and then as of an earlier time.
func (c *chaosDeliveries) MultiLast(ctx context.Context, subjects []string) (map[string]*jet.Stored, uint64, error) {
	if !c.enter(ctx) || c.happens() {
		return nil, 0, errChaos
	}
	found, upTo, err := c.deliveries.MultiLast(ctx, subjects)
	if err != nil || upTo == 0 || !c.happens() {
		return found, upTo, err
	}
	upTo = uint64(c.upTo(int64(upTo)))
	old := map[string]*jet.Stored{}
	for _, s := range subjects {
		for from := uint64(1); ; {
			m, err := c.deliveries.Next(ctx, s, from)
			if err != nil {
				return nil, 0, err
			}
			if m == nil || m.Seq > upTo {
				break
			}
			old[s], from = m, m.Seq+1
		}
	}
	if len(old) == 0 {
		upTo = 0
	}
	return old, upTo, nil
}

type chaosLetters struct {
	*chaos
	quarantine.Letters
}

func (c *chaosLetters) Publish(ctx context.Context, msgs []*nats.Msg) []jet.Ack {
	return c.publish(ctx, msgs, c.Letters.Publish)
}

type chaosState struct {
	*chaos
	partition.Store
}

func (c *chaosState) Commit(ctx context.Context, msgs []*nats.Msg) (uint64, error) {
	ack := c.publish(ctx, msgs[len(msgs)-1:], func(ctx context.Context, _ []*nats.Msg) []jet.Ack {
		seq, err := c.Store.Commit(ctx, msgs)
		return []jet.Ack{{Seq: seq, Err: err}}
	})[0]
	return ack.Seq, ack.Err
}

func (c *chaosState) Last(ctx context.Context, subject string) (*jet.Stored, error) {
	if !c.enter(ctx) || c.happens() {
		return nil, errChaos
	}
	m, err := c.Store.Last(ctx, subject)
	if c.happens() {
		c.sleep(2000) // the answer grows old
	}
	return m, err
}

type chaosRecords struct {
	*chaos
	recorder
}

func (c *chaosRecords) Store(ctx context.Context, outcomes []*orderwirev1.Outcome) error {
	if !c.enter(ctx) {
		return errChaos
	}
	for i := range outcomes {
		if !c.write() {
			<-ctx.Done()
			return errChaos
		}
		if c.happens() {
			return errChaos
		}
		if err := c.recorder.Store(ctx, outcomes[i:i+1]); err != nil {
			return err
		}
	}
	return nil
}
