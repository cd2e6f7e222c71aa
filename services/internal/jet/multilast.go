package jet

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
)

// MultiLastMax is the most subjects in one request. The server answers 1,024 at most.
const MultiLastMax = 500

const (
	headerSequence   = "Nats-Sequence"
	headerSubject    = "Nats-Subject"
	headerTime       = "Nats-Time-Stamp"
	headerNumPending = "Nats-Num-Pending"
	headerUpTo       = "Nats-UpTo-Sequence"
)

// MultiLast reads the last message of each of up to MultiLastMax subjects with one direct get; subjects without a message are absent.
//
// Any replica may answer. upTo is the stream sequence that it had reached: what is absent is not there up to that sequence. When nothing at all was
// found the server does not say how far it was, and upTo is 0: a caller that must know adds a subject which it knows to be there (such as that of
// the last message it was acknowledged), and looks at the sequence that comes back for it.
func MultiLast(ctx context.Context, nc *nats.Conn, stream string, subjects []string) (found map[string]*Stored, upTo uint64, err error) {
	if len(subjects) > MultiLastMax {
		return nil, 0, fmt.Errorf("last messages of %d subjects: at most %d", len(subjects), MultiLastMax)
	}
	found = make(map[string]*Stored, len(subjects))
	for len(subjects) > 0 {
		more, at, err := multiLast(ctx, nc, stream, subjects, found)
		if err != nil {
			return nil, 0, fmt.Errorf("read last messages from %s: %w", stream, err)
		}
		if upTo == 0 || at < upTo {
			upTo = at
		}
		if !more {
			break
		}
		// The answer was cut where it became too large: ask again for what did not come.
		var rest []string
		for _, s := range subjects {
			if found[s] == nil {
				rest = append(rest, s)
			}
		}
		if len(rest) == len(subjects) {
			return nil, 0, fmt.Errorf("read last messages from %s: the answer was cut before its first message", stream)
		}
		subjects = rest
	}
	return found, upTo, nil
}

// multiLast is one request; more says that the server had more than it sent.
func multiLast(ctx context.Context, nc *nats.Conn, stream string, subjects []string, found map[string]*Stored) (more bool, upTo uint64, err error) {
	body, err := json.Marshal(map[string]any{"multi_last": subjects})
	if err != nil {
		return false, 0, err
	}
	inbox := nc.NewInbox()
	sub, err := nc.SubscribeSync(inbox)
	if err != nil {
		return false, 0, err
	}
	defer func() { _ = sub.Unsubscribe() }()
	if err := nc.PublishRequest("$JS.API.DIRECT.GET."+stream, inbox, body); err != nil {
		return false, 0, err
	}
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	for {
		m, err := sub.NextMsgWithContext(ctx)
		if err != nil {
			return false, 0, err
		}
		switch status := m.Header.Get(headerStatus); status {
		case "":
			s, err := direct(m)
			if err != nil {
				return false, 0, err
			}
			found[s.Subject] = s
		case "204":
			upTo, err := strconv.ParseUint(m.Header.Get(headerUpTo), 10, 64)
			if err != nil {
				return false, 0, fmt.Errorf("end of the answer: %w", err)
			}
			left := m.Header.Get(headerNumPending)
			return left != "" && left != "0", upTo, nil
		case "404":
			if m.Header.Get("Description") == "No Results" {
				return false, 0, nil
			}
			fallthrough
		default:
			return false, 0, fmt.Errorf("status %s %s", status, m.Header.Get("Description"))
		}
	}
}

// direct reads a message out of the answer to a direct get.
func direct(m *nats.Msg) (*Stored, error) {
	s := &Stored{Subject: m.Header.Get(headerSubject), Header: m.Header, Data: m.Data}
	var err error
	if s.Seq, err = strconv.ParseUint(m.Header.Get(headerSequence), 10, 64); err != nil {
		return nil, fmt.Errorf("answer without a sequence: %w", err)
	}
	if s.Time, err = time.Parse(time.RFC3339Nano, m.Header.Get(headerTime)); err != nil {
		return nil, fmt.Errorf("answer without a time: %w", err)
	}
	return s, nil
}
