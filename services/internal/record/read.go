package record

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"google.golang.org/protobuf/proto"

	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/internal/topology"
)

// Read gives the records of a shop's order, or of all its orders with a reference (an empty one means any), oldest first, each id once. Any replica may
// answer, so the newest records of the last moments may be missing.
func Read(ctx context.Context, nc *nats.Conn, js jetstream.JetStream, shop, order, reference string) ([]*orderwirev1.Outcome, error) {
	subjects, err := subjects(ctx, js, shop, order, reference)
	if err != nil {
		return nil, fmt.Errorf("read outcomes: %w", err)
	}
	var all []found
	for _, s := range subjects {
		if all, err = fetch(ctx, nc, s, all); err != nil {
			return nil, fmt.Errorf("read outcomes of %s: %w", s, err)
		}
	}
	slices.SortFunc(all, func(a, b found) int { return cmp.Compare(a.seq, b.seq) })
	return fold(all)
}

// fold decodes, and keeps one record of each id, in the place of the first: the last one, or MAPPED if there is one. An entry that is decided again after a crash
// may be judged differently, with another configuration or against other deliveries; what was written to DELIVERIES stays written.
func fold(all []found) ([]*orderwirev1.Outcome, error) {
	at := make(map[string]int, len(all))
	outcomes := make([]*orderwirev1.Outcome, 0, len(all))
	for _, f := range all {
		o := &orderwirev1.Outcome{}
		if err := proto.Unmarshal(f.data, o); err != nil {
			return nil, fmt.Errorf("decode outcome %d: %w", f.seq, err)
		}
		i, again := at[o.GetId()]
		switch {
		case !again:
			at[o.GetId()] = len(outcomes)
			outcomes = append(outcomes, o)
		case outcomes[i].GetReason() != orderwirev1.Reason_MAPPED:
			outcomes[i] = o
		}
	}
	return outcomes, nil
}

// subjects finds where the records are: the stream's own index is faster than a consumer with wildcards.
func subjects(ctx context.Context, js jetstream.JetStream, shop, order, reference string) ([]string, error) {
	var filter string
	switch {
	case order != "" && reference != "":
		return []string{subject(shop, order, reference)}, nil
	case order != "":
		filter = topology.OutcomeFilter(token(shop), token(order))
	case reference != "":
		filter = strings.TrimSuffix(topology.OutcomeFilter(token(shop), ""), ">") + "*." + topology.Token(token(reference))
	default:
		return nil, errors.New("an order or a reference is needed")
	}
	s, err := js.Stream(ctx, topology.Outcomes)
	if err != nil {
		return nil, err
	}
	info, err := s.Info(ctx, jetstream.WithSubjectFilter(filter))
	if err != nil {
		return nil, err
	}
	var all []string
	for s := range info.State.Subjects {
		all = append(all, s)
	}
	return all, nil
}
