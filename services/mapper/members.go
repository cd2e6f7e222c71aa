package mapper

import (
	"context"
	"maps"
	"slices"
	"sync"
)

// members are the partitions that are read, as they come and go.
type members struct {
	mu       sync.Mutex
	owned    map[int]*owned
	claiming int
	// changed is closed at the next change. It is not while claims are under way: the partitions that a process starts with are read together.
	changed chan struct{}
	dirty   bool
}

func newMembers() *members {
	return &members{owned: map[int]*owned{}, changed: make(chan struct{})}
}

// claim announces that a partition may be added soon.
func (m *members) claim() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.claiming++
}

// claimed ends an announcement: with the partition, or with nil.
func (m *members) claimed(o *owned) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.claiming--
	if o != nil {
		m.owned[o.p] = o
		m.dirty = true
	}
	m.tell()
}

func (m *members) remove(o *owned) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.owned[o.p] == o {
		delete(m.owned, o.p)
		m.dirty = true
		m.tell()
	}
}

func (m *members) tell() {
	if m.claiming == 0 && m.dirty {
		m.dirty = false
		close(m.changed)
		m.changed = make(chan struct{})
	}
}

// wait returns the members, at least one, in the order of their numbers, when no claim is under way; and what is closed when they have changed.
func (m *members) wait(ctx context.Context) ([]*owned, <-chan struct{}, error) {
	for {
		m.mu.Lock()
		all, changed, busy := slices.Collect(maps.Values(m.owned)), m.changed, m.claiming > 0 && m.dirty
		m.mu.Unlock()
		if len(all) > 0 && !busy {
			slices.SortFunc(all, func(a, b *owned) int { return a.p - b.p })
			return all, changed, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, nil, ctx.Err()
		}
	}
}
