package memory

import "container/list"

// Subject is what is remembered of one subject of DELIVERIES. It belongs to its Memory, whose lock guards it.
type Subject struct {
	m     *Memory
	name  string
	claim Claim
	at    *list.Element
	open  int
	head  *Last
	tip   *Last
}

// Name is the subject itself.
func (s *Subject) Name() string { return s.name }

// Loaded reports whether it has a head and a tip.
func (s *Subject) Loaded() bool {
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	return s.tip != nil
}

// Head is the newest delivery that was decided: what the next decision is made on top of.
func (s *Subject) Head() *Last {
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	return s.head
}

// Tip is the newest delivery that is stored, with its sequence in DELIVERIES (0: there is none).
func (s *Subject) Tip() (tip *Last, seq uint64) {
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	return s.tip, s.tip.seq
}

// Plan puts a decided delivery on top of the head.
func (s *Subject) Plan(l *Last) {
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	s.head = l
}

// Amend says that a decision was made anew: what is decided from now on stands on top of its new result, unless something stands on the old one already.
func (s *Subject) Amend(was, now *Last) {
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	if s.head == was {
		s.head = now
	}
}

// Stored notes that a decided delivery was acknowledged with this sequence: it is the tip.
func (s *Subject) Stored(l *Last, seq uint64) {
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	l.seq, s.tip = seq, l
	s.m.told(s.name, seq)
}

// Found notes what the leader has as the last message. It reports whether that is news: another message than the tip was thought to be.
func (s *Subject) Found(l *Last) bool {
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	if s.tip != nil && s.tip.seq == l.seq {
		return false
	}
	s.tip = l
	s.m.told(s.name, l.seq)
	return true
}

// learn sets what was loaded, unless it was loaded before.
func (s *Subject) learn(l *Last) {
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	if s.tip == nil {
		s.head, s.tip = l, l
	}
}

// Close ends one use. After the last one the head is what is stored.
func (s *Subject) Close() {
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	s.open--
	if s.open > 0 {
		return
	}
	if s.head = s.tip; s.tip == nil {
		s.m.drop(s)
	}
}
