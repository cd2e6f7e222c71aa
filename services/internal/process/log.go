package process

import (
	"io"
	"log/slog"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/lmittmann/tint"
	"golang.org/x/term"
)

// LogFormat is auto, text or json. The zero value is auto.
type LogFormat string

// The formats of a log.
const (
	LogAuto LogFormat = "auto"
	LogText LogFormat = "text"
	LogJSON LogFormat = "json"
)

// Decode reads a format.
func (f *LogFormat) Decode(value string) error {
	*f = LogFormat(strings.ToLower(value))
	if !slices.Contains([]LogFormat{LogAuto, LogText, LogJSON}, *f) {
		return &valueError{"not a log format", "auto, text or json"}
	}
	return nil
}

// LogLevel is the least level that is logged. The zero value is info.
type LogLevel struct{ slog.Level }

// Decode reads a level.
func (l *LogLevel) Decode(value string) error {
	if err := l.UnmarshalText([]byte(value)); err != nil {
		return &valueError{"not a log level", "debug, info, warn or error"}
	}
	return nil
}

// LogConfig says how and where to log.
type LogConfig struct {
	Writer  io.Writer // os.Stderr if nil
	Format  LogFormat
	Level   slog.Level
	Service string // the attribute "service" of every line in JSON; text has one process before its eyes
}

// NewLogger makes the logger of a process. It redacts (see RegisterSecret), and colours only a terminal, and that only without NO_COLOR.
func NewLogger(cfg LogConfig) *slog.Logger {
	if cfg.Writer == nil {
		cfg.Writer = os.Stderr
	}
	var handler slog.Handler
	if cfg.asText() {
		handler = tint.NewTextHandler(cfg.Writer, &tint.Options{Level: cfg.Level, TimeFormat: "15:04:05.000", NoColor: !colour(cfg.Writer)})
	} else {
		handler = slog.NewJSONHandler(cfg.Writer, &slog.HandlerOptions{Level: cfg.Level, ReplaceAttr: jsonAttr})
		if cfg.Service != "" {
			handler = handler.WithAttrs([]slog.Attr{slog.String("service", cfg.Service)})
		}
	}
	return slog.New(redacting{handler})
}

func (c LogConfig) asText() bool {
	return c.Format == LogText || (c.Format != LogJSON && isTerminal(c.Writer))
}

// colour follows no-color.org: any value but the empty one switches colours off.
func colour(w io.Writer) bool { return isTerminal(w) && os.Getenv("NO_COLOR") == "" }

func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// jsonAttr writes durations as text: a bare number of nanoseconds helps nobody.
func jsonAttr(_ []string, a slog.Attr) slog.Attr {
	if a.Value.Kind() == slog.KindDuration {
		return slog.String(a.Key, a.Value.Duration().Round(time.Microsecond).String())
	}
	return a
}
