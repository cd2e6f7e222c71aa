package config

import (
	"context"
	"errors"
	"log/slog"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// DefaultInterval is how often a Watcher looks at its file.
const DefaultInterval = time.Second

// WatchConfig is what a Watcher needs.
type WatchConfig struct {
	Path string
	// Lookup tries secrets at each load; nil in a process that uses none.
	Lookup Lookup
	// Logger says what is taken and refused; nil: nothing is said.
	Logger *slog.Logger
	// Interval is DefaultInterval when zero.
	Interval time.Duration
	// Registerer takes the metrics; nil: none.
	Registerer prometheus.Registerer
}

// Watcher reads a file again when it changes, and keeps the last good one. Current and Changed are safe for concurrent use.
type Watcher struct {
	cfg     WatchConfig
	metrics *metrics
	now     atomic.Pointer[version]
	reload  chan struct{}
	// The rest is Run's. read is what was judged last, seen what the file held at the last look.
	read, seen string
	refused    error
}

// version is one configuration in use, with the channel that its end closes.
type version struct {
	config *Config
	over   chan struct{}
}

// NewWatcher loads the file, whose mistakes are an error here: there is no last good one yet.
func NewWatcher(cfg WatchConfig) (*Watcher, error) {
	if cfg.Interval == 0 {
		cfg.Interval = DefaultInterval
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	w := &Watcher{cfg: cfg, reload: make(chan struct{}, 1)}
	data, err := readFile(cfg.Path, tryInit(cfg.Path))
	if err != nil {
		return nil, err
	}
	c, err := Parse(cfg.Path, []byte(data), cfg.Lookup)
	if err != nil {
		return nil, err
	}
	w.metrics = newMetrics(cfg.Registerer)
	w.read, w.seen = data, data
	w.take(c)
	return w, nil
}

// Current returns the last good configuration.
func (w *Watcher) Current() *Config { return w.now.Load().config }

// Changed returns a channel that is closed when the configuration in use changes.
func (w *Watcher) Changed() <-chan struct{} { return w.now.Load().over }

// Reload takes the file as it is now, without waiting for a second look: what SIGHUP asks for. It returns at once; Run does it.
func (w *Watcher) Reload() {
	select {
	case w.reload <- struct{}{}:
	default:
	}
}

// Run looks at the file until ctx ends.
func (w *Watcher) Run(ctx context.Context) error {
	tick := time.NewTicker(w.cfg.Interval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			w.look(false)
		case <-w.reload:
			w.look(true)
		}
	}
}

// look judges the file's content once two looks in a row found the same: a writer may be half-way, and half a file can be valid, with routes missing. What was refused is
// judged at each look, since a missing secret may be there by now. The content is compared, not its time: a link that Kubernetes turns elsewhere needs no care.
func (w *Watcher) look(asked bool) {
	data, err := readFile(w.cfg.Path, tryBack)
	if err != nil {
		data = err.Error()
	}
	steady := data == w.seen
	w.seen = data
	if !asked && (!steady || (data == w.read && w.refused == nil)) {
		return
	}
	w.read = data
	var c *Config
	if err == nil {
		c, err = Parse(w.cfg.Path, []byte(data), w.cfg.Lookup)
	}
	if err != nil {
		w.refuse(err)
		return
	}
	w.take(c)
}

// refuse keeps what is in use. The same error is said and counted once.
func (w *Watcher) refuse(err error) {
	if w.refused != nil && w.refused.Error() == err.Error() {
		return
	}
	w.refused = err
	w.metrics.ok.Set(0)
	w.metrics.reloads.WithLabelValues("refused").Inc()
	w.cfg.Logger.Error("configuration refused, the last good one stays in use", "file", w.cfg.Path, "hash", w.Current().Hash)
	var list Problems
	if !errors.As(err, &list) {
		w.cfg.Logger.Error("configuration: " + err.Error())
	}
	for _, p := range list {
		w.cfg.Logger.Error("configuration: " + p.Error())
	}
}

func (w *Watcher) take(c *Config) {
	before := w.now.Load()
	w.refused = nil
	w.metrics.ok.Set(1)
	w.metrics.at.SetToCurrentTime()
	if before != nil && before.config.Hash == c.Hash {
		// Means the same: nobody needs to know.
		w.now.Store(&version{config: c, over: before.over})
		return
	}
	if h, err := strconv.ParseUint(c.Hash[:12], 16, 64); err == nil {
		w.metrics.hash.Set(float64(h))
	}
	for _, p := range c.Warnings {
		w.cfg.Logger.Warn("configuration: " + p.Error())
	}
	w.now.Store(&version{config: c, over: make(chan struct{})})
	if before != nil {
		w.metrics.reloads.WithLabelValues("taken").Inc()
		w.cfg.Logger.Info("configuration reloaded", "file", w.cfg.Path, "hash", c.Hash)
		close(before.over)
	}
}
