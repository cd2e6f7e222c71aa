package mapper

// maxSeen bounds what is remembered as said. Beyond, hostile names are at work, and nothing more is said.
const maxSeen = 10_000

// seen remembers what of which shops was said: a status that is unmapped, a reason that an entry is refused for. It is the settler's.
type seen struct{ said map[[2]string]bool }

// first reports whether it is the first time.
func (s *seen) first(shop, what string) bool {
	key := [2]string{shop, what}
	if s.said[key] || len(s.said) >= maxSeen {
		return false
	}
	if s.said == nil {
		s.said = map[[2]string]bool{}
	}
	s.said[key] = true
	return true
}
