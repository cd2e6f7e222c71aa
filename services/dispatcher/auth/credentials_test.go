package auth

import (
	"bytes"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orderwire/orderwire/services/internal/config"
	"github.com/orderwire/orderwire/services/internal/process"
)

func apiKeyFrom(s config.Secret) config.Auth {
	return config.Auth{Type: config.APIKey, Header: "X-Api-Key", Secret: s}
}

func environment(pairs ...string) config.Lookup {
	return func(name string) (string, bool) {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1], true
			}
		}
		return "", false
	}
}

// sent returns the value of the destination's api-key header at that time.
func sent(t *testing.T, s *Source, now time.Time) string {
	set, err := s.Current(now)
	require.NoError(t, err)
	h := http.Header{}
	set.Sign(h, &Call{Now: now})
	return h["X-Api-Key"][0]
}

func TestMissingSecretsNameTheirPlace(t *testing.T) {
	dir := t.TempDir()
	empty := filepath.Join(dir, "empty")
	require.NoError(t, os.WriteFile(empty, nil, 0o600))
	cases := map[string]struct {
		auth config.Auth
		want string
	}{
		"variable not set":   {apiKeyFrom(config.Secret{Env: "ERP_SECRET"}), "ERP_SECRET"},
		"variable of a shop": {apiKeyFrom(config.Secret{Env: "OA_{SHOP}"}), "OA_ACME_FR"},
		"no file":            {apiKeyFrom(config.Secret{File: filepath.Join(dir, "none")}), filepath.Join(dir, "none")},
		"empty file":         {apiKeyFrom(config.Secret{File: empty}), empty},
		"key of openapp":     {config.Auth{Type: config.OpenAppHMAC, Key: config.Key{From: config.Secret{Env: "OA_KEY"}}, Secret: config.Secret{Env: "SET"}}, "OA_KEY"},
		"unknown type":       {config.Auth{Type: "basic", Secret: config.Secret{Env: "SET"}}, `"basic"`},
		"reserved header":    {config.Auth{Type: config.APIKey, Header: "Content-Length", Secret: config.Secret{Env: "SET"}}, "Content-Length"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			d := &config.Destination{Name: "erp", PerShop: true, Auth: []config.Auth{c.auth}}
			s := NewSource(SourceConfig{Destination: d, Shop: "acme-fr", Lookup: environment("SET", "the-value-itself"), Logger: slog.New(slog.DiscardHandler)})
			_, err := s.Current(time.Now())
			require.ErrorIs(t, err, ErrCredentials)
			require.ErrorContains(t, err, c.want)
			require.ErrorContains(t, err, "try")
			require.NotContains(t, err.Error(), "the-value-itself")
		})
	}
}

func TestSeveralSchemes(t *testing.T) {
	d := &config.Destination{Name: "openapp", Auth: []config.Auth{
		{Type: config.OpenAppHMAC, Key: config.Key{Text: "acme"}, Secret: config.Secret{Env: "A"}, Path: config.PathSuffix},
		{Type: config.APIKey, Secret: config.Secret{Env: "B"}},
	}}
	s := NewSource(SourceConfig{Destination: d, Lookup: environment("A", "first-secret", "B", "second-secret-long"), Logger: slog.New(slog.DiscardHandler)})
	set, err := s.Current(time.Now())
	require.NoError(t, err)
	h := http.Header{"x-api-key": {"from the payload"}}
	set.Sign(h, &Call{Method: "POST", Suffix: "/x", Now: time.UnixMilli(1)})
	require.Equal(t, []string{"second-secret-long"}, h["x-api-key"])
	require.True(t, strings.HasPrefix(h["authorization"][0], "hmac v1$acme$POST$/X$1$"))
	require.NotEmpty(t, h["x-app-signature"])
	require.Equal(t, len("second-secret-long"), set.Longest)
	require.NotContains(t, process.Redact("first-secret and second-secret-long"), "secret", "registered")
}

func TestRotation(t *testing.T) {
	file := filepath.Join(t.TempDir(), "secret")
	write := func(text string) { require.NoError(t, os.WriteFile(file, []byte(text), 0o600)) }
	var log bytes.Buffer
	d := &config.Destination{Name: "erp", Auth: []config.Auth{apiKeyFrom(config.Secret{File: file})}}
	s := NewSource(SourceConfig{Destination: d, Lookup: environment(), Logger: slog.New(slog.NewTextHandler(&log, nil))})
	now := time.Now()

	_, err := s.Current(now)
	require.ErrorIs(t, err, ErrCredentials, "not there yet")
	write("first")
	_, err = s.Current(now.Add(Recheck - 1))
	require.ErrorIs(t, err, ErrCredentials, "looks again only after Recheck")
	now = now.Add(Recheck)
	require.Equal(t, "first", sent(t, s, now))
	before, err := s.Current(now)
	require.NoError(t, err)

	now = now.Add(Recheck)
	after, err := s.Current(now)
	require.NoError(t, err)
	require.Same(t, before, after, "unchanged: MACs stay warm")

	write("second\n")
	require.Equal(t, "first", sent(t, s, now.Add(Recheck-1)))
	now = now.Add(Recheck)
	require.Equal(t, "second", sent(t, s, now))

	require.NoError(t, os.Remove(file))
	for range 3 {
		now = now.Add(Recheck)
		require.Equal(t, "second", sent(t, s, now), "the last good one stays in use")
	}
	require.Equal(t, 1, strings.Count(log.String(), "stays in use"), "said once")
	require.NotContains(t, log.String(), "second")

	write("third")
	now = now.Add(Recheck)
	require.Equal(t, "third", sent(t, s, now))
}

func TestCurrentIsSafeForConcurrentUse(t *testing.T) {
	file := filepath.Join(t.TempDir(), "secret")
	require.NoError(t, os.WriteFile(file, []byte("secret-value"), 0o600))
	d := &config.Destination{Name: "erp", Auth: []config.Auth{apiKeyFrom(config.Secret{File: file})}}
	s := NewSource(SourceConfig{Destination: d, Lookup: environment(), Logger: slog.New(slog.DiscardHandler)})
	start := time.Now()
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for n := range 200 {
				set, err := s.Current(start.Add(time.Duration(n+i) * time.Second))
				if err != nil || len(set.Schemes) != 1 {
					t.Errorf("current: %v", err)
					return
				}
			}
		})
	}
	all.Wait()
}
