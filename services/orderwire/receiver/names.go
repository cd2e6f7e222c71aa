package receiver

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"sync"
)

// The API treats header names as case-sensitive, and net/http makes them canonical before a handler sees them. So the bytes of a
// connection are kept until the request that they belong to is checked.

// keepBytes is enough for the header of a request; of more, the newest are kept.
const keepBytes = 16 << 10

type rawConn struct {
	net.Conn
	mu  sync.Mutex
	raw []byte
}

func (c *rawConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.mu.Lock()
	c.raw = append(c.raw, b[:n]...)
	if extra := len(c.raw) - keepBytes; extra > 0 {
		c.raw = append(c.raw[:0], c.raw[extra:]...)
	}
	c.mu.Unlock()
	return n, err
}

// NetConn is the connection below, which can be reset.
func (c *rawConn) NetConn() net.Conn { return c.Conn }

// saw reports whether the lines were read since it was last asked, in this spelling.
func (c *rawConn) saw(lines ...string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := true
	for _, l := range lines {
		all = all && bytes.Contains(c.raw, []byte(l))
	}
	c.raw = c.raw[:0]
	return all
}

type rawListener struct{ net.Listener }

func (l rawListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &rawConn{Conn: c}, nil
}

type rawKey struct{}

func withRaw(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, rawKey{}, c)
}

// lowerNames reports whether the two headers of the scheme came in lower case. Their values are unique to the request (a nonce is in
// one, a signature over it in the other), so earlier bytes of the connection cannot stand in for them. Without Serve it cannot be
// known, and is not held against the client.
func lowerNames(req *http.Request) bool {
	c, ok := req.Context().Value(rawKey{}).(*rawConn)
	if !ok {
		return true
	}
	return c.saw("\r\nauthorization: "+req.Header.Get("Authorization")+"\r\n", "\r\nx-app-signature: "+req.Header.Get("X-App-Signature")+"\r\n")
}
