package shop

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nuid"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/internal/event"
	"github.com/orderwire/orderwire/services/internal/jet"
	"github.com/orderwire/orderwire/services/internal/topology"
)

// ErrNotCarriedOut says that a command is in the log, and ctx ended before the mapper came to it. It will still be carried out.
var ErrNotCarriedOut = errors.New("the command is in the log, and was not carried out yet")

// ErrUnknownShop says that no event of the shop was accepted yet, so that there is no instance to take the place of.
var ErrUnknownShop = errors.New("no event of the shop was accepted yet")

// Accept is the request to let one instance speak for a shop.
type Accept struct {
	NC *nats.Conn
	JS jetstream.JetStream
	// Shop and Instance as the events have them.
	Shop, Instance string
	// New allows a shop that has published nothing yet.
	New bool
	// Operator and Reason for the record.
	Operator, Reason string
}

// Do puts the command into the log, and waits for what came of it.
func (a Accept) Do(ctx context.Context, p *Publisher) (*orderwirev1.Outcome, error) {
	c := &orderwirev1.Command{
		Id: nuid.Next(), Shop: a.Shop, IssuedAt: timestamppb.New(time.Now()), Operator: a.Operator, Reason: a.Reason,
		Action: &orderwirev1.Command_AcceptInstance{AcceptInstance: &orderwirev1.AcceptInstance{Instance: a.Instance}},
	}
	data, err := protojson.Marshal(c)
	if err != nil {
		return nil, fmt.Errorf("write command: %w", err)
	}
	if _, err := event.DecodeCommand(data, topology.MaxEventBytes); err != nil {
		return nil, fmt.Errorf("check command: %w", err)
	}
	if err := a.known(ctx); err != nil {
		return nil, err
	}
	before, err := jet.Mark(ctx, a.JS, topology.Outcomes)
	if err != nil {
		return nil, err
	}
	seq, err := p.Publish(ctx, &nats.Msg{Subject: topology.CommandSubject(a.Shop, topology.NoOrder), Header: nats.Header{topology.HeaderContentType: {topology.ContentJSON}}, Data: data})
	if err != nil {
		return nil, err
	}
	return a.await(ctx, seq, before.GetLast()+1)
}

// known looks for the shop's pin, which its first accepted event has left.
func (a Accept) known(ctx context.Context) error {
	if a.New {
		return nil
	}
	pin, err := jet.LastFromLeader(ctx, a.NC, topology.State, topology.ShopPin(a.Shop))
	if err == nil && pin == nil {
		err = fmt.Errorf("shop %s: %w", a.Shop, ErrUnknownShop)
	}
	return err
}

var errFound = errors.New("found")

// await reads the shop's records from a sequence in OUTCOMES on, until one concerns the entry.
func (a Accept) await(ctx context.Context, cause, from uint64) (*orderwirev1.Outcome, error) {
	var found *orderwirev1.Outcome
	filters := []string{topology.OutcomeFilter(a.Shop, "")}
	err := jet.Read(ctx, a.NC, a.JS, jet.ReadConfig{Stream: topology.Outcomes, Filters: filters, From: from}, func(s *jet.Stored) error {
		o := &orderwirev1.Outcome{}
		if err := proto.Unmarshal(s.Data, o); err != nil {
			return fmt.Errorf("read outcome %d: %w", s.Seq, err)
		}
		if o.GetCause() == cause && o.GetAttempt() == nil {
			found = o
			return errFound
		}
		return nil
	})
	switch {
	case errors.Is(err, errFound):
		return found, nil
	case ctx.Err() != nil:
		return nil, ErrNotCarriedOut
	}
	return nil, err
}
