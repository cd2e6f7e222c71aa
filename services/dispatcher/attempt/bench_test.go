package attempt

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// benchServer answers as cheaply as a server can, so that the client is what is measured.
func benchServer(b *testing.B) string {
	answer := []byte("HTTP/1.1 200 OK\r\nDate: Mon, 04 May 2026 12:00:00 GMT\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n{\"status\":\"ok\"}")
	length := []byte("Content-Length: ")
	return serve(b, func(c net.Conn) {
		r := bufio.NewReader(c)
		for {
			body := 0
			for {
				line, err := r.ReadSlice('\n')
				if err != nil {
					return
				}
				if text, ok := bytes.CutPrefix(line, length); ok {
					body, _ = strconv.Atoi(string(bytes.TrimSpace(text)))
				}
				if len(line) == 2 {
					break
				}
			}
			if _, err := r.Discard(body); err != nil {
				return
			}
			if _, err := c.Write(answer); err != nil {
				return
			}
		}
	})
}

// Eight at a time, as a destination has by default.
func parallel(b *testing.B, one func() bool) {
	b.ReportAllocs()
	b.SetParallelism(4)
	var failed atomic.Int64
	before := cpu(b)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if !one() {
				failed.Add(1)
			}
		}
	})
	b.ReportMetric(float64(cpu(b)-before)/float64(b.N), "cpu-ns/op") // the server's share included
	if n := failed.Load(); n > 0 {
		b.Fatalf("%d requests failed", n)
	}
}

// cpu returns the processor time of this process so far, which other processes of a busy machine do not change.
func cpu(b *testing.B) int64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return u.Utime.Nano() + u.Stime.Nano()
}

func BenchmarkDo(b *testing.B) {
	client, d := newClient(b), destination("http://"+benchServer(b)+"/merchant")
	parallel(b, func() bool { return client.Do(b.Context(), requestTo(d)).Reason == delivered })
}

// BenchmarkBare is what a program does that only sends: http.Client with a tuned transport, the same headers and body, unsigned and unclassified.
func BenchmarkBare(b *testing.B) {
	url := "http://" + benchServer(b) + "/merchant/v1/orders/fulfillment"
	transport := &http.Transport{MaxIdleConnsPerHost: 8, DisableCompression: true}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport, Timeout: 15 * time.Second}
	r := requestTo(destination(url))
	parallel(b, func() bool {
		req, err := http.NewRequestWithContext(b.Context(), http.MethodPost, url, bytes.NewReader(r.Delivery.Request.Body))
		if err != nil {
			return false
		}
		for _, name := range []string{
			"Content-Type", "User-Agent", "Authorization", "X-App-Signature", "Webhook-Id", "Webhook-Timestamp",
			"Idempotency-Key", "Orderwire-Order", "Orderwire-Sequence", "Orderwire-Attempt", "Ce-Id",
		} {
			req.Header.Set(name, "0123456789abcdef0123456789abcdef")
		}
		resp, err := client.Do(req)
		if err != nil {
			return false
		}
		_, err = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
		return err == nil && resp.StatusCode == http.StatusOK
	})
}
