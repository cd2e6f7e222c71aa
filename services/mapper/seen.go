package mapper

// maxSeen bounds what is remembered of unmapped statuses. Beyond, hostile names are at work, and nothing more is said.
const maxSeen = 10_000

// seen remembers which statuses of which shops were said to be unmapped. It is the settler's.
type seen struct{ statuses map[[2]string]bool }

// first reports whether it is the first time.
func (s *seen) first(shop, status string) bool {
	key := [2]string{shop, status}
	if s.statuses[key] || len(s.statuses) >= maxSeen {
		return false
	}
	if s.statuses == nil {
		s.statuses = map[[2]string]bool{}
	}
	s.statuses[key] = true
	return true
}
