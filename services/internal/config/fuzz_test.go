package config

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// Whatever the bytes: no panic, no endless work, each mistake with a place and a cure, and no secret of the environment in what comes out.
func FuzzParse(f *testing.F) {
	paths, err := filepath.Glob("testdata/*/*.yaml")
	require.NoError(f, err)
	for _, p := range paths {
		data, err := os.ReadFile(p)
		require.NoError(f, err)
		f.Add(data)
	}
	const value = "from-the-environment"
	lookup := func(string) (string, bool) { return value, true }
	f.Fuzz(func(t *testing.T, data []byte) {
		if strings.Contains(string(data), value) {
			return
		}
		c, err := Parse("testdata/good/x.yaml", data, lookup)
		if err != nil {
			require.NotContains(t, err.Error(), value)
			var list Problems
			require.ErrorAs(t, err, &list)
			require.NotEmpty(t, list)
			for _, p := range list {
				require.NotEmpty(t, p.What)
				require.NotEmpty(t, p.Try)
			}
			return
		}
		require.NotContains(t, fmt.Sprintf("%+v %+v", c, c.Table()), value)
		c.Match("acme-fr", 1)
		c.SecretValues(lookup)
	})
}

// Wherever a secret is written by mistake in place of saying where it is, in whatever style: no message shows it.
func TestNoMessageShowsASecretInTheFile(t *testing.T) {
	word := rapid.StringMatching(`[a-z][a-zA-Z0-9+/=.@!-]{9,30}`)
	styles := []string{"%s", "%q", "'%s'", "[%s]", "{%s}", "{%q: }", "{value: %s}", "{env: %s}", "{env: '%s'}", "{file: %s}", "{env: [%s]}", "{env: {%s: x}}", "{file: {a: %s}}", "|\n          %s", "|%s", "!%s x", "&%s x", "*%s", "{%s", "\"%s", "{env: %s}}", "{env: A, %s}", "{env: A, env: %s}", "{env: \"%s\\q\"}"}
	places := []string{"{type: api-key, secret: %s}", "{type: api-key, secret: {env: ERP_KEY}, password: %s}", "{type: %s, secret: {env: ERP_KEY}}", "{type: openapp-hmac, key: %s, secret: {env: ERP_KEY}, header: %s, path: %s}", "{type: api-key, header: %s, secret: {env: ERP_KEY}}", "%s"}
	rapid.Check(t, func(t *rapid.T) {
		secret := word.Draw(t, "secret")
		written := strings.ReplaceAll(rapid.SampledFrom(styles).Draw(t, "style"), "%s", secret)
		written = strings.ReplaceAll(written, "%q", fmt.Sprintf("%q", secret))
		auth := strings.ReplaceAll(rapid.SampledFrom(places).Draw(t, "place"), "%s", written)
		file := "destinations:\n  erp:\n    url: https://erp.example.com\n    auth:\n      - " + auth + "\nroutes:\n  - {to: erp, payload: event}\n"
		_, err := Parse("x.yaml", []byte(file), environment)
		if err != nil && strings.Contains(err.Error(), secret) {
			t.Fatalf("%s\ngives\n%s", file, err)
		}
	})
}
