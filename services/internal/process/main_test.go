package process

import (
	"os"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

// TestMain starts from an environment without our variables, whatever the machine has, and fails when a test leaves a goroutine.
func TestMain(m *testing.M) {
	for _, pair := range os.Environ() {
		if name, _, _ := strings.Cut(pair, "="); strings.HasPrefix(name, Prefix+"_") {
			if err := os.Unsetenv(name); err != nil {
				panic(err)
			}
		}
	}
	goleak.VerifyTestMain(m)
}

// setenv sets ORDERWIRE_<name>=value for each pair.
func setenv(t *testing.T, pairs ...string) {
	t.Helper()
	for _, pair := range pairs {
		name, value, _ := strings.Cut(pair, "=")
		t.Setenv(Prefix+"_"+name, value)
	}
}

// file writes content into a file of its own.
func file(t *testing.T, content string) string {
	t.Helper()
	path := t.TempDir() + "/file"
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
