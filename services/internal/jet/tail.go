package jet

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// ErrStreamChanged says that a stream is no longer the one that was read: it was re-created, or lost its end. What comes next in it is not what follows.
var ErrStreamChanged = errors.New("the stream is not the one that was read: it was re-created, or lost its end")

// tailLooks is how often in a row the stream must look changed: just after an election a leader may not have caught up. With the waits between, about a second.
const tailLooks = 6

// tail is how far a stream was read, and which stream that was.
type tail struct {
	created time.Time
	seq     uint64
	at      time.Time // of the message at seq; zero when none was read yet
	looks   int
}

// check compares the stream with what was read of it, before it is read on from next.
func (t *tail) check(ctx context.Context, nc *nats.Conn, js jetstream.JetStream, stream string, next uint64) error {
	ctx, cancel := context.WithTimeout(ctx, 2*readTimeout)
	defer cancel()
	mark, err := Mark(ctx, js, stream)
	if err != nil {
		return fmt.Errorf("%w: %w", errRestart, err)
	}
	created := mark.GetCreated().AsTime()
	if t.created.IsZero() {
		t.created = created
	}
	changed := !created.Equal(t.created) || mark.GetLast() < next-1
	if !changed && !t.at.IsZero() {
		s, err := GetFromLeader(ctx, nc, stream, t.seq)
		if err != nil {
			return fmt.Errorf("%w: %w", errRestart, err)
		}
		changed = s != nil && !s.Time.Equal(t.at) // nil: it has outlived its time
	}
	if !changed {
		t.looks = 0
		return nil
	}
	if t.looks++; t.looks < tailLooks {
		return fmt.Errorf("%w: %w", errRestart, ErrStreamChanged)
	}
	return fmt.Errorf("read %s from %d: %w", stream, next, ErrStreamChanged)
}

// read notes a message that was handed over.
func (t *tail) read(s *Stored) { t.seq, t.at = s.Seq, s.Time }
