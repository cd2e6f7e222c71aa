package mapper

import (
	"context"
	"fmt"
	"slices"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/internal/jet"
	"github.com/orderwire/orderwire/services/internal/partition"
	"github.com/orderwire/orderwire/services/mapper/memory"
	"github.com/orderwire/orderwire/services/mapper/quarantine"
)

// wiring is where the mapper reads and writes. It is the seam at which tests lose requests and replies, and stop the process between two of them.
type wiring struct {
	deliveries deliveries
	letters    quarantine.Letters
	state      partition.Store
	records    recorder
}

// deliveries is DELIVERIES.
type deliveries interface {
	memory.Source
	// Publish stores the messages and says what became of each. One that is too large (nats.ErrMaxPayload) must not keep others back.
	Publish(ctx context.Context, msgs []*nats.Msg) []jet.Ack
	// Next reads the first message of a subject at or after a sequence, from the leader; nil when there is none.
	Next(ctx context.Context, subject string, from uint64) (*jet.Stored, error)
}

// recorder is OUTCOMES.
type recorder interface {
	// Store returns when all records are durable, or ctx has ended.
	Store(ctx context.Context, outcomes []*orderwirev1.Outcome) error
}

// stream is one of JetStream's streams.
type stream struct {
	name string
	nc   *nats.Conn
	js   jetstream.JetStream
	pub  *jet.Publisher
}

// Publish keeps messages back that are larger than the server takes: the client would send nothing that comes after one.
func (s *stream) Publish(ctx context.Context, msgs []*nats.Msg) []jet.Ack {
	const reply = 128 // bytes for the reply subject, which is added later
	tooLarge := func(m *nats.Msg) bool { return int64(m.Size()+reply) > s.nc.MaxPayload() }
	if !slices.ContainsFunc(msgs, tooLarge) {
		return s.pub.All(ctx, msgs)
	}
	acks := make([]jet.Ack, len(msgs))
	var fit []*nats.Msg
	var at []int
	for i, m := range msgs {
		if tooLarge(m) {
			acks[i].Err = nats.ErrMaxPayload
			continue
		}
		fit, at = append(fit, m), append(at, i)
	}
	for j, a := range s.pub.All(ctx, fit) {
		acks[at[j]] = a
	}
	return acks
}

func (s *stream) MultiLast(ctx context.Context, subjects []string) (map[string]*jet.Stored, uint64, error) {
	return jet.MultiLast(ctx, s.nc, s.name, subjects)
}

func (s *stream) Last(ctx context.Context, subject string) (*jet.Stored, error) {
	return jet.LastFromLeader(ctx, s.nc, s.name, subject)
}

func (s *stream) Next(ctx context.Context, subject string, from uint64) (*jet.Stored, error) {
	return jet.NextFromLeader(ctx, s.nc, s.name, subject, from)
}

func (s *stream) Count(ctx context.Context, filter string) (int, error) {
	st, err := s.js.Stream(ctx, s.name)
	if err != nil {
		return 0, fmt.Errorf("look up stream %s: %w", s.name, err)
	}
	i, err := st.Info(ctx, jetstream.WithSubjectFilter(filter))
	if err != nil {
		return 0, fmt.Errorf("count messages of %s: %w", s.name, err)
	}
	return len(i.State.Subjects), nil
}
