package record

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/orderwire/orderwire/services/internal/topology"
)

const (
	// fetchBatch is how many records one request asks for: with the largest excerpts, 5 MB.
	fetchBatch = 256
	// fetchTimeout bounds one request.
	fetchTimeout = 5 * time.Second
)

// found is a record as it lies in the stream.
type found struct {
	seq  uint64
	data []byte
}

// fetch appends all messages of a subject: batched direct gets, without a consumer.
func fetch(ctx context.Context, nc *nats.Conn, subject string, all []found) ([]found, error) {
	inbox := nc.NewInbox()
	sub, err := nc.SubscribeSync(inbox)
	if err != nil {
		return nil, err
	}
	defer func() { _ = sub.Unsubscribe() }()
	for from := uint64(1); ; {
		before := len(all)
		body, err := json.Marshal(map[string]any{"seq": from, "next_by_subj": subject, "batch": fetchBatch})
		if err != nil {
			return nil, err
		}
		if err := nc.PublishRequest("$JS.API.DIRECT.GET."+topology.Outcomes, inbox, body); err != nil {
			return nil, err
		}
		var more bool
		if all, more, err = answers(ctx, sub, all); err != nil {
			return nil, err
		}
		if !more || len(all) == before {
			return all, nil
		}
		from = all[len(all)-1].seq + 1
	}
}

// answers collects those to one request; more says that the server has further ones.
func answers(ctx context.Context, sub *nats.Subscription, all []found) (_ []found, more bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	for {
		m, err := sub.NextMsgWithContext(ctx)
		if err != nil {
			return nil, false, err
		}
		switch status := m.Header.Get("Status"); status {
		case "":
			seq, err := strconv.ParseUint(m.Header.Get("Nats-Sequence"), 10, 64)
			if err != nil {
				return nil, false, fmt.Errorf("answer without a sequence: %w", err)
			}
			all = append(all, found{seq, m.Data})
		case "204":
			pending := m.Header.Get("Nats-Num-Pending")
			return all, pending != "" && pending != "0", nil
		case "404":
			return all, false, nil
		default:
			return nil, false, fmt.Errorf("status %s %s", status, m.Header.Get("Description"))
		}
	}
}
