package record

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/orderwire/orderwire/services/internal/jet"
)

// groupBytes bounds one batch, besides jet.BatchMax.
const groupBytes = 1 << 20

// group commits for concurrent calls: what comes while a batch is under way goes into the next one. A call whose ctx has ended takes its messages out.
type group struct {
	pub *jet.Publisher
	log *slog.Logger

	mu    sync.Mutex
	queue []waiting
	busy  bool // a goroutine works on the queue, and ends when that is empty
}

// waiting is a message with the call that it belongs to.
type waiting struct {
	msg  *nats.Msg
	call *call
}

// call is one call of store.
type call struct {
	over func() error // says why its ctx has ended
	left int          // messages that are not stored
	done chan struct{}
}

func (g *group) store(ctx context.Context, msgs []*nats.Msg) error {
	c := &call{over: ctx.Err, left: len(msgs), done: make(chan struct{})}
	g.mu.Lock()
	for _, m := range msgs {
		g.queue = append(g.queue, waiting{m, c})
	}
	if !g.busy {
		g.busy = true
		go g.work(context.WithoutCancel(ctx))
	}
	g.mu.Unlock()
	select {
	case <-c.done:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// work stores what is queued until nothing is. Its ctx is not that of any one call, and does not end; the publisher's time-out ends each try.
func (g *group) work(ctx context.Context) {
	wait := newWait()
	for try := 1; ; {
		batch := g.next()
		if batch == nil {
			return
		}
		msgs := make([]*nats.Msg, len(batch))
		for i, b := range batch {
			msgs[i] = b.msg
		}
		if _, err := g.pub.Batch(ctx, msgs); err != nil {
			complain(g.log, try, len(batch), err)
			try++
			g.back(batch)
			time.Sleep(wait.NextBackOff())
			continue
		}
		try = 1
		wait.Reset()
		for _, b := range batch {
			if b.call.left--; b.call.left == 0 {
				close(b.call.done)
			}
		}
	}
}

// next takes a batch off the queue; nil: nobody waits any more, and the work has ended.
func (g *group) next() []waiting {
	g.mu.Lock()
	defer g.mu.Unlock()
	var batch []waiting
	size, used := 0, 0
	for _, w := range g.queue {
		if w.call.over() == nil {
			size += len(w.msg.Data) + len(w.msg.Subject)
			if len(batch) == jet.BatchMax || len(batch) > 0 && size > groupBytes {
				break
			}
			batch = append(batch, w)
		}
		used++
	}
	g.queue = g.queue[used:]
	if len(batch) == 0 {
		g.queue, g.busy = nil, false
	}
	return batch
}

// back puts a batch in front again.
func (g *group) back(batch []waiting) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.queue = append(batch, g.queue...)
}
