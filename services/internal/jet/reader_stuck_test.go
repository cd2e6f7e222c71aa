package jet_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orderwire/orderwire/services/internal/jet"
	"github.com/orderwire/orderwire/services/internal/natsd/natstest"
)

// warnings takes the lines of a log, one in each Write, and ends the reading after some.
type warnings struct {
	tries  []int
	last   string
	enough func()
}

func (w *warnings) Write(line []byte) (int, error) {
	var l struct {
		Try int    `json:"try"`
		Err string `json:"err"`
	}
	if err := json.NewDecoder(bytes.NewReader(line)).Decode(&l); err != nil {
		return 0, err
	}
	w.tries, w.last = append(w.tries, l.Try), l.Err
	if len(w.tries) == 3 {
		w.enough()
	}
	return len(line), nil
}

// Somebody must hear of a stream that cannot be read, and why.
func TestReadSaysThatItIsStuck(t *testing.T) {
	_, nc, js := natstest.Pipeline(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	w := &warnings{enough: cancel}
	err := jet.Read(ctx, nc, js, jet.ReadConfig{Stream: "NONE", Logger: slog.New(slog.NewJSONHandler(w, nil))}, func(*jet.Stored) error { return nil })
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, []int{2, 4, 8}, w.tries)
	require.Contains(t, w.last, "stream not found")
}
