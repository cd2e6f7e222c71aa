package process

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestRedactURLs(t *testing.T) {
	for text, want := range map[string]string{
		"nats://user:pass@host:4222":                  "nats://[redacted]@host:4222",
		"dial nats://token@a,tls://x:y@b: refused":    "dial nats://[redacted]@a,tls://[redacted]@b: refused",
		"https://api.example.com/a?token=abc&x=1":     "https://api.example.com/a?token=[redacted]&x=1",
		"GET /a?x=1&api_key=abc#top":                  "GET /a?x=1&api_key=[redacted]#top",
		"https://h/a?X-Amz-Signature=abc":             "https://h/a?X-Amz-Signature=[redacted]",
		"https://example.com/path@v1 and a@b.example": "https://example.com/path@v1 and a@b.example",
		"no url, me@example.com":                      "no url, me@example.com",
		"nats://host:4222":                            "nats://host:4222",
	} {
		require.Equal(t, want, Redact(text))
	}
}

func TestRedactRegistered(t *testing.T) {
	var r redactor
	r.register("hunter2")
	r.register("hunter2-and-more")
	r.register(" padded \n")
	r.register("abc") // too short
	r.register("")
	for text, want := range map[string]string{
		"key hunter2.":                "key [redacted].",
		"hunter2-and-more":            "[redacted]", // not "[redacted]-and-more"
		"padded":                      "[redacted]",
		"abc":                         "abc",
		"":                            "",
		"Hunter2":                     "Hunter2",
		"Basic aHVudGVyMg== (base64)": "Basic [redacted] (base64)",
	} {
		require.Equal(t, want, r.redact(text))
	}
}

// Whatever the secret looks like, none of the forms it takes on its way out shows it.
func TestRedactEveryForm(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var r redactor
		secret := rapid.StringMatching(`[ -~äß€"\\/+%&<>]{4,24}`).Filter(func(s string) bool {
			return len(strings.TrimSpace(s)) >= minSecret && !strings.Contains(Hidden, strings.TrimSpace(s))
		}).Draw(t, "secret")
		secret = strings.TrimSpace(secret)
		r.register(secret)
		quoted, err := json.Marshal(secret)
		require.NoError(t, err)
		for _, form := range []string{
			secret, url.QueryEscape(secret), url.PathEscape(secret), strconv.Quote(secret), string(quoted), base64.StdEncoding.EncodeToString([]byte(secret)),
		} {
			inside := strings.Trim(form, `"`)
			if inside == "" {
				continue
			}
			require.NotContains(t, r.redact("<"+form+">"), inside)
		}
	})
}

func TestConcurrentRedact(t *testing.T) {
	var r redactor
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for j := range 20 {
				secret := fmt.Sprintf("secret-%d-%d.", i, j)
				r.register(secret)
				if got := r.redact(secret); got != Hidden { // not require: it may end only the test's own goroutine
					t.Errorf("%s became %s", secret, got)
				}
			}
		})
	}
	wg.Wait()
}

// hiding is a value that fmt and JSON print differently.
type hiding struct {
	Name  string  `json:"-"`
	Inner *string `json:"inner"`
}

func (h hiding) String() string { return "hiding" }

func TestLoggerRedacts(t *testing.T) {
	RegisterSecret("tell-nobody")
	inner := "tell-nobody"
	for name, log := range map[string]func(*slog.Logger){
		"message":      func(l *slog.Logger) { l.Info("it is tell-nobody") },
		"string":       func(l *slog.Logger) { l.Info("m", "k", "tell-nobody") },
		"error":        func(l *slog.Logger) { l.Info("m", "k", fmt.Errorf("wrap: %w", errors.New("tell-nobody"))) },
		"joined":       func(l *slog.Logger) { l.Info("m", "k", errors.Join(errors.New("a"), errors.New("tell-nobody"))) },
		"slice":        func(l *slog.Logger) { l.Info("m", "k", []string{"a", "tell-nobody"}) },
		"bytes":        func(l *slog.Logger) { l.Info("m", "k", []byte("so: tell-nobody")) },
		"raw JSON":     func(l *slog.Logger) { l.Info("m", "k", json.RawMessage(`{"a":"tell-nobody"}`)) },
		"map":          func(l *slog.Logger) { l.Info("m", "k", map[string]any{"a": map[string]string{"b": "tell-nobody"}}) },
		"struct":       func(l *slog.Logger) { l.Info("m", "k", struct{ A string }{"tell-nobody"}) },
		"only in JSON": func(l *slog.Logger) { l.Info("m", "k", hiding{Inner: &inner}) },
		"URL":          func(l *slog.Logger) { l.Info("m", "k", &url.URL{Scheme: "https", Host: "h", Path: "/tell-nobody"}) },
		"group":        func(l *slog.Logger) { l.Info("m", slog.Group("g", slog.Group("h", "k", "tell-nobody"))) },
		"with":         func(l *slog.Logger) { l.With("k", "tell-nobody").Info("m") },
		"with group":   func(l *slog.Logger) { l.WithGroup("g").With("k", "tell-nobody").Info("m", "n", "tell-nobody") },
		"log valuer":   func(l *slog.Logger) { l.Info("m", "k", valuer("tell-nobody")) },
	} {
		for _, format := range []LogFormat{LogText, LogJSON} {
			t.Run(name+" as "+string(format), func(t *testing.T) {
				var out bytes.Buffer
				log(NewLogger(LogConfig{Writer: &out, Format: format}))
				require.NotContains(t, out.String(), "tell-nobody")
				require.NotContains(t, out.String(), base64.StdEncoding.EncodeToString([]byte("tell-nobody")))
				require.Contains(t, out.String(), Hidden)
			})
		}
	}
}

type valuer string

func (v valuer) LogValue() slog.Value { return slog.AnyValue(errors.New(string(v))) }
