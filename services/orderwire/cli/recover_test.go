package cli

import (
	"bytes"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orderwire/orderwire/services/internal/partition"
)

// TestRecoveredLooksAgain: whoever has set a position must know that nothing is to be restarted.
func TestRecoveredLooksAgain(t *testing.T) {
	const again = "A mapper that runs looks again within 30 s.\n"
	one := recovery{Service: partition.Mapper, Chosen: &recoveryChoice{Position: "end"}}
	all := recoverCommand{Service: partition.Mapper}
	for name, c := range map[string]struct {
		print func(*terminal) error
		ends  string
	}{
		"one":          {func(t *terminal) error { one := one; one.Applied = true; return one.print(t) }, again},
		"one, dry run": {one.print, notApplied + "\n"},
		"all":          {func(t *terminal) error { return all.next(t, 2, 2) }, again},
		"all, dry run": {func(t *terminal) error { return all.next(t, 2, 0) }, notApplied + "\n"},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			require.NoError(t, c.print(newTerminal(Invocation{Stdout: &out, Stderr: io.Discard})))
			require.True(t, bytes.HasSuffix(out.Bytes(), []byte("\n"+c.ends)), out.String())
		})
	}
}
