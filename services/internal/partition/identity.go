package partition

import (
	"fmt"
	"time"

	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/internal/topology"
)

// problem says why the partition has no position that can be trusted; nil: it has one, or may begin at the beginning.
func (v *view) problem() *StoppedError {
	switch {
	case v.broken != nil:
		return v.stopped("its cursor cannot be read", "%v", v.broken)
	case v.cursor != nil:
		return v.unfit(v.cursor)
	case v.service.name == Mapper:
		return v.missingMapper()
	}
	return v.missingDispatcher()
}

// unfit compares the streams with what a cursor recorded of them.
func (v *view) unfit(c *orderwirev1.Cursor) *StoppedError {
	if c.GetLog().GetLast() == unfinished && !recreated(v.log, c.GetLog()) {
		return v.stopped("it was not recovered to the end", "records of waiting orders were changed, and the position was not written")
	}
	if what, why := differs(v.log, c.GetLog()); what != "" {
		return v.stopped(what, "%s", why)
	}
	if low := c.GetLow(); low > v.log.last {
		return v.stopped("its position is beyond the end of stream "+v.log.name, "the position is %d, and the stream ends at %d", low, v.log.last)
	}
	if v.rewritten() {
		return v.stopped(fmt.Sprintf("stream %s lost its end and grew again", v.log.name), "the entry at the position, %d, was of %s, and is of %s",
			c.GetLow(), c.GetLowAt().AsTime().Format(time.RFC3339Nano), v.lowAt.UTC().Format(time.RFC3339Nano))
	}
	if v.output != nil {
		if what, why := differs(v.output, c.GetOutput()); what != "" {
			return v.stopped(what, "%s", why)
		}
	}
	return nil
}

// differs tells a stream from the one that a cursor was written for.
func differs(now *streamView, then *orderwirev1.StreamMark) (what, why string) {
	if recreated(now, then) {
		return fmt.Sprintf("stream %s was re-created", now.name),
			fmt.Sprintf("the stream of the cursor was created at %s, this one at %s", then.GetCreated().AsTime().Format(time.RFC3339), now.created.UTC().Format(time.RFC3339))
	}
	if then.GetLast() > now.last {
		return fmt.Sprintf("stream %s is shorter than it was", now.name), fmt.Sprintf("its last sequence was %d, and is %d", then.GetLast(), now.last)
	}
	return "", ""
}

func recreated(now *streamView, then *orderwirev1.StreamMark) bool {
	return then.GetCreated() != nil && !then.GetCreated().AsTime().Equal(now.created)
}

// rewritten says that the log holds another entry at the position than the one that was settled.
func (v *view) rewritten() bool {
	return v.cursor.GetLowAt() != nil && !v.lowAt.IsZero() && !v.lowAt.Equal(v.cursor.GetLowAt().AsTime())
}

// missingMapper looks for proof that more than this cursor is missing.
func (v *view) missingMapper() *StoppedError {
	if v.sibling != nil {
		if e := v.unfit(&orderwirev1.Cursor{Log: v.sibling.GetLog(), Output: v.sibling.GetOutput()}); e != nil {
			return e
		}
	} else if v.dispatch != nil {
		if what, why := differs(v.output, v.dispatch.GetLog()); what != "" {
			return v.stopped(what, "%s", why)
		}
	}
	if v.output.messages > 0 && v.output.firstAt.Before(v.log.created) {
		return v.stopped(fmt.Sprintf("stream %s was re-created", v.log.name), "%s holds deliveries from %s, %s was created at %s",
			v.output.name, v.output.firstAt.UTC().Format(time.RFC3339), v.log.name, v.log.created.UTC().Format(time.RFC3339))
	}
	return nil
}

// missingDispatcher: see the package's doc.
func (v *view) missingDispatcher() *StoppedError {
	if v.unfounded() || v.log.last == 0 {
		return nil
	}
	return v.stopped("it has no cursor", "stream %s has held %d messages, and what of them was sent is not known; the cursor is created with the pipeline, so it was lost since",
		v.log.name, v.log.last)
}

// unfounded says that the dispatcher's cursors were not created yet, and that none can have been lost.
func (v *view) unfounded() bool {
	if v.seq != 0 || v.dispatch != nil {
		return false
	}
	deliveries := v.deliveries()
	return deliveries.last == 0 || v.state.last == 0 && !(deliveries.messages > 0 && deliveries.firstAt.Before(v.state.created))
}

// deliveries is what the dispatcher reads and the mapper writes.
func (v *view) deliveries() *streamView {
	if v.output != nil {
		return v.output
	}
	return v.log
}

func (v *view) stopped(what, why string, args ...any) *StoppedError {
	return stopped(v.service.name, v.partition, what, why, args...)
}

// founding are the cursors of all partitions of the dispatcher at position 0.
func (v *view) founding(partitions int) []*write {
	deliveries := v.deliveries()
	all := make([]*write, partitions)
	for p := range all {
		all[p] = newWrite(topology.DispatchCursor(p), &orderwirev1.Cursor{Log: deliveries.mark()}, 0, 0, nil)
	}
	return all
}
