package memory

import (
	"context"
	"fmt"

	"github.com/orderwire/orderwire/services/internal/jet"
)

// Source is DELIVERIES, as far as it is read here.
type Source interface {
	// MultiLast reads the last message of each subject from any replica, and says how far that had come (see jet.MultiLast).
	MultiLast(ctx context.Context, subjects []string) (found map[string]*jet.Stored, upTo uint64, err error)
	// Last reads the last message of a subject from the leader; nil when there is none.
	Last(ctx context.Context, subject string) (*jet.Stored, error)
}

// Load loads open subjects, in one request for as many as fit. No subject may be given twice.
func (m *Memory) Load(ctx context.Context, subjects []*Subject) error {
	const most = jet.MultiLastMax - 1 // and the horizon's own
	for len(subjects) > 0 {
		n := min(len(subjects), most)
		if err := m.load(ctx, subjects[:n]); err != nil {
			return fmt.Errorf("load last deliveries: %w", err)
		}
		subjects = subjects[n:]
	}
	return nil
}

func (m *Memory) load(ctx context.Context, subjects []*Subject) error {
	m.mu.Lock()
	h := m.horizon
	m.mu.Unlock()
	ask := make([]string, 0, len(subjects)+1)
	known := false
	for _, s := range subjects {
		ask = append(ask, s.name)
		known = known || s.name == h.subject
	}
	if h.subject != "" && !known { // a replica says how far it is only when it found something
		ask = append(ask, h.subject)
	}
	found, upTo, err := m.source.MultiLast(ctx, ask)
	if err != nil {
		return err
	}
	for _, s := range subjects {
		msg := found[s.name]
		if upTo < h.seq {
			if msg, err = m.source.Last(ctx, s.name); err != nil {
				return err
			}
		}
		l, err := Read(msg)
		if err != nil {
			return err
		}
		s.learn(l)
	}
	return nil
}
