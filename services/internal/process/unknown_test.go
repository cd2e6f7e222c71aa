package process

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestUnknownVariables(t *testing.T) {
	for pair, want := range map[string]string{ // "": a warning without a suggestion
		"LOGLEVEL=debug":                "ORDERWIRE_LOG_LEVEL",
		"NATS_URLS=nats://n":            "ORDERWIRE_NATS_URL",
		"NATS_CREDS=/run/secrets/creds": "ORDERWIRE_NATS_CREDS_FILE",
		"PARTITION=3":                   "ORDERWIRE_PARTITIONS",
		"DRAIN_TIMEOUT_SECONDS=3":       "ORDERWIRE_DRAIN_TIMEOUT",
		"ADMIN_PORT=9401":               "", // ADMIN_PPROF is not near enough
		"COLOUR_OF_THE_SKY=blue":        "",
		"PORT=80":                       "",
	} {
		t.Run(pair, func(t *testing.T) {
			setenv(t, pair)
			unknown := UnknownVariables()
			require.Len(t, unknown, 1)
			require.Equal(t, want, unknown[0].Suggestion)
		})
	}
}

func TestUnknownVariablesLeavesOthersAlone(t *testing.T) {
	for _, v := range Variables(Defaults{}) {
		t.Setenv(v.Name, "1")
	}
	// What Kubernetes sets for the services "orderwire", "orderwire-mapper" and "orderwire-nats".
	setenv(t, "SERVICE_HOST=10.0.0.1", "SERVICE_PORT=80", "SERVICE_PORT_HTTP=80", "PORT=tcp://10.0.0.1:80", "PORT_80_TCP=tcp://10.0.0.1:80",
		"PORT_80_TCP_PROTO=tcp", "PORT_80_TCP_PORT=80", "PORT_80_TCP_ADDR=10.0.0.1",
		"MAPPER_SERVICE_HOST=10.0.0.2", "MAPPER_SERVICE_PORT_ADMIN=9401", "MAPPER_PORT=tcp://10.0.0.2:9401", "NATS_PORT_4222_UDP_ADDR=10.0.0.3")
	require.Empty(t, UnknownVariables())
}

// A variable of ours in such a shape would be set by Kubernetes one day.
func TestNoVariableHasAnInjectedShape(t *testing.T) {
	for _, v := range Variables(Defaults{}) {
		require.False(t, injected(v.Name, "tcp://10.0.0.1:80"), v.Name)
		require.NotEmpty(t, v.About, v.Name)
	}
}
