package attempt

import (
	"bufio"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	v1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/internal/config"
)

// capture answers one request with 204 and keeps its bytes.
func capture(t *testing.T) (address string, head chan string) {
	head = make(chan string, 1)
	address = serve(t, func(c net.Conn) {
		var raw strings.Builder
		if readRequest(bufio.NewReader(io.TeeReader(c, &raw))) != nil {
			head <- raw.String()
			_, _ = io.WriteString(c, "HTTP/1.1 204 No Content\r\n\r\n")
		}
	})
	return address, head
}

func TestRequestOnTheWire(t *testing.T) {
	address, raw := capture(t)
	before := time.Now()
	result := newClient(t).Do(t.Context(), requestTo(destination("http://"+address+"/merchant/")))
	require.Equal(t, delivered, result.Reason, "%+v", result)
	after := time.Now()

	head, body, _ := strings.Cut(<-raw, "\r\n\r\n")
	require.Equal(t, shipped, []byte(body), "byte for byte")
	lines := strings.Split(head, "\r\n")
	require.Equal(t, "POST /merchant/v1/orders/fulfillment HTTP/1.1", lines[0])
	got := map[string]string{}
	for _, line := range lines[1:] {
		name, value, _ := strings.Cut(line, ": ")
		require.NotContains(t, got, name, "sent twice")
		got[name] = value
	}

	timestamp, err := strconv.ParseInt(got["webhook-timestamp"], 10, 64)
	require.NoError(t, err)
	require.LessOrEqual(t, before.Unix(), timestamp)
	require.GreaterOrEqual(t, after.Unix(), timestamp)
	signed, ok := strings.CutPrefix(got["authorization"], "hmac v1$")
	require.True(t, ok)
	parts := strings.Split(signed, "$")
	require.Equal(t, []string{"acme", "POST", "/V1/ORDERS/FULFILLMENT"}, parts[:3])
	require.Len(t, parts[3], 13, "milliseconds")
	hash := sha256.Sum256([]byte(body))
	mac := hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(mac, "%s$%s", signed, base64.StdEncoding.EncodeToString(hash[:]))
	require.Equal(t, base64.StdEncoding.EncodeToString(mac.Sum(nil)), got["x-app-signature"])

	delete(got, "webhook-timestamp")
	delete(got, "authorization")
	delete(got, "x-app-signature")
	require.Equal(t, map[string]string{
		"Host": address, "User-Agent": "orderwire/1.2.3", "Content-Length": strconv.Itoa(len(body)), "content-type": "application/json",
		"webhook-id": "00112233445566778899aabbccddeeff", "idempotency-key": "00112233445566778899aabbccddeeff",
		"orderwire-order": "acme-fr.1042", "orderwire-sequence": "1718000000000001", "orderwire-attempt": "3", "ce-id": "h7",
	}, got)
}

func TestRequestWithoutBody(t *testing.T) {
	address, raw := capture(t)
	d := destination("http://" + address)
	d.Auth = []config.Auth{{Type: config.APIKey, Header: "X-Api-KEY", Secret: config.Secret{Env: "OPENAPP_SECRET"}}}
	r := requestTo(d)
	r.Delivery.Request = &v1.Request{Method: "DELETE", Path: "orders/7?force=1"}
	require.Equal(t, delivered, newClient(t).Do(t.Context(), r).Reason)
	head := <-raw
	require.True(t, strings.HasPrefix(head, "DELETE /orders/7?force=1 HTTP/1.1\r\n"), head)
	require.Contains(t, head, "\r\nX-Api-KEY: "+secret+"\r\n", "spelt as configured")
	require.NotContains(t, head, "content-type")
}

func TestTargets(t *testing.T) {
	cases := map[string]struct{ base, path, url, whole, suffix string }{
		"joined":               {"https://a.test/merchant", "/v1/x", "https://a.test/merchant/v1/x", "/merchant/v1/x", "/v1/x"},
		"slash at the end":     {"https://a.test/merchant/", "/v1/x", "https://a.test/merchant/v1/x", "/merchant/v1/x", "/v1/x"},
		"slashes at the end":   {"https://a.test/merchant//", "//v1/x", "https://a.test/merchant/v1/x", "/merchant/v1/x", "/v1/x"},
		"no slash":             {"https://a.test/merchant", "v1/x", "https://a.test/merchant/v1/x", "/merchant/v1/x", "/v1/x"},
		"no path":              {"https://a.test/merchant", "", "https://a.test/merchant", "/merchant", "/"},
		"no base path":         {"https://a.test", "/v1/x", "https://a.test/v1/x", "/v1/x", "/v1/x"},
		"nothing at all":       {"https://a.test", "", "https://a.test", "/", "/"},
		"port":                 {"https://a.test:8443/m", "/x", "https://a.test:8443/m/x", "/m/x", "/x"},
		"query":                {"https://a.test/m", "/x?a=1", "https://a.test/m/x?a=1", "/m/x", "/x"},
		"escaped":              {"https://a.test/m", "/za%c5%bc/x", "https://a.test/m/za%c5%bc/x", "/m/za%c5%bc/x", "/za%c5%bc/x"},
		"to be escaped":        {"https://a.test/m", "/zaż x", "https://a.test/m/za%C5%BC%20x", "/m/za%C5%BC%20x", "/za%C5%BC%20x"},
		"fragment goes":        {"https://a.test/m", "/x#y", "https://a.test/m/x", "/m/x", "/x"},
		"host cannot be moved": {"https://a.test", "@evil.test/x", "https://a.test/@evil.test/x", "/@evil.test/x", "/@evil.test/x"},
		"nor with slashes":     {"https://a.test", "//evil.test/x", "https://a.test/evil.test/x", "/evil.test/x", "/evil.test/x"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			target, err := newTarget(strings.TrimRight(c.base, "/"), c.path)
			require.NoError(t, err)
			require.Equal(t, c.url, target.url.String())
			require.Equal(t, c.whole, target.path)
			require.Equal(t, c.suffix, target.suffix)
		})
	}
}

func TestDeliveriesThatCannotBeSent(t *testing.T) {
	cases := map[string]struct {
		change func(*Request)
		text   string
	}{
		"no request":           {func(r *Request) { r.Delivery.Request = nil }, "method"},
		"method":               {func(r *Request) { r.Delivery.Request.Method = "PO ST" }, "method"},
		"CONNECT":              {func(r *Request) { r.Delivery.Request.Method = "CONNECT" }, "method"},
		"path":                 {func(r *Request) { r.Delivery.Request.Path = "/a%zz" }, "path"},
		"path with a line":     {func(r *Request) { r.Delivery.Request.Path = "/a\r\nX: y" }, "path"},
		"header's name":        {func(r *Request) { r.Delivery.Request.Headers = map[string]string{"a b": "c"} }, "header"},
		"header's value":       {func(r *Request) { r.Delivery.Request.Headers = map[string]string{"a": "b\r\nc: d"} }, "header a"},
		"header of ours":       {func(r *Request) { r.Delivery.Request.Headers = map[string]string{"Webhook-Id": "x"} }, "webhook-id"},
		"header of the length": {func(r *Request) { r.Delivery.Request.Headers = map[string]string{"content-length": "0"} }, "content-length"},
		"content type":         {func(r *Request) { r.Delivery.Request.ContentType = "text/plain\nx" }, "content-type"},
		"order":                {func(r *Request) { r.Order = "10\n42" }, "orderwire-order"},
	}
	var hits int
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { hits++ }))
	defer server.Close()
	client := newClient(t)
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			r := requestTo(destination(server.URL))
			c.change(&r)
			outcome{permanent, 0, c.text}.check(t, client.Do(t.Context(), r))
		})
	}
	require.Zero(t, hits)
}

func TestRedirectsAndCookiesAreNotFollowed(t *testing.T) {
	var paths []string
	var cookies int
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		paths = append(paths, r.URL.Path)
		cookies += len(r.Cookies())
		w.Header().Set("Set-Cookie", "a=b")
		w.Header().Set("Location", "https://user:pw@other.test/\u202e")
		w.WriteHeader(307)
	}))
	defer server.Close()
	client := newClient(t)
	for range 2 {
		r := client.Do(t.Context(), requestTo(destination(server.URL)))
		outcome{fault, 307, "it points to https://[redacted]@other.test/·"}.check(t, r)
	}
	require.Equal(t, []string{"/v1/orders/fulfillment", "/v1/orders/fulfillment"}, paths)
	require.Zero(t, cookies)
}

func TestHeadOfTheResponse(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Date", time.Now().Add(-2*time.Minute).UTC().Format(http.TimeFormat))
		w.Header().Set("Retry-After", "90")
		w.WriteHeader(429)
		_, _ = io.WriteString(w, "slow down")
	}))
	defer server.Close()
	r := newClient(t).Do(t.Context(), requestTo(destination(server.URL)))
	outcome{transient, 429, ""}.check(t, r)
	require.Equal(t, "slow down", string(r.Response))
	require.Equal(t, 90*time.Second, r.RetryAfter)
	require.True(t, r.HasSkew)
	require.InDelta(t, -120, r.Skew.Seconds(), 2)
}

func TestContextThatEndsMakesTheOutcomeUnknown(t *testing.T) {
	asked := make(chan struct{}, 1)
	address := serve(t, func(c net.Conn) {
		if readRequest(bufio.NewReader(c)) != nil {
			asked <- struct{}{}
			untilClosed(c)
		}
	})
	d := destination("http://" + address)
	client := newClient(t)

	over, cancel := context.WithCancel(t.Context())
	cancel()
	r := client.Do(over, requestTo(d))
	require.True(t, r.Unknown)
	require.Zero(t, r.Reason)

	leased, end := context.WithCancelCause(t.Context())
	go func() { <-asked; end(errors.New("lease is over")) }()
	r = client.Do(leased, requestTo(d))
	require.True(t, r.Unknown)
	require.Zero(t, r.Reason)
	require.Contains(t, r.Err, "given up without an answer: lease is over")
}

// The status decides, even when the context ends while the body is read.
func TestContextThatEndsAfterTheStatus(t *testing.T) {
	address := serve(t, func(c net.Conn) {
		if readRequest(bufio.NewReader(c)) != nil {
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345")
			untilClosed(c)
		}
	})
	ctx, cancel := context.WithCancel(t.Context())
	client := New(Config{Lookup: lookup, Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := new(net.Dialer).DialContext(ctx, network, address)
		return &secondRead{Conn: c, then: cancel}, err
	}})
	defer client.Close()
	r := client.Do(ctx, requestTo(destination("http://"+address)))
	require.Equal(t, delivered, r.Reason, "%+v", r)
	require.False(t, r.Unknown)
	require.Equal(t, "12345", string(r.Response))
	require.Contains(t, r.Err, "the body broke off")
}

// secondRead does something when more is wanted than came first: the head has been understood by then.
type secondRead struct {
	net.Conn
	reads atomic.Int32
	then  func()
}

func (c *secondRead) Read(p []byte) (int, error) {
	if c.reads.Add(1) == 2 {
		c.then()
	}
	return c.Conn.Read(p)
}
