package attempt

import (
	"errors"
	"io"
	"net/http"
	"sync"

	"github.com/orderwire/orderwire/services/internal/process"
)

const (
	// MaxExcerpt bounds what is kept of a response's body, in bytes.
	MaxExcerpt = 16 << 10
	// maxBody bounds what is read of it so that the connection can be used again. Of a longer one the rest is cut off with the connection.
	maxBody = 64 << 10
	// widest is how much longer a secret can get by being escaped: a byte becomes \u0000 in JSON.
	widest = 6
)

// buffers of at least MaxExcerpt bytes.
var buffers = sync.Pool{New: func() any {
	b := make([]byte, MaxExcerpt+1<<10)
	return &b
}}

// readExcerpt returns the beginning of the body without secrets, and closes it. longest is the length of the longest secret: so much more is
// read before it is cut, so that no part of one is left at the end. A body in a content encoding is not kept: nothing can be found in it.
func readExcerpt(resp *http.Response, longest int) ([]byte, error) {
	defer resp.Body.Close() //nolint:errcheck // nothing more is wanted of it
	if resp.Body == http.NoBody || resp.StatusCode == http.StatusSwitchingProtocols {
		return nil, nil
	}
	buffer := buffers.Get().(*[]byte)
	defer buffers.Put(buffer)
	if need := MaxExcerpt + widest*longest; len(*buffer) < need {
		*buffer = make([]byte, need)
	}
	n, err := fill(resp.Body, *buffer)
	if err == nil {
		_, err = io.CopyN(io.Discard, resp.Body, max(0, maxBody-int64(n)))
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	if n == 0 || encoded(resp) {
		return nil, err
	}
	clean := process.Redact(string((*buffer)[:n]))
	return []byte(clean[:min(len(clean), MaxExcerpt)]), err
}

// fill reads until b is full (nil), the end (io.EOF), or an error. Unlike io.ReadFull it tells a body that ended from one that broke off.
func fill(r io.Reader, b []byte) (int, error) {
	n := 0
	for n < len(b) {
		m, err := r.Read(b[n:])
		n += m
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

func encoded(resp *http.Response) bool {
	e := resp.Header.Get("Content-Encoding")
	return e != "" && e != "identity"
}
