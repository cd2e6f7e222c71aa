package partition

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nuid"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/internal/jet"
)

// forgottenReads is how many times in a row the server must refuse a commit and show an older cursor than it acknowledged, before it is believed: a
// leader that was deposed and does not know it yet shows old ones too. With the waits between, about ten seconds.
const forgottenReads = 8

// write is one link of the chain: bytes that never change, sent until it is known what became of them.
type write struct {
	msgs    []*nats.Msg // records, and the cursor last
	subject string
	cursor  *orderwirev1.Cursor
	prev    uint64 // sequence in STATE of the cursor that it follows
}

// newWrite completes the cursor (number, token, time) and renders it behind the records.
func newWrite(subject string, c *orderwirev1.Cursor, n, prev uint64, records []*nats.Msg) *write {
	c.N, c.Token, c.CommittedAt = n+1, nuid.Next(), timestamppb.Now()
	m := nats.NewMsg(subject)
	var err error
	if m.Data, err = proto.Marshal(c); err != nil {
		panic(err) // only invalid UTF-8 in a string can fail, and all strings are ours
	}
	jet.ExpectLast(m, prev)
	msgs := make([]*nats.Msg, 0, len(records)+1)
	return &write{msgs: append(append(msgs, records...), m), subject: subject, cursor: c, prev: prev}
}

// settle sends a write until it is known to be stored (its sequence), or never to be (ErrFenced, ErrForgotten), or ctx ends (unknown).
func (w *write) settle(ctx context.Context, s Store, log *slog.Logger) (uint64, error) {
	wait := newWait()
	forgotten := 0
	for try := 1; ; try++ {
		seq, err := s.Commit(ctx, w.msgs)
		if err == nil {
			return seq, nil
		}
		refused := jet.Fenced(err)
		c, at, _, readErr := readCursor(ctx, s, w.subject)
		switch {
		case readErr != nil:
			err = errors.Join(err, readErr)
		case c.GetToken() == w.cursor.GetToken():
			return at, nil
		case at > w.prev:
			return 0, &fencedError{owner: c.GetOwner()}
		case at < w.prev && refused:
			if forgotten++; forgotten >= forgottenReads {
				return 0, ErrForgotten
			}
		default:
			forgotten = 0
		}
		if ctx.Err() != nil {
			return 0, context.Cause(ctx)
		}
		if try&(try-1) == 0 { // the first, second, fourth ...: a long fault must not flood the log
			level := slog.LevelDebug // the first failure is often a time-out that the next try resolves
			if try > 1 {
				level = slog.LevelWarn
			}
			log.Log(ctx, level, "commit is not known to be stored, trying again", "try", try, "err", err)
		}
		if err := pause(ctx, wait.NextBackOff()); err != nil {
			return 0, err
		}
	}
}

// pause waits, or returns why ctx ended.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
