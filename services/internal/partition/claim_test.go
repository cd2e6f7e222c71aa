package partition_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"github.com/orderwire/orderwire/services/internal/jet"
	"github.com/orderwire/orderwire/services/internal/partition"
	"github.com/orderwire/orderwire/services/internal/topology"
)

func TestClaimOfNewPipeline(t *testing.T) {
	t.Run("the mapper comes first, the dispatcher when deliveries wait", func(t *testing.T) {
		virtual(t, func(t *testing.T, l *pipeline) {
			c := l.claim(partition.Mapper, "m1")
			require.Zero(t, c.Claimed().GetLow())
			require.Equal(t, topology.Orders, c.Claimed().GetLog().GetName())
			require.Equal(t, topology.Deliveries, c.Claimed().GetOutput().GetName())
			l.deliver(5)
			elapse(time.Hour)
			require.Zero(t, l.claim(partition.Dispatcher, "d1").Claimed().GetLow())
			for i := range topology.DefaultPartitions { // those that nobody has claimed, too
				require.NotNil(t, l.cursor(topology.DispatchCursor(i)), "partition %d", i)
			}
		})
	})
	t.Run("deliveries are there before anybody ran", func(t *testing.T) {
		virtual(t, func(t *testing.T, l *pipeline) {
			l.deliver(5)
			require.Zero(t, l.claim(partition.Dispatcher, "d1").Claimed().GetLow())
			cfg := l.config(partition.Dispatcher, "d1")
			cfg.Partition = p + 1
			_, err := partition.Claim(t.Context(), cfg)
			require.NoError(t, err)
		})
	})
	t.Run("all partitions at once, by both services", func(t *testing.T) {
		virtual(t, func(t *testing.T, l *pipeline) {
			done := make(chan error)
			for i := range topology.DefaultPartitions {
				for _, service := range []string{partition.Mapper, partition.Dispatcher} {
					cfg := l.config(service, service)
					cfg.Partition = i
					go func() {
						_, err := partition.Claim(t.Context(), cfg)
						done <- err
					}()
				}
			}
			for range 2 * topology.DefaultPartitions {
				require.NoError(t, <-done)
			}
		})
	})
}

func TestClaimStops(t *testing.T) {
	for name, c := range map[string]struct {
		service string
		lose    func(l *pipeline)
		what    string // "": it starts at the beginning
	}{
		"dispatcher, its record deleted":    {partition.Dispatcher, func(l *pipeline) { l.purge(topology.DispatchCursor(p)) }, "no cursor"},
		"dispatcher, STATE purged":          {partition.Dispatcher, func(l *pipeline) { l.purge(">") }, "no cursor"},
		"dispatcher, STATE re-created":      {partition.Dispatcher, func(l *pipeline) { l.recreate(topology.State) }, "no cursor"},
		"dispatcher, DELIVERIES re-created": {partition.Dispatcher, func(l *pipeline) { l.recreate(topology.Deliveries) }, "DELIVERIES was re-created"},
		"mapper, its record deleted":        {partition.Mapper, func(l *pipeline) { l.purge(topology.MapperCursor(p)) }, ""},
		"mapper, STATE purged":              {partition.Mapper, func(l *pipeline) { l.purge(">") }, ""},
		"mapper, STATE re-created":          {partition.Mapper, func(l *pipeline) { l.recreate(topology.State) }, ""},
		"mapper, ORDERS re-created":         {partition.Mapper, func(l *pipeline) { l.recreate(topology.Orders) }, "ORDERS was re-created"},
		"mapper, DELIVERIES re-created":     {partition.Mapper, func(l *pipeline) { l.recreate(topology.Deliveries) }, "DELIVERIES was re-created"},
		"mapper, STATE purged and ORDERS re-created": {
			partition.Mapper, func(l *pipeline) { l.purge(">"); l.recreate(topology.Orders) }, "ORDERS was re-created",
		},
		"mapper, its record deleted and DELIVERIES re-created": {
			partition.Mapper, func(l *pipeline) { l.purge(topology.MapperCursor(p)); l.recreate(topology.Deliveries) }, "DELIVERIES was re-created",
		},
	} {
		t.Run(name, func(t *testing.T) {
			virtual(t, func(t *testing.T, l *pipeline) {
				l.claim(partition.Mapper, "m1")
				last := l.deliver(5)[4]
				d := l.claim(partition.Dispatcher, "d1")
				require.NoError(t, d.Commit(t.Context(), partition.Position{Low: last}, nil))
				c.lose(l)
				chain, err := partition.Claim(t.Context(), l.config(c.service, "next"))
				if c.what == "" {
					require.NoError(t, err)
					require.Zero(t, chain.Claimed().GetLow())
					_, err = partition.Claim(t.Context(), l.config(partition.Dispatcher, "next"))
					if name != "mapper, its record deleted" {
						requireStopped(t, err, "no cursor") // the mapper does not found what was lost
					}
					return
				}
				requireStopped(t, err, c.what)
			})
		})
	}
}

// A log that lost its end is longer than the cursor recorded when it has grown again; only the entry at the position tells.
func TestClaimStopsWhenTheLogGrewAgain(t *testing.T) {
	virtual(t, func(t *testing.T, l *pipeline) {
		log := l.deliver(9)
		c := l.claim(partition.Dispatcher, "d1")
		require.NoError(t, c.Commit(t.Context(), l.at(log[3]), nil))
		require.NoError(t, c.Check(t.Context()))
		c = l.claim(partition.Dispatcher, "d2")
		other := l.at(log[3])
		other.LowAt = other.LowAt.Add(-time.Microsecond) // what the cursor remembers of an entry that is lost
		require.NoError(t, c.Commit(t.Context(), other, nil))
		requireStopped(t, c.Check(t.Context()), "lost its end and grew again")
		_, err := partition.Claim(t.Context(), l.config(partition.Dispatcher, "d3"))
		requireStopped(t, err, "lost its end and grew again")
	})
}

// down is a store behind a server that does not answer.
type down struct{ partition.Store }

func (down) Commit(context.Context, []*nats.Msg) (uint64, error) { return 0, jet.ErrNoAck }
func (down) Last(context.Context, string) (*jet.Stored, error)   { return nil, errors.New("time-out") }

func TestClaimWaitsForTheServer(t *testing.T) {
	virtual(t, func(t *testing.T, l *pipeline) {
		cfg := l.config(partition.Dispatcher, "d1")
		cfg.Store = down{}
		ctx, cancel := context.WithTimeout(t.Context(), 72*time.Hour)
		defer cancel()
		_, err := partition.Claim(ctx, cfg)
		require.ErrorIs(t, err, context.DeadlineExceeded)
	})
}

func TestClaimValidates(t *testing.T) {
	for _, cfg := range []partition.Config{
		{Service: "shop", Owner: "o", Store: down{}},
		{Service: partition.Mapper, Owner: "o", Store: down{}, Partition: 16},
		{Service: partition.Mapper, Owner: "o", Store: down{}, Partition: -1},
		{Service: partition.Mapper, Owner: "o"},
	} {
		_, err := partition.Claim(t.Context(), cfg)
		require.ErrorContains(t, err, "claim partition")
	}
}
