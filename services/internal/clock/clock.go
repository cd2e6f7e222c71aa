// Package clock is the server's time, as well as a process can tell.
//
// Guarantees:
//  1. What was stored by the server's clock is compared with the server's clock, whatever this host's shows, and when it is set.
//  2. Between two looks it runs on undisturbed; a look that shows nothing wrong within its own uncertainty does not move it.
//
// It stops there: who looks at the server, and how often, is the services'.
package clock

import (
	"sync/atomic"
	"time"
)

// Clock is the server's time. Deliveries were stored by it, the records of waiting lanes outlive this host, and what DELIVERIES remembers reaches back from it: a host
// whose own clock is wrong, or is set while the process runs, must neither let deliveries expire, nor keep them waiting, nor take an order for one that is
// older than what is remembered. Safe for concurrent use.
type Clock struct {
	begin  time.Time
	offset atomic.Int64 // nanoseconds that the server is ahead of a clock that ran on undisturbed from begin
}

// New makes a clock that shows this host's time until it is set.
func New() *Clock { return &Clock{begin: time.Now()} }

// Now is the time.
func (c *Clock) Now() time.Time { return c.own(time.Now()).Add(time.Duration(c.offset.Load())) }

// own is what a moment would be, had nobody set this host's clock since begin.
func (c *Clock) own(moment time.Time) time.Time { return c.begin.Round(0).Add(moment.Sub(c.begin)) }

// Set takes the time that the server had at some moment between sent and received. Within that nothing is known to be wrong, and the clock stays as it is.
// A server that does not say its time changes nothing.
func (c *Clock) Set(sent, received, server time.Time) {
	if server.IsZero() {
		return
	}
	least, most := server.Sub(c.own(received)), server.Sub(c.own(sent))
	if offset := time.Duration(c.offset.Load()); offset < least || offset > most {
		c.offset.Store(int64(least + (most-least)/2))
	}
}
