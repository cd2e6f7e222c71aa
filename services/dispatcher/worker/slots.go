package worker

import (
	"slices"
	"sync"
)

// Slots bounds the attempts of a process.
type Slots struct {
	mu   sync.Mutex
	free int
	// waiting are those that were refused, in that order, each once.
	waiting []*Worker
}

// NewSlots makes n slots.
func NewSlots(n int) *Slots { return &Slots{free: n} }

// take takes a slot, or remembers that the worker wants one.
func (s *Slots) take(w *Worker) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.free > 0 {
		s.free--
		return true
	}
	if !slices.Contains(s.waiting, w) {
		s.waiting = append(s.waiting, w)
	}
	return false
}

// give gives a slot back, and lets those that wait take what is free.
func (s *Slots) give() {
	s.mu.Lock()
	s.free++
	s.mu.Unlock()
	for {
		s.mu.Lock()
		if s.free == 0 || len(s.waiting) == 0 {
			s.mu.Unlock()
			return
		}
		w := s.waiting[0]
		s.waiting = s.waiting[1:]
		s.mu.Unlock()
		w.look()
	}
}
