package config

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the golden files anew")

// planted stands where a secret was written by mistake: no message may show it.
const planted = "PLANTED"

// environment of the tests.
func environment(name string) (string, bool) {
	v, ok := map[string]string{
		"ERP_KEY": "test-only-" + planted, "OPENAPP_SECRET": planted, "OA_KEY_ACME_FR": planted, "OA_SECRET_ACME_FR": planted, "OA_KEY_ACME_DE": planted,
		"WMS_KEY_ACME_FR": planted, "EMPTY": "", "TWO_LINES": planted + "\n" + planted,
	}[name]
	return v, ok
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	path = strings.TrimSuffix(path, ".yaml") + ".golden"
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(got), 0o600))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err, "run with -update, and read what is written")
	require.Equal(t, string(want), got)
}

func files(t *testing.T, folder string) []string {
	t.Helper()
	list, err := filepath.Glob(filepath.Join("testdata", folder, "*.yaml"))
	require.NoError(t, err)
	require.NotEmpty(t, list)
	return list
}

func TestMistakes(t *testing.T) {
	for _, path := range files(t, "mistakes") {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".yaml"), func(t *testing.T) {
			_, err := Load(path, environment)
			require.Error(t, err)
			got := strings.ReplaceAll(err.Error(), filepath.Dir(path)+"/", "") + "\n"
			require.NotContains(t, got, planted)
			for line := range strings.Lines(got) {
				require.Contains(t, line, ". Try: ", "each mistake has a cure")
			}
			golden(t, path, got)
		})
	}
}

func TestGood(t *testing.T) {
	for _, path := range files(t, "good") {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".yaml"), func(t *testing.T) {
			c, err := Load(path, environment)
			require.NoError(t, err)
			for i := range c.Warnings {
				c.Warnings[i].File = filepath.Base(path)
			}
			got, err := json.MarshalIndent(struct {
				*Config
				Table    []Row
				Warnings []string
			}{c, c.Table(), lines(c.Warnings)}, "", "  ")
			require.NoError(t, err)
			require.NotContains(t, string(got), planted)
			golden(t, path, string(got)+"\n")
		})
	}
}

func lines(ps Problems) []string {
	var list []string
	for _, p := range ps {
		list = append(list, p.Error())
	}
	return list
}
