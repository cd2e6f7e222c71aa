package main

import (
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/orderwire/orderwire/services/e2e/structure"
)

func TestConcurrent(t *testing.T) {
	files, err := structure.GoFiles(fstest.MapFS{
		"services/a/a_test.go": {Data: []byte(`package a
func TestMain(m *testing.M) { go m.Run() }
func TestPlain(t *testing.T) { check(t) }
func TestGo(t *testing.T) { go check(t) }
func TestGroup(t *testing.T) { wg.Go(func() {}) }
func TestBubble(t *testing.T) { synctest.Test(t, func(t *testing.T) {}) }
func TestParallel(t *testing.T) { t.Run("x", func(t *testing.T) { t.Parallel() }) }
func TestByHelper(t *testing.T) { helper(t) }
func TestByMethod(t *testing.T) { r := rig{}; r.start() }
func TestByTable(t *testing.T) { for _, f := range []func(){helper} { f() } }
func TestOtherTest(t *testing.T) { other.Test(t) }
func TestArea(t *testing.T) { board.Go(1, 2) }
func TestConcurrentByName(t *testing.T) {}
func check(t *testing.T) { check(t) }
func helper(t *testing.T) { further() }
`)},
		"services/a/b_test.go": {Data: []byte("package a_test\nfunc further() { go f() }\nfunc (r rig) start() { further() }\n")},
		"services/a/a.go":      {Data: []byte("package a\nfunc TestNone() { go f() }\n")},
		"services/b/b_test.go": {Data: []byte("package b\nfunc TestQuiet(t *testing.T) { further() }\n")},
	})
	require.NoError(t, err)
	require.Equal(t, []string{"./services/a TestBubble|TestByHelper|TestByMethod|TestByTable|TestConcurrentByName|TestGo|TestGroup|TestParallel"}, concurrent(files))
}
