package spelling_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orderwire/orderwire/services/internal/spelling"
)

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"url", "", 3}, {"", "url", 3}, {"ulr", "url", 2}, {"shop", "shops", 1}, {"kitten", "sitting", 3}, {"same", "same", 0}} {
		require.Equal(t, c.want, spelling.Distance(c.a, c.b), "%s %s", c.a, c.b)
	}
}
