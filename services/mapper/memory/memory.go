package memory

import (
	"container/list"
	"sync"
	"time"
)

// DefaultSize is how many subjects are cached: about 500 bytes each.
const DefaultSize = 100_000

// Config says how large the cache is and where it loads from.
type Config struct {
	// Size is in subjects; 0 means DefaultSize.
	Size   int
	Source Source
}

// Claim tells what was learned under one claim of a partition from what was learned under another.
type Claim uint64

// Memory is safe for concurrent use.
type Memory struct {
	source Source
	size   int

	mu       sync.Mutex
	subjects map[string]*Subject
	recent   list.List // of *Subject, the most recently used first
	horizon  horizon
}

// horizon is the newest message of DELIVERIES that this process was told of.
type horizon struct {
	created time.Time // of the stream, as its leader said at a claim
	seq     uint64
	subject string // "" when it is not known
}

// New returns an empty memory.
func New(cfg Config) *Memory {
	if cfg.Size == 0 {
		cfg.Size = DefaultSize
	}
	return &Memory{source: cfg.Source, size: cfg.Size, subjects: map[string]*Subject{}}
}

// Open returns a subject under the claim and keeps it until Close has been called as often. Unless Loaded, it must be loaded before it is used.
func (m *Memory) Open(claim Claim, name string) *Subject {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.subjects[name]
	if s != nil && s.claim != claim && s.open == 0 {
		m.drop(s)
		s = nil
	}
	if s == nil {
		s = &Subject{m: m, name: name, claim: claim}
		s.at = m.recent.PushFront(s)
		m.subjects[name] = s
	} else {
		m.recent.MoveToFront(s.at)
	}
	s.open++
	m.evict()
	return s
}

// evict drops what was not used for longest. What is open comes to the front instead: many open ones cost a larger cache for a while, and not time. Two looks per
// call, so that it shrinks again.
func (m *Memory) evict() {
	for look := 0; look < 2 && m.recent.Len() > m.size; look++ {
		s := m.recent.Back().Value.(*Subject)
		if s.open > 0 {
			m.recent.MoveToFront(s.at)
			continue
		}
		m.drop(s)
	}
}

func (m *Memory) drop(s *Subject) {
	m.recent.Remove(s.at)
	delete(m.subjects, s.name)
}

// Told notes what the stream's leader said at a claim: when it was created, and its last message, whose subject may be unknown (""). What is loaded from now on
// must not be older. What was known of another stream of the name counts no more.
func (m *Memory) Told(created time.Time, subject string, seq uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !created.Equal(m.horizon.created) {
		m.horizon = horizon{created: created}
	}
	m.told(subject, seq)
}

// Shortened notes that the stream lost its end: what was there is no measure any more.
func (m *Memory) Shortened() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.horizon = horizon{created: m.horizon.created}
}

func (m *Memory) told(subject string, seq uint64) {
	if seq > m.horizon.seq {
		m.horizon.seq, m.horizon.subject = seq, subject
	}
}

// Horizon is the sequence of the newest message that this process was told of, in the stream that was created then; 0 for any other.
func (m *Memory) Horizon(created time.Time) uint64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !created.Equal(m.horizon.created) {
		return 0
	}
	return m.horizon.seq
}
