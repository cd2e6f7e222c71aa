package attempt

import (
	"bytes"
	"context"
	"io"
	"net/http/httptrace"
	"sync/atomic"
	"time"
)

// sending follows a request out. A new one for each attempt: the transport may still hold it when the response has been read.
type sending struct {
	data  []byte
	start time.Time
	trace httptrace.ClientTrace
	// after is when the request had its connection, in nanoseconds since start; 0: not yet.
	after atomic.Int64
}

func newSending(data []byte, start time.Time) *sending {
	s := &sending{data: data, start: start}
	s.trace.GotConn = s.gotConn
	return s
}

// traced returns a context under which the transport reports to s.
func (s *sending) traced(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &s.trace)
}

func (s *sending) gotConn(httptrace.GotConnInfo) {
	s.after.Store(max(1, int64(time.Since(s.start))))
}

// began returns since when the request is on its connection, and whether it is.
func (s *sending) began() (time.Time, bool) {
	after := s.after.Load()
	return s.start.Add(time.Duration(after)), after > 0
}

// body of the request. net/http knows this type: it sends head and body in one packet, where it would flush the head before a reader of ours.
func (s *sending) body() io.ReadCloser { return io.NopCloser(bytes.NewReader(s.data)) }

// again is a request's GetBody: for a connection that died before anything was written.
func (s *sending) again() (io.ReadCloser, error) { return s.body(), nil }
