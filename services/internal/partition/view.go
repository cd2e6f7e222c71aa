package partition

import (
	"context"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/internal/jet"
	"github.com/orderwire/orderwire/services/internal/topology"
)

// streamView is what a stream's leader says of it.
type streamView struct {
	name    string
	created time.Time
	// first and last are sequences; last is the last that was ever given out.
	first, last uint64
	messages    uint64
	// firstAt is the time of the oldest message; zero without one.
	firstAt time.Time
}

func viewStream(ctx context.Context, js jetstream.JetStream, name string) (*streamView, error) {
	s, err := js.Stream(ctx, name)
	if err != nil {
		return nil, fmt.Errorf("look up stream %s: %w", name, err)
	}
	i := s.CachedInfo()
	v := &streamView{name: name, created: i.Created, first: i.State.FirstSeq, last: i.State.LastSeq, messages: i.State.Msgs}
	if v.messages > 0 {
		v.firstAt = i.State.FirstTime
	}
	return v, nil
}

// mark is the stream as a cursor remembers it.
func (s *streamView) mark() *orderwirev1.StreamMark {
	return &orderwirev1.StreamMark{Name: s.name, Created: timestamppb.New(s.created), Last: s.last}
}

// view is what is known of a partition: its cursor, the streams, and, when the cursor is missing, what else speaks for one.
type view struct {
	service   service
	partition int
	cursor    *orderwirev1.Cursor // nil: there is none
	seq       uint64              // of the cursor in STATE; 0: there is none
	broken    error               // the record cannot be read
	log       *streamView
	output    *streamView // nil for the dispatcher
	// lowAt is the time of the entry that the log holds at the cursor's low; zero when there is none, or the cursor does not say which it was.
	lowAt time.Time

	// lanes are the dispatcher's records of waiting orders; only Recover reads them.
	lanes []laneRecord

	// Only when the cursor is missing:

	state *streamView
	// sibling is the newest cursor of this service's other partitions, dispatch that of the dispatcher's; nil: there is none.
	sibling, dispatch *orderwirev1.Cursor
}

// look reads all of it from the leaders. The cursor comes first, so that streams which only grow cannot seem shorter than it says.
func look(ctx context.Context, cfg *Config) (*view, error) {
	v := &view{service: cfg.service(), partition: cfg.Partition}
	var err error
	if v.cursor, v.seq, v.broken, err = readCursor(ctx, cfg.Store, cfg.subject()); err != nil {
		return nil, err
	}
	if v.seq == 0 {
		if v.state, err = viewStream(ctx, cfg.JS, topology.State); err != nil {
			return nil, err
		}
		if v.sibling, _, _, err = readCursor(ctx, cfg.Store, v.service.cursors()); err != nil {
			return nil, err
		}
		if v.dispatch, _, _, err = readCursor(ctx, cfg.Store, services[Dispatcher].cursors()); err != nil {
			return nil, err
		}
	}
	return v, v.lookAtStreams(ctx, cfg.JS)
}

func (v *view) lookAtStreams(ctx context.Context, js jetstream.JetStream) (err error) {
	if v.log, err = viewStream(ctx, js, v.service.log); err != nil {
		return err
	}
	if v.service.output != "" {
		if v.output, err = viewStream(ctx, js, v.service.output); err != nil {
			return err
		}
	}
	if v.cursor.GetLow() > 0 && v.cursor.GetLowAt() != nil {
		m, err := jet.GetFromLeader(ctx, js.Conn(), v.log.name, v.cursor.GetLow())
		if err != nil {
			return err
		}
		if m != nil {
			v.lowAt = m.Time
		}
	}
	return nil
}

// readCursor reads a cursor; seq is 0 when there is none, and broken says why one that is there cannot be read.
func readCursor(ctx context.Context, s Store, subject string) (c *orderwirev1.Cursor, seq uint64, broken, err error) {
	m, err := s.Last(ctx, subject)
	if err != nil || m == nil {
		return nil, 0, nil, err
	}
	c = &orderwirev1.Cursor{}
	if broken = proto.Unmarshal(m.Data, c); broken == nil && c.GetToken() == "" {
		broken = fmt.Errorf("the record of %d bytes is no cursor", len(m.Data))
	}
	if broken != nil {
		return nil, m.Seq, broken, nil
	}
	return c, m.Seq, nil, nil
}
