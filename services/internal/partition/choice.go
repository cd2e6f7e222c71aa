package partition

import (
	"fmt"
	"strconv"
)

// The named positions that a person can choose.
const (
	// Current is the position of the cursor that is there: for a cursor whose own log is intact, or a stream that was restored.
	Current = "current"
	// Beginning is before everything that the log holds now.
	Beginning = "beginning"
	// End is behind everything that the log holds now.
	End = "end"
)

// Choice is a position that Recover can write.
type Choice struct {
	// Name is current, beginning, end, or a sequence.
	Name string
	// Low is the position: what lies up to it counts as settled.
	Low uint64
	// Means says in words what follows.
	Means string
}

// choices are the positions that fit the log as it is now.
func (v *view) choices() []Choice {
	log := v.log
	var all []Choice
	if c := v.cursor; c != nil && !recreated(log, c.GetLog()) && c.GetLow() <= log.last && !v.rewritten() {
		means := fmt.Sprintf("the partition goes on behind sequence %d, where it was", c.GetLow())
		if v.shorter() {
			means += "; what was stored since the stream lost its end, up to that sequence, would be skipped"
		}
		all = append(all, Choice{Current, c.GetLow(), means})
	}
	again := fmt.Sprintf("all entries that %s holds, from sequence %d on, are decided again; what DELIVERIES holds already is not written twice", log.name, log.first)
	never := fmt.Sprintf("entries up to sequence %d that were not decided never become deliveries", log.last)
	if v.service.name == Dispatcher {
		again = fmt.Sprintf("all deliveries that %s holds, from sequence %d on, are sent, also those that were sent before: receivers see old statuses again", log.name, log.first)
		never = fmt.Sprintf("deliveries up to sequence %d that were not sent never are, but for those that wait in lanes", log.last)
	}
	return append(all, Choice{Beginning, 0, again}, Choice{End, log.last, never})
}

// shorter says that the log lost its end. Where, is not known: it may have grown since.
func (v *view) shorter() bool { return v.cursor.GetLog().GetLast() > v.log.last }

// choose finds a choice by name, or makes one of a sequence.
func (v *view) choose(name string) (*Choice, error) {
	all := v.choices()
	for i := range all {
		if all[i].Name == name {
			return &all[i], nil
		}
	}
	if name == Current {
		return nil, fmt.Errorf("position %s: the partition has none that fits stream %s. Try: %s, %s, or a sequence", name, v.log.name, Beginning, End)
	}
	low, err := strconv.ParseUint(name, 10, 64)
	if err != nil {
		return nil, fmt.Errorf("position %q is none. Try: %s, %s, %s, or a sequence of stream %s", name, Current, Beginning, End, v.log.name)
	}
	if low > v.log.last {
		return nil, fmt.Errorf("position %d is beyond the end of stream %s. Try: a sequence up to %d", low, v.log.name, v.log.last)
	}
	return &Choice{Name: name, Low: low, Means: fmt.Sprintf("what lies up to sequence %d counts as settled, and all that follows is taken from there", low)}, nil
}
