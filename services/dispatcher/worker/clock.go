package worker

import (
	"sync/atomic"
	"time"
)

// Clock is the server's time, as well as this process can tell. Deliveries were stored by it, and the records of waiting lanes outlive this host: a host
// whose own clock is wrong, or is set while the process runs, must neither let deliveries expire nor keep them waiting. Safe for concurrent use.
type Clock struct {
	begin  time.Time
	offset atomic.Int64 // nanoseconds that the server is ahead of a clock that ran on undisturbed from begin
}

// NewClock makes a clock that shows this host's time until it is set.
func NewClock() *Clock { return &Clock{begin: time.Now()} }

// Now is the time.
func (c *Clock) Now() time.Time { return c.own(time.Now()).Add(time.Duration(c.offset.Load())) }

// own is what a moment would be, had nobody set this host's clock since begin.
func (c *Clock) own(moment time.Time) time.Time { return c.begin.Round(0).Add(moment.Sub(c.begin)) }

// Set takes the time that the server had at some moment between sent and received. Within that nothing is known to be wrong, and the clock stays as it is.
func (c *Clock) Set(sent, received, server time.Time) {
	least, most := server.Sub(c.own(received)), server.Sub(c.own(sent))
	if offset := time.Duration(c.offset.Load()); offset < least || offset > most {
		c.offset.Store(int64(least + (most-least)/2))
	}
}
