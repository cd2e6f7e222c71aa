package dial

import (
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"
	"time"
)

// Phase of making a connection.
type Phase int

// Phases in their order.
const (
	Resolve Phase = iota + 1
	Connect
	TLS
)

// ErrRefused is wrapped by an error about an address that the destination may not have.
var ErrRefused = errors.New("address refused")

// Error says which phase failed, and how. Its text names the host and never a URL.
type Error struct {
	Phase Phase
	// Host is the destination's host, without port.
	Host string
	// Timeout is the phase's time-out when it ran out, else 0.
	Timeout time.Duration
	Err     error
}

// phases in words, with what an operator can try.
var phases = [...]struct{ doing, try string }{
	Resolve: {"resolve", "check the host in the url, and this machine's DNS"},
	Connect: {"connect to", "is it up, and reachable from this machine?"},
	TLS:     {"shake hands (TLS) with", "does this port speak TLS, with a certificate for this host by an authority that this machine trusts?"},
}

func (e *Error) Error() string {
	what := phases[e.Phase]
	switch {
	case e.Timeout > 0:
		return fmt.Sprintf("%s %s: no answer within %v (try: %s)", what.doing, e.Host, e.Timeout, what.try)
	case e.Refused(): // it has a better one
		return fmt.Sprintf("%s %s: %v", what.doing, e.Host, e.Err)
	default:
		return fmt.Sprintf("%s %s: %v (try: %s)", what.doing, e.Host, e.Err, what.try)
	}
}

func (e *Error) Unwrap() error { return e.Err }

// Refused reports that the address, and not the network, was in the way.
func (e *Error) Refused() bool { return e.Timeout == 0 && errors.Is(e.Err, ErrRefused) }

// Silent reports that the other side said nothing: a time-out, or a connection that broke. A handshake that failed otherwise was answered: by a
// certificate that is not good, an alert, or something that is not TLS.
func (e *Error) Silent() bool {
	return e.Timeout > 0 || broken(e.Err)
}

// broken reports that a connection ended or could not be used, rather than that something wrong was said on it.
func broken(err error) bool {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.ErrClosedPipe) || errors.Is(err, net.ErrClosed) {
		return true
	}
	var errno syscall.Errno
	return errors.As(err, &errno)
}
