package jet

import (
	"context"
	"fmt"
	"maps"
	"strconv"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nuid"
)

const (
	headerBatchID       = "Nats-Batch-Id"
	headerBatchSequence = "Nats-Batch-Sequence"
	headerBatchCommit   = "Nats-Batch-Commit"

	// BatchMax is the most messages in one atomic batch. The server takes 1,000, but with discard new and max_bytes the cost of a batch grows with
	// the square of its size.
	BatchMax = 256
)

// Batch stores the messages as one atomic batch, all or nothing, and returns the stream sequence of the last. They must belong to one stream, and
// at most one condition per subject. The error is an *APIError (nothing was stored by this request) or wraps ErrNoAck (unknown). A single message
// is published plainly. A batch may be sent again: it gets a new id each time.
func (p *Publisher) Batch(ctx context.Context, msgs []*nats.Msg) (uint64, error) {
	switch {
	case len(msgs) == 0:
		return 0, nil
	case len(msgs) > BatchMax:
		return 0, fmt.Errorf("batch of %d messages: at most %d", len(msgs), BatchMax)
	case len(msgs) == 1:
		a := p.One(ctx, msgs[0])
		return a.Seq, a.Err
	}
	id := []string{nuid.Next()}
	ack := p.await(ctx, 1, func(reply string) error {
		for i, m := range msgs {
			// The message itself stays as it was: it may be sent again alone.
			b := &nats.Msg{Subject: m.Subject, Data: m.Data, Header: make(nats.Header, len(m.Header)+3)}
			maps.Copy(b.Header, m.Header)
			b.Header[headerBatchID] = id
			b.Header[headerBatchSequence] = []string{strconv.Itoa(i + 1)}
			if i == len(msgs)-1 {
				b.Header[headerBatchCommit] = []string{"1"}
				b.Reply = reply + "0"
			}
			if err := p.nc.PublishMsg(b); err != nil {
				return err
			}
		}
		return nil
	})[0]
	return ack.Seq, ack.Err
}
