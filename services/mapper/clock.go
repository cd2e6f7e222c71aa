package mapper

import (
	"sync/atomic"
	"time"
)

// clock is the server's time. What DELIVERIES remembers reaches back from there: a host whose own clock is days ahead would take every order for one that is
// older than what is remembered. It is set at each claim, and each time the streams are looked at; in between nobody can set it.
type clock struct{ last atomic.Pointer[told] }

// told is what the server's clock showed at one moment of ours.
type told struct{ server, own time.Time }

func (c *clock) set(server time.Time) {
	if !server.IsZero() {
		c.last.Store(&told{server: server, own: time.Now()})
	}
}

func (c *clock) now() time.Time {
	t := c.last.Load()
	if t == nil {
		return time.Now()
	}
	return t.server.Add(time.Since(t.own))
}
