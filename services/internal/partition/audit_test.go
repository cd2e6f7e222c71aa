package partition_test

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/internal/natsd/natstest"
	"github.com/orderwire/orderwire/services/internal/topology"
)

// audit sees every record that STATE stores, in its order, and what the owners believe that they did.
type audit struct {
	l   *pipeline
	log []uint64
	// times are those of the entries.
	times map[uint64]time.Time

	mu      sync.Mutex
	stored  []*nats.Msg
	work    map[uint64][]work
	claims  map[string]uint64   // the sequence of each owner's claim, when it was told
	acked   map[string][]uint64 // sequences of commits that owners were told are stored
	ousted  map[string]uint64   // the last such sequence of owners that were fenced
	mistake error
}

// work is an entry that an owner settled.
type work struct {
	owner  string
	at     time.Time
	parked bool
}

// watch makes the server republish what STATE stores, since STATE itself keeps only the last of each subject.
func watch(l *pipeline) *audit {
	a := &audit{l: l, times: map[uint64]time.Time{}, work: map[uint64][]work{}, claims: map[string]uint64{}, acked: map[string][]uint64{}, ousted: map[string]uint64{}}
	for _, cfg := range natstest.Small().WithDefaults().Streams() {
		if cfg.Name == topology.State {
			cfg.RePublish = &jetstream.RePublish{Source: "dispatch.>", Destination: "audit.dispatch.>"}
			_, err := l.js.UpdateStream(l.t.Context(), cfg)
			require.NoError(l.t, err)
		}
	}
	_, err := l.nc.Subscribe("audit.>", func(m *nats.Msg) {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.stored = append(a.stored, m)
	})
	require.NoError(l.t, err)
	return a
}

func (a *audit) settled(owner string, seq uint64, parked bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.work[seq] = append(a.work[seq], work{owner, time.Now(), parked})
}

func (a *audit) claimed(owner string, seq uint64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.claims[owner] = seq
	a.acked[owner] = append(a.acked[owner], seq)
}

func (a *audit) acknowledged(owner string, seq uint64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.acked[owner] = append(a.acked[owner], seq)
}

func (a *audit) fenced(owner string, after uint64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.ousted[owner] = after
}

func (a *audit) fail(err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.mistake = errors.Join(a.mistake, err)
}

// verdict says which guarantee was broken.
func (a *audit) verdict() error {
	elapse(time.Minute)
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.mistake != nil {
		return a.mistake
	}
	var (
		prev    *orderwirev1.Cursor
		prevSeq uint64
		lanes   = map[uint64]string{} // entries with a record since the last cursor, and whose
		gone    = map[string]bool{}   // owners that were superseded
		current string
		cursors = map[uint64]string{}
	)
	for _, m := range a.stored {
		seq, err := strconv.ParseUint(m.Header.Get("Nats-Sequence"), 10, 64)
		if err != nil || seq <= prevSeq {
			return fmt.Errorf("the audit is out of order at %d: %w", seq, err)
		}
		subject := strings.TrimPrefix(m.Subject, "audit.")
		if k, err := topology.ParseLane(subject); err == nil {
			entry, _ := strconv.ParseUint(k.Order, 10, 64)
			lanes[entry] = string(m.Data)
			continue
		}
		if subject != topology.DispatchCursor(p) {
			continue // founding, for the other partitions
		}
		c := &orderwirev1.Cursor{}
		if err := proto.Unmarshal(m.Data, c); err != nil {
			return err
		}
		switch {
		case c.GetN() != prev.GetN()+1:
			return fmt.Errorf("cursor %d follows cursor %d", c.GetN(), prev.GetN())
		case c.GetLow() < prev.GetLow():
			return fmt.Errorf("cursor %d: the position went back from %d to %d", c.GetN(), prev.GetLow(), c.GetLow())
		case gone[c.GetOwner()] && a.claims[c.GetOwner()] != 0 && seq > a.claims[c.GetOwner()]:
			return fmt.Errorf("cursor %d: %s had been superseded by %s", c.GetN(), c.GetOwner(), current)
		}
		if o := c.GetOwner(); o != "" && o != current {
			gone[current], current = true, o
			delete(gone, o) // a claim that was superseded before its owner heard of it was made again
		}
		for entry, by := range lanes {
			if by != current {
				return fmt.Errorf("cursor %d of %q came with a record for %d by %s", c.GetN(), current, entry, by)
			}
		}
		for _, entry := range a.log {
			was, is := covered(prev.GetLow(), prev.GetDone(), entry), covered(c.GetLow(), c.GetDone(), entry)
			switch {
			case was && !is:
				return fmt.Errorf("cursor %d: %d was settled, and is no more", c.GetN(), entry)
			case !was && is:
				if err := a.justified(c, current, entry, lanes); err != nil {
					return err
				}
			case lanes[entry] != "":
				return fmt.Errorf("cursor %d: a record for %d, which it did not settle", c.GetN(), entry)
			}
		}
		prev, prevSeq, lanes = c, seq, map[uint64]string{}
		cursors[seq] = current
	}
	if len(lanes) > 0 {
		return fmt.Errorf("records without a cursor: %v", lanes)
	}
	if end := a.log[len(a.log)-1]; prev.GetLow() != end || len(prev.GetDone()) > 0 {
		return fmt.Errorf("at the end the position is %d %v, and the log ends at %d", prev.GetLow(), prev.GetDone(), end)
	}
	return a.beliefs(cursors, prevSeq)
}

// justified: an entry that a cursor newly covers was settled by its owner before, and if by a record, the record is in the same commit.
func (a *audit) justified(c *orderwirev1.Cursor, owner string, entry uint64, lanes map[uint64]string) error {
	for _, w := range a.work[entry] {
		if w.owner == owner && !w.at.After(c.GetCommittedAt().AsTime()) {
			if w.parked != (lanes[entry] == owner) {
				return fmt.Errorf("cursor %d: %d was parked by %s: %v, and its record came along: %v", c.GetN(), entry, owner, w.parked, lanes[entry] == owner)
			}
			return nil
		}
	}
	return fmt.Errorf("cursor %d of %s: %d is skipped: it was never settled by its owner", c.GetN(), owner, entry)
}

// beliefs: a commit that was acknowledged is stored, and who was told to be fenced was.
func (a *audit) beliefs(cursors map[uint64]string, last uint64) error {
	for owner, seqs := range a.acked {
		for _, seq := range seqs {
			if cursors[seq] != owner {
				return fmt.Errorf("%s was told that %d is its commit, and it is that of %q", owner, seq, cursors[seq])
			}
		}
	}
	for owner, after := range a.ousted {
		byOther := false
		for seq := after + 1; seq <= last; seq++ {
			byOther = byOther || cursors[seq] != "" && cursors[seq] != owner
		}
		if !byOther {
			return fmt.Errorf("%s was told that it is fenced, and no other owner committed after %d", owner, after)
		}
	}
	return nil
}
