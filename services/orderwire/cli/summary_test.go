package cli

import (
	"bytes"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orderwire/orderwire/services/orderwire/audit"
)

// TestSummaryCountsRefused: what the mapper refused is a dead letter, too, and not one of the deliveries.
func TestSummaryCountsRefused(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, newTerminal(Invocation{Stdout: &out, Stderr: io.Discard}).summary(&audit.Report{Dead: 1, DeadEntries: 2}))
	require.Regexp(t, `(?m)^dead +1$`, out.String())
	require.Regexp(t, `(?m)^refused +2$`, out.String())
}
