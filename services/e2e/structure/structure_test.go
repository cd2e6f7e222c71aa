package structure

import (
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

// root is the top of the repository, from the folder of this package.
const root = "../../.."

func parsed(t *testing.T, tree fs.FS) []*GoFile {
	t.Helper()
	files, err := GoFiles(tree)
	require.NoError(t, err)
	return files
}

// source makes a file tree of path and content, in turn.
func source(pairs ...string) fs.FS {
	tree := fstest.MapFS{}
	for i := 0; i < len(pairs); i += 2 {
		tree[pairs[i]] = &fstest.MapFile{Data: []byte(pairs[i+1])}
	}
	return tree
}

func TestRepository(t *testing.T) {
	tree := os.DirFS(root)
	files := parsed(t, tree)
	require.Greater(t, len(files), 50, "the repository is not where it should be")
	t.Run("package docs", func(t *testing.T) { none(t, PackageDocs(files)) })
	t.Run("imports", func(t *testing.T) { none(t, Imports(files)) })
	t.Run("tests", func(t *testing.T) { none(t, Tests(files)) })
	t.Run("top level", func(t *testing.T) {
		findings, err := TopLevel(tree)
		require.NoError(t, err)
		none(t, findings)
	})
	t.Run("contents", func(t *testing.T) {
		findings, err := Contents(tree)
		require.NoError(t, err)
		none(t, findings)
	})
	t.Run("modules", func(t *testing.T) {
		folders, err := ModuleFolders(tree)
		require.NoError(t, err)
		var work GoWork
		goJSON(t, ".", &work, "work", "edit", "-json")
		mods := map[string]GoMod{}
		for _, folder := range folders {
			var mod GoMod
			goJSON(t, folder, &mod, "mod", "edit", "-json")
			mods[folder] = mod
		}
		none(t, Modules(work, mods))
	})
}

// none shows each finding on a line of its own.
func none(t *testing.T, findings []string) {
	t.Helper()
	for _, finding := range findings {
		t.Error(finding)
	}
}

func goJSON(t *testing.T, folder string, into any, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Dir = filepath.Join(root, folder)
	out, err := cmd.Output()
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(out, into))
}
