package auth

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/orderwire/orderwire/services/internal/config"
	"github.com/orderwire/orderwire/services/internal/process"
)

// Recheck is how long resolved secrets are used before their variables and files are looked at again.
const Recheck = 5 * time.Second

// ErrCredentials is wrapped by every error about a destination's secrets: the destination's configuration is to blame, not the delivery.
var ErrCredentials = errors.New("credentials")

// Source resolves the credentials of one destination (per_shop: of one shop) and keeps them. Safe for concurrent use.
type Source struct {
	cfg     SourceConfig
	mu      sync.Mutex // held while looking
	current atomic.Pointer[look]
}

// SourceConfig of a source.
type SourceConfig struct {
	Destination *config.Destination
	// Shop is "" unless the destination is per shop.
	Shop   string
	Lookup config.Lookup
	Logger *slog.Logger
}

// Set is what a destination's requests are signed with. It never changes.
type Set struct {
	Schemes []Scheme
	// Longest is the length of the longest secret in bytes.
	Longest int

	credentials []config.Credential
}

// look is what one look at the variables and files found. stale says that they could not be read, and set is of an earlier look.
type look struct {
	set   *Set
	err   error
	at    time.Time
	stale bool
}

// NewSource makes a source. Nothing is read before the first Current.
func NewSource(cfg SourceConfig) *Source { return &Source{cfg: cfg} }

// Current returns the credentials as they were within the last Recheck before now.
func (s *Source) Current(now time.Time) (*Set, error) {
	if last := s.current.Load(); last != nil && now.Sub(last.at) < Recheck {
		return last.set, last.err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	last := s.current.Load()
	if last == nil || now.Sub(last.at) >= Recheck {
		last = s.look(last, now)
		s.current.Store(last)
	}
	return last.set, last.err
}

func (s *Source) look(last *look, now time.Time) *look {
	set, err := s.load(last)
	switch {
	case err == nil:
		return &look{set: set, at: now}
	case last == nil || last.set == nil:
		return &look{err: fmt.Errorf("%w: %w", ErrCredentials, err), at: now}
	}
	if !last.stale {
		s.cfg.Logger.Warn("secret cannot be read any more; the last one stays in use", "destination", s.cfg.Destination.Key(s.cfg.Shop), "error", err)
	}
	return &look{set: last.set, at: now, stale: true}
}

func (s *Source) load(last *look) (*Set, error) {
	found, err := s.cfg.Destination.Credentials(s.cfg.Lookup, s.cfg.Shop)
	if err != nil {
		return nil, err
	}
	if last != nil && last.set != nil && slices.EqualFunc(found, last.set.credentials, sameCredential) {
		return last.set, nil // its MACs are warm
	}
	set := &Set{credentials: found}
	for i, c := range found {
		set.register(c.Secret)
		if s.cfg.Destination.Auth[i].Key.From != (config.Secret{}) {
			set.register(c.Key)
		}
		scheme, err := New(c)
		if err != nil {
			return nil, err
		}
		set.Schemes = append(set.Schemes, scheme)
	}
	return set, nil
}

// Sign sets the headers of all schemes. A payload's header of the same name, in whatever case, goes.
func (s *Set) Sign(h http.Header, c *Call) {
	for _, scheme := range s.Schemes {
		for _, name := range scheme.Headers() {
			delete(h, name)
		}
	}
	for _, scheme := range s.Schemes {
		scheme.Sign(h, c)
	}
}

// register makes the value disappear from everything that is shown.
func (s *Set) register(v config.Value) {
	process.RegisterSecret(v.Reveal())
	s.Longest = max(s.Longest, len(v.Reveal()))
}

func sameCredential(a, b config.Credential) bool {
	return a.Type == b.Type && a.Header == b.Header && a.Path == b.Path && a.Key.Equal(b.Key) && a.Secret.Equal(b.Secret)
}
