package receiver

import (
	"hash/maphash"
	"strings"
	"sync"
	"time"
)

// remember is how long a nonce can matter: a time stamp may be a window ahead when it comes, and is refused a window after it.
const remember = 2 * window

const shards = 64

// nonces knows the nonces of the last requests. A shard keeps two generations, so that forgetting is one assignment.
type nonces struct {
	seed   maphash.Seed
	shards [shards]nonceShard
}

type nonceShard struct {
	mu       sync.Mutex
	now, old map[string]struct{}
	since    time.Time // when now began
}

func newNonces() *nonces { return &nonces{seed: maphash.MakeSeed()} }

// use reports whether the nonce is new, and remembers it.
func (n *nonces) use(nonce string, at time.Time) bool {
	s := &n.shards[maphash.String(n.seed, nonce)%shards]
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.now == nil || at.Sub(s.since) > remember {
		s.old, s.now, s.since = s.now, map[string]struct{}{}, at
	}
	if _, used := s.now[nonce]; used {
		return false
	}
	if _, used := s.old[nonce]; used {
		return false
	}
	s.now[strings.Clone(nonce)] = struct{}{}
	return true
}
