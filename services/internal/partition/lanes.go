package partition

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/nats-io/nats.go"
	"google.golang.org/protobuf/proto"

	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/internal/jet"
	"github.com/orderwire/orderwire/services/internal/topology"
)

// laneReads is how many deliveries are looked up at a time.
const laneReads = 16

// laneRecord is the record of a waiting order, as Recover found it.
type laneRecord struct {
	subject string
	key     topology.Key
	lane    *orderwirev1.Lane
	broken  error // it cannot be read
	// foreign: the delivery that waits is not in the log, and did not leave it by its age or an operator's hand. The log lost its end, or is another one.
	foreign bool
}

// readLanes reads the dispatcher's records of waiting orders, and compares them with the log.
func (v *view) readLanes(ctx context.Context, cfg *Config) error {
	if v.service.name != Dispatcher {
		return nil
	}
	wait := newWait()
	for looks := 1; ; looks++ {
		fresh, err := v.snapshot(ctx, cfg)
		if err != nil {
			return fmt.Errorf("read lane records: %w", err)
		}
		if fresh {
			break
		}
		if looks >= identityLooks {
			return errors.New("read lane records: a replica of STATE that lags answers. Try: again when it has caught up")
		}
		if err := pause(ctx, wait.NextBackOff()); err != nil {
			return err
		}
	}
	errs := make([]error, len(v.lanes))
	var wg sync.WaitGroup
	slots := make(chan struct{}, laneReads)
	for i := range v.lanes {
		if v.lanes[i].broken != nil {
			continue
		}
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			v.lanes[i].foreign, errs[i] = v.foreign(ctx, cfg, &v.lanes[i])
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return fmt.Errorf("compare lane records with %s: %w", v.log.name, err)
		}
	}
	return nil
}

// snapshot reads the records as they are at one moment; fresh says that it is no earlier one than that of the cursor.
func (v *view) snapshot(ctx context.Context, cfg *Config) (fresh bool, err error) {
	v.lanes, fresh = nil, v.seq == 0
	filters := []string{topology.LaneFilter(cfg.Partition), cfg.subject()}
	err = jet.ReadLastPerSubject(ctx, cfg.JS.Conn(), cfg.JS, topology.State, filters, func(m *jet.Stored) error {
		switch {
		case m.Subject == cfg.subject():
			fresh = m.Seq >= v.seq
		case len(m.Data) > 0: // else the marker of one that was deleted
			r := laneRecord{subject: m.Subject, lane: &orderwirev1.Lane{}}
			if r.key, r.broken = topology.ParseLane(m.Subject); r.broken == nil {
				r.broken = proto.Unmarshal(m.Data, r.lane)
			}
			v.lanes = append(v.lanes, r)
		}
		return nil
	})
	return fresh, err
}

// foreign tells a record of another log from one whose delivery is there, or was and is gone.
func (v *view) foreign(ctx context.Context, cfg *Config, r *laneRecord) (bool, error) {
	oldest, at := r.lane.GetOldest(), r.lane.GetStoredAt()
	switch {
	case v.anotherLog():
		return true, nil
	case oldest == 0 || oldest > v.log.last:
		return true, nil
	case at != nil && at.AsTime().Before(v.log.created):
		return true, nil
	}
	m, err := jet.GetFromLeader(ctx, cfg.JS.Conn(), v.log.name, oldest)
	if err != nil || m == nil {
		return false, err
	}
	if at != nil && !at.AsTime().Equal(m.Time) {
		return true, nil
	}
	return m.Subject != topology.DeliverySubject(r.key.P, r.key.Destination, r.key.Shop, r.key.Order), nil
}

// anotherLog says that it is certain that the log was re-created. Without any cursor it is not.
func (v *view) anotherLog() bool { return v.formerLog() != nil && recreated(v.log, v.formerLog()) }

// reachBeyond says that lanes go on behind the end of the log.
func (v *view) reachBeyond() bool {
	return !v.anotherLog() && slices.ContainsFunc(v.lanes, func(r laneRecord) bool { return r.broken == nil && r.lane.GetNewest() > v.log.last })
}

// formerLog is the log as the partition's cursor, or the newest of the other partitions', remembers it.
func (v *view) formerLog() *orderwirev1.StreamMark {
	if v.cursor != nil {
		return v.cursor.GetLog()
	}
	return v.sibling.GetLog()
}

// lost says that lane records prove that the log lost its end, or that it is another one.
func (v *view) lost() bool {
	return slices.ContainsFunc(v.lanes, func(r laneRecord) bool { return r.foreign })
}

// brokenLanes are the records that cannot be read. They stop a partition whose cursor is sound: nobody knows what their orders wait for.
func (v *view) brokenLanes() (n int, stop *StoppedError) {
	for i := range v.lanes {
		if r := &v.lanes[i]; r.broken != nil {
			n++
			stop = v.stopped("the record of a waiting order cannot be read", "%s: %v", r.subject, r.broken)
		}
	}
	return n, stop
}

// fate is what becomes of a lane record when a position is written.
type fate int

const (
	kept fate = iota
	cut       // to the end of the log
	cleared
)

func (v *view) fate(r *laneRecord, c *Choice) fate {
	switch oldest := r.lane.GetOldest(); {
	case r.broken != nil, r.foreign:
		return cleared
	case !v.keepsRuns(c) && oldest > c.Low && oldest >= v.log.first: // it is read again, and all that waits behind it
		return cleared
	case r.lane.GetNewest() > v.log.last:
		return cut
	}
	return kept
}

// count fills in how many lane records a choice clears and cuts.
func (v *view) count(c *Choice) {
	for i := range v.lanes {
		switch v.fate(&v.lanes[i], c) {
		case cleared:
			c.Clears++
		case cut:
			c.Cuts++
		case kept:
		}
	}
}

// changes are the lane records as a choice leaves them.
func (v *view) changes(c *Choice) (msgs []*nats.Msg) {
	for i := range v.lanes {
		r := &v.lanes[i]
		m := nats.NewMsg(r.subject)
		switch v.fate(r, c) {
		case kept:
			continue
		case cleared:
			m.Header.Set("Nats-TTL", topology.DeleteMarkerTTL.String())
		case cut:
			shorter := proto.CloneOf(r.lane)
			shorter.Newest = v.log.last
			var err error
			if m.Data, err = proto.Marshal(shorter); err != nil {
				panic(err) // it was read, so it can be written
			}
		}
		msgs = append(msgs, m)
	}
	return msgs
}
