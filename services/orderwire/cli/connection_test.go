package cli

import (
	"errors"
	"fmt"
	"maps"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
)

func TestWhereToConnect(t *testing.T) {
	all := map[string]string{"ORDERWIRE_NATS_URL": "nats://env", "ORDERWIRE_DATA": "data", "NATS_CONTEXT": "prod"}
	without := func(names ...string) map[string]string {
		env := maps.Clone(all)
		for _, n := range names {
			delete(env, n)
		}
		return env
	}
	for _, c := range []struct {
		name  string
		flags connection
		env   map[string]string
		want  connection
	}{
		{"nothing said", connection{}, nil, connection{Server: defaultServer}},
		{"a flag wins", connection{Data: "here"}, all, connection{Data: "here"}},
		{"Orderwire's own address", connection{}, all, connection{Server: "nats://env"}},
		{"then its data folder", connection{}, without("ORDERWIRE_NATS_URL"), connection{Data: "data"}},
		{"then the context", connection{}, without("ORDERWIRE_NATS_URL", "ORDERWIRE_DATA"), connection{Context: "prod"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.Equal(t, c.want, c.flags.or(func(name string) string { return c.env[name] }))
		})
	}
}

func TestWithoutJetStream(t *testing.T) {
	for _, c := range []struct {
		err error
		try bool
	}{
		{nil, false},
		{fmt.Errorf("look up stream ORDERS: %w", nats.ErrNoResponders), true},
		{fmt.Errorf("look up stream ORDERS: %w", jetstream.ErrJetStreamNotEnabledForAccount), true},
		{fmt.Errorf("publish: %w. Try: something better", nats.ErrNoResponders), false},
		{nats.ErrTimeout, false},
	} {
		var f *failure
		require.Equal(t, c.try, errors.As(withoutJetStream(c.err), &f), "%v", c.err)
		require.ErrorIs(t, withoutJetStream(c.err), c.err)
		if c.try {
			require.Contains(t, f.try, "nats-server -js")
		}
	}
}
