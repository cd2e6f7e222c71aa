package lane

import "time"

// Waiting is what waits for a destination.
type Waiting struct {
	Destination string
	// Known: the configuration has it.
	Known bool
	// Lanes that are parked, and live ones.
	Parked, Live int
	// Dead counts parked lanes whose letter is not stored yet.
	Dead int
	// Oldest is when the oldest of the parked lanes' heads was stored; zero when there is none.
	Oldest time.Time
}

// Waiting tells what waits, by destination. It looks at every lane.
func (b *Book) Waiting() []Waiting {
	all := make([]Waiting, 0, len(b.destinations))
	for _, d := range b.destinations {
		w := Waiting{Destination: d.name, Known: d.policy.Known}
		var oldest instant
		for _, l := range d.lanes {
			if !l.parked {
				w.Live++
				continue
			}
			w.Parked++
			if l.dead != 0 {
				w.Dead++
			}
			if oldest == 0 || l.head.stored < oldest {
				oldest = l.head.stored
			}
		}
		w.Oldest = oldest.time()
		all = append(all, w)
	}
	return all
}
