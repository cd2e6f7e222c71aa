package cause_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orderwire/orderwire/services/mapper/cause"
)

func TestReaches(t *testing.T) {
	now := time.Date(2026, 11, 24, 12, 0, 0, 5, time.UTC)
	e := cause.Entry{Seq: 7, At: now}
	for name, c := range map[string]struct {
		decided cause.Entry
		want    bool
	}{
		"itself":                             {cause.Entry{Seq: 7, At: now.Local()}, true},
		"later":                              {cause.Entry{Seq: 8, At: now.Add(1)}, true},
		"later, at the same moment":          {cause.Entry{Seq: 8, At: now}, true},
		"earlier":                            {cause.Entry{Seq: 6, At: now}, false},
		"none":                               {cause.Entry{}, false},
		"same sequence, of the log before":   {cause.Entry{Seq: 7, At: now.Add(-1)}, false},
		"same sequence, of another log":      {cause.Entry{Seq: 7, At: now.Add(1)}, false},
		"higher sequence, of the log before": {cause.Entry{Seq: 90_000, At: now.Add(-time.Hour)}, false},
	} {
		require.Equal(t, c.want, c.decided.Reaches(e), name)
	}
	require.True(t, e.Reaches(cause.Entry{}))
}
