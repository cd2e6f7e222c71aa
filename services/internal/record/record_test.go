package record_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/internal/natsd/natstest"
	"github.com/orderwire/orderwire/services/internal/record"
)

func TestMain(m *testing.M) { natstest.Main(m) }

func TestReasonNames(t *testing.T) {
	require.Equal(t, "wrong-instance", record.ReasonName(orderwirev1.Reason_WRONG_INSTANCE))
	require.Equal(t, "mapped", record.ReasonNames()[0])
	require.Len(t, record.ReasonNames(), len(orderwirev1.Reason_name)-1)
	for _, name := range record.ReasonNames() {
		r, err := record.ParseReason(name)
		require.NoError(t, err)
		require.Equal(t, name, record.ReasonName(r))
	}
	for _, name := range []string{"", "WRONG_INSTANCE", "wrong_instance", "Mapped", "reason-unspecified", "lost"} {
		_, err := record.ParseReason(name)
		require.ErrorContains(t, err, "Try one of: mapped, unchanged", name)
	}
}

// Ids differ where the records are about different things, and are the same where they are about the same.
func TestIDs(t *testing.T) {
	began := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	ids := []string{
		record.DecisionID(12, ""), record.DecisionID(12, "erp"), record.DecisionID(12, "erp@acme-fr"), record.DecisionID(1, "2"), record.DecisionID(1, ""),
		record.AttemptID(12, 1, began), record.AttemptID(12, 2, began), record.AttemptID(1, 21, began), record.AttemptID(12, 1, began.Add(time.Microsecond)),
		record.EndID(12, orderwirev1.Reason_EXHAUSTED), record.EndID(12, orderwirev1.Reason_REMOVED),
	}
	seen := map[string]bool{}
	for _, id := range ids {
		require.False(t, seen[id], id)
		require.False(t, strings.ContainsAny(id, " \n"), id)
		seen[id] = true
	}
	require.Equal(t, record.AttemptID(12, 1, began), record.AttemptID(12, 1, began.In(time.FixedZone("CET", 3600))))
}
