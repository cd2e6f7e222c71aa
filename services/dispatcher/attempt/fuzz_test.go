package attempt

import (
	"bufio"
	"net"
	"testing"
	"time"
	"unicode/utf8"

	v1 "github.com/orderwire/orderwire/proto/orderwire/v1"
)

// Whatever a receiver sends, an attempt ends with a result that can be stored.
func FuzzResponse(f *testing.F) {
	for _, seed := range []string{
		"", "HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 503 No\r\nRetry-After: 5\r\nDate: Mon, 04 May 2026 12:00:00 GMT\r\nContent-Length: 3\r\n\r\nabc",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", "HTTP/1.1 302 Found\r\nLocation: \xff\xfe\r\n\r\n",
		"HTTP/1.1 101 Switching Protocols\r\n\r\nxyz", "HTTP/1.0 999 \x1b[31m\r\n\r\n", "HTTP/1.1 000 \n\n0",
		"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 429 x\r\nRetry-After: Fri, 31 Dec 9999 23:59:59 GMT\r\n\r\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, answer []byte) {
		client := New(Config{Lookup: lookup, Dial: pipe(func(c net.Conn) {
			if readRequest(bufio.NewReader(c)) != nil {
				_, _ = c.Write(answer)
			}
		})})
		defer client.Close()
		d := destination("http://api.test")
		d.Timeout.Total = 5 * time.Second
		r := client.Do(t.Context(), requestTo(d))
		switch {
		case r.Unknown, r.Reason < v1.Reason_DELIVERED, r.Reason > v1.Reason_GONE:
			t.Fatalf("no class: %+v", r)
		case r.Status == 0 && (r.Reason != transient || r.Err == ""):
			t.Fatalf("no response is transient, with words: %+v", r)
		case !utf8.ValidString(r.Err) || len(r.Err) > maxText+3 || len(r.Response) > MaxExcerpt:
			t.Fatalf("cannot be stored: %+v", r)
		case r.RetryAfter != 0 && (r.RetryAfter < minRetryAfter || r.RetryAfter > maxRetryAfter):
			t.Fatalf("retry after: %+v", r)
		}
	})
}
