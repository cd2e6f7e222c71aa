package jet

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"google.golang.org/protobuf/types/known/timestamppb"

	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
)

// readTimeout bounds one request; the caller repeats what it must know.
const readTimeout = 2 * time.Second

// Stored is a message as it lies in a stream.
type Stored struct {
	Subject string
	Seq     uint64
	// Time is the server's time of storing.
	Time   time.Time
	Header nats.Header
	Data   []byte
}

// LastFromLeader reads the last message of a subject; nil when there is none.
func LastFromLeader(ctx context.Context, nc *nats.Conn, stream, subject string) (*Stored, error) {
	return fromLeader(ctx, nc, stream, map[string]any{"last_by_subj": subject})
}

// GetFromLeader reads the message with a stream sequence; nil when it is not there.
func GetFromLeader(ctx context.Context, nc *nats.Conn, stream string, seq uint64) (*Stored, error) {
	return fromLeader(ctx, nc, stream, map[string]any{"seq": seq})
}

// NextFromLeader reads the first message of a subject at or after a stream sequence; nil when there is none.
func NextFromLeader(ctx context.Context, nc *nats.Conn, stream, subject string, from uint64) (*Stored, error) {
	return fromLeader(ctx, nc, stream, map[string]any{"seq": from, "next_by_subj": subject})
}

// fromLeader asks the API, which only the stream's leader answers (direct gets are answered by any replica).
func fromLeader(ctx context.Context, nc *nats.Conn, stream string, query map[string]any) (*Stored, error) {
	body, err := json.Marshal(query)
	if err != nil {
		return nil, fmt.Errorf("read from %s: %w", stream, err)
	}
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	r, err := nc.RequestWithContext(ctx, "$JS.API.STREAM.MSG.GET."+stream, body)
	if err != nil {
		return nil, fmt.Errorf("read from the leader of %s: %w", stream, err)
	}
	var a struct {
		Error   *APIError `json:"error"`
		Message *struct {
			Subject string    `json:"subject"`
			Seq     uint64    `json:"seq"`
			Header  []byte    `json:"hdrs"`
			Data    []byte    `json:"data"`
			Time    time.Time `json:"time"`
		} `json:"message"`
	}
	if err := json.Unmarshal(r.Data, &a); err != nil {
		return nil, fmt.Errorf("read from the leader of %s: %w", stream, err)
	}
	if a.Error != nil {
		if a.Error.Code == codeNotFound {
			return nil, nil //nolint:nilnil // absence is an answer here
		}
		return nil, fmt.Errorf("read from the leader of %s: %w", stream, a.Error)
	}
	if a.Message == nil {
		return nil, fmt.Errorf("read from the leader of %s: answer without a message", stream)
	}
	s := &Stored{Subject: a.Message.Subject, Seq: a.Message.Seq, Time: a.Message.Time, Data: a.Message.Data}
	if len(a.Message.Header) > 0 {
		// A publisher can send headers that are none. The client hands such a message to a reader without them, and so do we.
		s.Header, _ = nats.DecodeHeadersMsg(a.Message.Header)
	}
	return s, nil
}

// Mark identifies a stream as it is now, from its leader: name, time of creation, last sequence.
func Mark(ctx context.Context, js jetstream.JetStream, stream string) (*orderwirev1.StreamMark, error) {
	s, err := js.Stream(ctx, stream)
	if err != nil {
		return nil, fmt.Errorf("look up stream %s: %w", stream, err)
	}
	i := s.CachedInfo()
	return &orderwirev1.StreamMark{Name: stream, Created: timestamppb.New(i.Created), Last: i.State.LastSeq}, nil
}
