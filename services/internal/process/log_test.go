package process

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestLoggerWritesJSONWhereNobodyWatches(t *testing.T) {
	var out bytes.Buffer
	log := NewLogger(LogConfig{Writer: &out, Service: "mapper"})
	log.Debug("not at this level")
	log.With("lane", 7).Info("stored", "took", 1500*time.Millisecond, slog.Group("g", "ok", true))
	var line map[string]any
	require.NoError(t, json.Unmarshal(out.Bytes(), &line), out.String())
	require.Contains(t, line, "time")
	delete(line, "time")
	require.Equal(t, map[string]any{"level": "INFO", "msg": "stored", "service": "mapper", "lane": 7.0, "took": "1.5s", "g": map[string]any{"ok": true}}, line)
}

func TestLoggerWritesTextWithoutColourIntoAFile(t *testing.T) {
	var out bytes.Buffer
	NewLogger(LogConfig{Writer: &out, Format: LogText, Level: slog.LevelDebug, Service: "mapper"}).Debug("stored", "lane", 7)
	require.Regexp(t, `^\d\d:\d\d:\d\d\.\d{3} DBG stored lane=7\n$`, out.String())
}

func TestLoggerKeepsPlainValues(t *testing.T) {
	var out bytes.Buffer
	NewLogger(LogConfig{Writer: &out, Format: LogJSON}).Info("m", "list", []int{1, 2}, "map", map[string]int{"a": 1}, "nothing", nil)
	require.Contains(t, out.String(), `"list":[1,2],"map":{"a":1},"nothing":null`)
}

func TestLoggerIsOffBelowItsLevel(t *testing.T) {
	log := NewLogger(LogConfig{Writer: &bytes.Buffer{}, Level: slog.LevelError})
	require.False(t, log.Enabled(context.Background(), slog.LevelWarn))
}
