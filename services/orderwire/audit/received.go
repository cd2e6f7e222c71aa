package audit

import "github.com/orderwire/orderwire/services/orderwire/receiver"

// Received is what the receivers know.
type Received struct {
	// Taken holds every delivery in the order of its first taking; duplicates in it are counted and left out.
	Taken      []receiver.Taken
	Violations []receiver.Violation
	// BadSignatures and Duplicates that are not in Taken.
	BadSignatures, Duplicates int
}

// Receivers sums up receivers of this process.
func Receivers(rs ...*receiver.Receiver) *Received {
	var all Received
	for _, r := range rs {
		// Numbers first: what comes meanwhile must not be counted as taken and as nothing else.
		s := r.Stats()
		all.Violations = append(all.Violations, r.Violations()...)
		all.Taken = append(all.Taken, r.Accepted()...)
		all.BadSignatures += int(s.BadSignatures)
		all.Duplicates += s.Duplicates
	}
	return &all
}
