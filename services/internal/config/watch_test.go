package config

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"
)

const (
	watched = "destinations: {erp: {url: https://erp.example.com, auth: []}}\nroutes:\n  - {to: erp, payload: event}\n"
	// Its first lines are a good file too.
	longer = watched + "  - {name: late, to: erp, payload: event, shops: [acme-*]}\n"
	broken = "destinations: {erp: {url: PLANTED, auth: []}}\nroutes: []\n"
)

// watching is a watcher at work in virtual time on a real file.
type watching struct {
	*Watcher
	t    *testing.T
	path string
	log  *syncBuffer
}

// syncBuffer is a log that may be read while it is written.
type syncBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

func watch(t *testing.T, lookup Lookup, test func(w watching)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := watching{t: t, path: filepath.Join(t.TempDir(), "orderwire.yaml"), log: &syncBuffer{}}
		w.write(watched)
		var err error
		w.Watcher, err = NewWatcher(WatchConfig{
			Path: w.path, Lookup: lookup, Logger: slog.New(slog.NewTextHandler(w.log, nil)), Registerer: prometheus.NewRegistry(),
		})
		require.NoError(t, err)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- w.Run(ctx) }()
		test(w)
		cancel()
		require.NoError(t, <-ended)
	})
}

func (w watching) write(text string) { require.NoError(w.t, os.WriteFile(w.path, []byte(text), 0o600)) }

// looks lets the watcher look n times.
func (w watching) looks(n int) {
	time.Sleep(time.Duration(n) * DefaultInterval)
	synctest.Wait()
}

func (w watching) refusals() int {
	return count(w.metrics.reloads.WithLabelValues("refused"))
}

func count(c prometheus.Collector) int { return int(testutil.ToFloat64(c)) }

func changed(over <-chan struct{}) bool {
	select {
	case <-over:
		return true
	default:
		return false
	}
}

func TestWatcherTakesAChangeSeenTwice(t *testing.T) {
	watch(t, nil, func(w watching) {
		over, before := w.Changed(), w.Current()
		w.write(longer)
		w.looks(1)
		require.Same(t, before, w.Current(), "once is not enough: it may be half a file")
		w.looks(1)
		require.Len(t, w.Current().Routes, 2)
		require.True(t, changed(over))
		require.False(t, changed(w.Changed()))
		require.Equal(t, 1, count(w.metrics.reloads.WithLabelValues("taken")))
		require.Contains(t, w.log.String(), "configuration reloaded")
		require.Contains(t, w.log.String(), "is never used", "warnings are said")
	})
}

func TestWatcherDoesNotTakeAFileThatGrows(t *testing.T) {
	watch(t, nil, func(w watching) {
		before := w.Current()
		for i := len(watched) + 1; i < len(longer); i++ {
			w.write(longer[:i])
			w.looks(1)
			require.Same(t, before, w.Current())
		}
		w.write(longer)
		w.looks(2)
		require.Len(t, w.Current().Routes, 2)
		require.Zero(t, w.refusals(), "and does not complain about its parts")
	})
}

func TestWatcherReloadTakesItAtOnce(t *testing.T) {
	watch(t, nil, func(w watching) {
		w.write(longer)
		w.Reload()
		w.Reload()
		synctest.Wait()
		require.Len(t, w.Current().Routes, 2)
	})
}

func TestWatcherKeepsTheLastGoodOne(t *testing.T) {
	watch(t, nil, func(w watching) {
		before, over := w.Current(), w.Changed()
		w.write(broken)
		w.looks(10)
		require.Same(t, before, w.Current())
		require.Equal(t, 1, w.refusals(), "one error is one refusal, however often it is seen")
		require.Equal(t, 1, strings.Count(w.log.String(), "configuration refused"))
		require.Equal(t, 1, strings.Count(w.log.String(), "does not begin with https://"), "the list is said")
		require.Equal(t, 1, strings.Count(w.log.String(), "routes: holds 0 routes"))
		require.NotContains(t, w.log.String(), planted)
		require.Zero(t, count(w.metrics.ok))

		require.NoError(t, os.Remove(w.path))
		w.looks(10)
		require.Same(t, before, w.Current())
		require.Equal(t, 2, w.refusals(), "another error")
		require.Contains(t, w.log.String(), "cannot be read: no such file or directory. Try: putting it back")

		w.write("# the same\n" + watched)
		w.looks(2)
		require.Equal(t, before.Hash, w.Current().Hash)
		require.False(t, changed(over), "it means the same: nobody is disturbed")
		require.Equal(t, 1, count(w.metrics.ok))

		w.write(longer)
		w.looks(2)
		require.True(t, changed(over), "the channel holds until something changes")
	})
}

// As Kubernetes mounts a ConfigMap: the file is a link through a folder that is exchanged.
func TestWatcherFollowsLinks(t *testing.T) {
	watch(t, nil, func(w watching) {
		dir := filepath.Dir(w.path)
		version := func(name, text string) {
			require.NoError(t, os.Mkdir(filepath.Join(dir, name), 0o700))
			require.NoError(t, os.WriteFile(filepath.Join(dir, name, "orderwire.yaml"), []byte(text), 0o600))
			require.NoError(t, os.Symlink(name, filepath.Join(dir, "new")))
			require.NoError(t, os.Rename(filepath.Join(dir, "new"), filepath.Join(dir, "data")))
		}
		version("v1", watched)
		require.NoError(t, os.Remove(w.path))
		require.NoError(t, os.Symlink("data/orderwire.yaml", w.path))
		w.looks(2)
		version("v2", longer)
		w.looks(2)
		require.Len(t, w.Current().Routes, 2)
		require.Zero(t, w.refusals())
	})
}

// A secret that arrives later than the file that names it needs no second change of the file.
func TestWatcherTriesARefusedFileAgain(t *testing.T) {
	var there atomic.Bool
	lookup := func(string) (string, bool) { return planted, there.Load() }
	watch(t, lookup, func(w watching) {
		w.write(strings.Replace(longer, "auth: []", "auth: [{type: api-key, secret: {env: LATE}}]", 1))
		w.looks(5)
		require.Len(t, w.Current().Routes, 1)
		require.Contains(t, w.log.String(), "environment variable LATE is not set")
		there.Store(true)
		w.looks(1)
		require.Len(t, w.Current().Routes, 2)
		require.NotContains(t, w.log.String(), planted)
	})
}

func TestNewWatcherWantsAGoodFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "orderwire.yaml")
	_, err := NewWatcher(WatchConfig{Path: path})
	require.ErrorContains(t, err, "cannot be read: no such file or directory. Try: orderwire config init > ")
	_, err = NewWatcher(WatchConfig{Path: filepath.Dir(path)})
	require.ErrorContains(t, err, "is not a file")
	require.NoError(t, os.WriteFile(path, []byte(broken), 0o600))
	_, err = NewWatcher(WatchConfig{Path: path})
	require.ErrorContains(t, err, "routes: holds 0 routes")
}

func TestUnreadable(t *testing.T) {
	for name, c := range map[string]struct {
		err       error
		what, try string
	}{
		"absent":     {&os.PathError{Op: "open", Path: "a.yaml", Err: syscall.ENOENT}, "cannot be read: no such file or directory", "what is for an absent one"},
		"permission": {&os.PathError{Op: "open", Path: "a.yaml", Err: syscall.EACCES}, "cannot be read: permission denied", "letting the user of the process read the file"},
		"other":      {&os.PathError{Op: "open", Path: "a.yaml", Err: syscall.ENOTDIR}, "cannot be read: not a directory", "the path of a YAML file that this process can read"},
	} {
		t.Run(name, func(t *testing.T) {
			p := unreadable("a.yaml", "what is for an absent one", c.err)
			require.Equal(t, c.what, p.What)
			require.Contains(t, p.Try, c.try)
		})
	}
}

func TestFixed(t *testing.T) {
	var s Source = Fixed{Config: &Config{Hash: "x"}}
	require.Equal(t, "x", s.Current().Hash)
	require.False(t, changed(s.Changed()))
}
