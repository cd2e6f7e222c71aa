package event_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orderwire/orderwire/services/internal/event"
	"github.com/orderwire/orderwire/services/internal/topology"
)

func TestRecordName(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range []struct {
		token string
		kept  bool
	}{
		{"7", true},
		{"acme-fr", true},
		{"A_b-9", true},
		{strings.Repeat("9", 64), true},
		{strings.Repeat("9", 65), false},
		{"", false},
		{"*", false},
		{">", false},
		{"@0123456789abcdef0123", false},
		{"=2A", false},
		{"\xff\xfe", false},
		{strings.Repeat("!", 4000), false},
	} {
		got := event.RecordName(c.token)
		require.Equal(t, c.kept, got == c.token, "%.20q", c.token)
		require.False(t, seen[got])
		seen[got] = true
		require.LessOrEqual(t, len(topology.Token(got)), 64)
	}
}
