package config

// Source gives the configuration in use: a Watcher, or Fixed.
type Source interface {
	// Current never returns nil.
	Current() *Config
	// Changed returns a channel that is closed when Current has something new. Take it before Current, and nothing is missed.
	Changed() <-chan struct{}
}

// Fixed is a Source that never changes.
type Fixed struct{ Config *Config }

// Current returns the configuration.
func (f Fixed) Current() *Config { return f.Config }

// Changed returns a channel that is never closed.
func (f Fixed) Changed() <-chan struct{} { return nil }
