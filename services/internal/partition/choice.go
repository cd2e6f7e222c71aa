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
	// Clears and Cuts are how many records of waiting orders it removes and shortens (dispatcher only).
	Clears, Cuts int
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
		if len(c.GetDone()) > 0 && !v.keepsRuns(&Choice{Name: Current}) {
			means += "; what lies beyond is taken again, also what was settled"
		}
		all = append(all, v.choice(Current, c.GetLow(), means))
	}
	again := fmt.Sprintf("all entries that %s holds, from sequence %d on, are decided again; what DELIVERIES holds already is not written twice", log.name, log.first)
	never := fmt.Sprintf("entries up to sequence %d that were not decided never become deliveries", log.last)
	if v.service.name == Dispatcher {
		again = fmt.Sprintf("all deliveries that %s holds, from sequence %d on, are sent, also those that were sent before: receivers see old statuses again", log.name, log.first)
		never = fmt.Sprintf("deliveries up to sequence %d that were not sent never are, but for those that wait in lanes", log.last)
	}
	return append(all, v.choice(Beginning, 0, again), v.choice(End, log.last, never))
}

// choice completes a choice.
func (v *view) choice(name string, low uint64, means string) Choice {
	c := Choice{Name: name, Low: low, Means: means}
	v.count(&c)
	if n, _ := v.brokenLanes(); n > 0 && low > 0 {
		c.Means += fmt.Sprintf("; what waits up to there in the %d lanes whose records cannot be read is not sent", n)
	}
	return c
}

// shorter says that the log lost its end. Where, is not known: it may have grown since.
func (v *view) shorter() bool { return v.cursor.GetLog().GetLast() > v.log.last }

// keepsRuns says that the runs of the cursor, beyond its position, stay settled. When the log lost its end, their sequences may have been given out anew.
func (v *view) keepsRuns(c *Choice) bool { return c.Name == Current && !v.shorter() && !v.lost() }

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
	means := fmt.Sprintf("what lies up to sequence %d counts as settled, and all that follows is taken from there", low)
	if v.service.name == Dispatcher {
		means = fmt.Sprintf("deliveries up to sequence %d count as sent, but for those that wait in lanes; all that follow are sent, also those that were sent before", low)
	}
	c := v.choice(name, low, means)
	return &c, nil
}
