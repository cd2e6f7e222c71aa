package event_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orderwire/orderwire/services/internal/event"
)

const accept = `{"id":"c1","shop":"acme","issuedAt":"2026-11-21T05:00:00Z","operator":"ann","reason":"moved to a new host","acceptInstance":{"instance":"i2"}}`

func TestDecodeCommand(t *testing.T) {
	for _, c := range []struct{ name, old, new, want string }{
		{"accept", "", "", ""},
		{"no reason", `"reason":"moved to a new host",`, ``, ""},
		{"no id", `"id":"c1",`, ``, `id: missing`},
		{"no shop", `"shop":"acme",`, ``, `shop: missing`},
		{"no time", `"issuedAt":"2026-11-21T05:00:00Z",`, ``, `issuedAt: missing`},
		{"no operator", `"operator":"ann",`, ``, `operator: missing`},
		{"no action", `,"acceptInstance":{"instance":"i2"}`, ``, `body: names no action`},
		{"no instance", `"instance":"i2"`, ``, `acceptInstance.instance: missing`},
		{"odd instance", `"i2"`, `"i 2"`, `acceptInstance.instance: "i 2" is not made of letters, digits, - and _`},
		{"long reason", `moved to a new host`, strings.Repeat("x", 1025), `reason: 1025 characters; at most 1024 are allowed`},
		{"action of the future", `acceptInstance`, `dropEverything`, `dropEverything: unknown field "dropEverything"`},
		{"too deep", `{"instance":"i2"}`, strings.Repeat(`[`, 9), `nested more than 8 deep`},
		{"too large", `moved`, strings.Repeat("x", 70_000), `at most 65536 are allowed`},
	} {
		t.Run(c.name, func(t *testing.T) {
			cmd, err := event.DecodeCommand([]byte(strings.Replace(accept, c.old, c.new, 1)), 1<<16)
			if c.want != "" {
				require.ErrorContains(t, err, c.want)
				requireHarmless(t, err)
				return
			}
			require.NoError(t, err)
			require.Equal(t, "i2", cmd.GetAcceptInstance().GetInstance())
			require.NoError(t, event.ValidateCommand(cmd, "acme", "_"))
			require.EqualError(t, event.ValidateCommand(cmd, "other", "_"), `shop: "acme" in the body, "other" in the subject`)
			require.EqualError(t, event.ValidateCommand(cmd, "acme", "7"), `body: it concerns the whole shop; the subject's order token is "_" then, not "7"`)
		})
	}
}
