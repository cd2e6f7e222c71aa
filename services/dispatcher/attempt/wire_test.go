package attempt

import (
	"bufio"
	"crypto/tls"
	"io"
	"net"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	v1 "github.com/orderwire/orderwire/proto/orderwire/v1"
	"github.com/orderwire/orderwire/services/dispatcher/dial/dialtest"
	"github.com/orderwire/orderwire/services/internal/config"
)

const (
	transient = v1.Reason_TRANSIENT
	fault     = v1.Reason_ENDPOINT_FAULT
	permanent = v1.Reason_PERMANENT
	delivered = v1.Reason_DELIVERED
)

// outcome is what a Result is expected to say.
type outcome struct {
	reason v1.Reason
	status int
	text   string // in Err
}

func (o outcome) check(t *testing.T, r Result) {
	t.Helper()
	require.Equal(t, o.reason, r.Reason, "%+v", r)
	require.Equal(t, o.status, r.Status, "%+v", r)
	require.Contains(t, r.Err, o.text)
	require.False(t, r.Unknown)
	require.Positive(t, r.Duration)
	require.True(t, utf8.ValidString(r.Err))
	if o.text == "" {
		require.Empty(t, r.Err)
	}
}

func short(d *config.Destination) { d.Timeout.Total = 500 * time.Millisecond }

// Every way in which a receiver can fail on a connection.
func TestAnswersOnTheWire(t *testing.T) {
	endless := func(first, rest string) func(net.Conn) {
		return func(c net.Conn) {
			_ = readRequest(bufio.NewReader(c))
			_, err := io.WriteString(c, first)
			for err == nil {
				_, err = io.WriteString(c, rest)
			}
		}
	}
	drip := func(first string) func(net.Conn) {
		return func(c net.Conn) {
			_ = readRequest(bufio.NewReader(c))
			_, err := io.WriteString(c, first)
			for tick := time.NewTicker(5 * time.Millisecond); err == nil; <-tick.C {
				_, err = io.WriteString(c, "x")
			}
		}
	}
	cases := map[string]struct {
		handle func(net.Conn)
		change func(*config.Destination)
		want   outcome
	}{
		"delivered":                   {answering("HTTP/1.1 204 No Content\r\n\r\n"), nil, outcome{delivered, 204, ""}},
		"HTTP/1.0":                    {answering("HTTP/1.0 200 OK\r\n\r\nhello"), nil, outcome{delivered, 200, ""}},
		"interim status goes first":   {answering("HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), nil, outcome{delivered, 200, ""}},
		"switching protocols":         {answering("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"), nil, outcome{fault, 101, "interim"}},
		"status 099":                  {answering("HTTP/1.1 099 Odd\r\nContent-Length: 0\r\n\r\n"), nil, outcome{fault, 99, "no HTTP status"}},
		"status 000":                  {answering("HTTP/1.1 000 Odd\r\n\r\n"), nil, outcome{transient, 0, "malformed HTTP status code"}},
		"status 600":                  {answering("HTTP/1.1 600 Odd\r\nContent-Length: 0\r\n\r\n"), nil, outcome{fault, 600, "no HTTP status"}},
		"status 999":                  {answering("HTTP/1.1 999 Odd\r\nContent-Length: 0\r\n\r\n"), nil, outcome{fault, 999, "no HTTP status"}},
		"closed without an answer":    {answering(), nil, outcome{transient, 0, "EOF"}},
		"closed at once":              {func(net.Conn) {}, nil, outcome{transient, 0, "send request"}},
		"reset":                       {func(c net.Conn) { answering()(c); _ = c.(*net.TCPConn).SetLinger(0) }, nil, outcome{transient, 0, "reset"}},
		"closed in the status line":   {answering("HTTP/1.1 20"), nil, outcome{transient, 0, "malformed HTTP status code"}},
		"closed after a header":       {answering("HTTP/1.1 200 OK\r\nServer: x\r\n"), nil, outcome{transient, 0, "EOF"}},
		"closed in the head":          {answering("HTTP/1.1 200 OK\r\nContent-Le"), nil, outcome{transient, 0, "missing colon"}},
		"not HTTP":                    {answering("SSH-2.0-OpenSSH_9.2\r\n"), nil, outcome{transient, 0, "malformed HTTP response"}},
		"HTTP/0.9":                    {answering("<html>hello</html>\n"), nil, outcome{transient, 0, "malformed HTTP response"}},
		"status is no number":         {answering("HTTP/1.1 abc OK\r\n\r\n"), nil, outcome{transient, 0, "malformed HTTP status code"}},
		"status has four digits":      {answering("HTTP/1.1 2000 OK\r\n\r\n"), nil, outcome{transient, 0, "malformed HTTP status code"}},
		"HTTP/9":                      {answering("HTTP/x.1 200 OK\r\n\r\n"), nil, outcome{transient, 0, "malformed HTTP version"}},
		"garbage as header":           {answering("HTTP/1.1 200 OK\r\n\x1b[31m\x00\xff\r\n\r\n"), nil, outcome{transient, 0, "malformed MIME header"}},
		"two lengths":                 {answering("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx"), nil, outcome{transient, 0, "Content-Length"}},
		"head without end":            {endless("HTTP/1.1 200 OK\r\n", "X-Header: "+strings.Repeat("x", 1000)+"\r\n"), nil, outcome{transient, 0, "headers exceeded"}},
		"header line without end":     {endless("HTTP/1.1 200 OK\r\nX: ", strings.Repeat("x", 1000)), nil, outcome{transient, 0, "headers exceeded"}},
		"interim answers without end": {endless("", "HTTP/1.1 100 Continue\r\n\r\n"), nil, outcome{transient, 0, "headers exceeded"}},
		"silence":                     {untilClosed, short, outcome{transient, 0, "none within 500ms on an open connection"}},
		"head drips":                  {drip("HTTP/1.1 200 OK\r\nX: "), short, outcome{transient, 0, "none within 500ms"}},
		"body drips":                  {drip("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"), short, outcome{delivered, 200, "the body broke off"}},
		"body drips, refused":         {drip("HTTP/1.1 422 No\r\nContent-Length: 100000\r\n\r\n"), short, outcome{permanent, 422, "the body broke off"}},
		"body without end":            {endless("HTTP/1.1 200 OK\r\n\r\n", strings.Repeat("x", 1000)), nil, outcome{delivered, 200, ""}},
		"body of a terabyte":          {endless("HTTP/1.1 503 No\r\nContent-Length: 1099511627776\r\n\r\n", strings.Repeat("x", 1000)), nil, outcome{transient, 503, ""}},
		"body breaks off":             {answering("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhello"), nil, outcome{delivered, 200, "the body broke off: unexpected EOF"}},
		"body breaks off, failing":    {answering("HTTP/1.1 500 No\r\nContent-Length: 100\r\n\r\nhello"), nil, outcome{transient, 500, "the body broke off"}},
		"chunks are malformed":        {answering("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"), nil, outcome{delivered, 200, "the body broke off"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			d := destination("http://" + serve(t, c.handle))
			if c.change != nil {
				c.change(d)
			}
			r := newClient(t).Do(t.Context(), requestTo(d))
			c.want.check(t, r)
			require.LessOrEqual(t, len(r.Response), MaxExcerpt)
		})
	}
}

// An answer before the question is seen as one, or as a broken connection, depending on who is faster.
func TestAnswerBeforeTheRequest(t *testing.T) {
	address := serve(t, func(c net.Conn) {
		_, _ = io.WriteString(c, "HTTP/1.1 408 Timeout\r\nContent-Length: 0\r\n\r\n")
		untilClosed(c)
	})
	r := newClient(t).Do(t.Context(), requestTo(destination("http://"+address)))
	require.Equal(t, transient, r.Reason, "%+v", r)
}

// Every way in which no connection comes about.
func TestConnectionsThatFail(t *testing.T) {
	soon := time.Now().Add(24 * time.Hour)
	good := authority.Certificate(soon, "127.0.0.1", "api.test")
	ok := answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
	withTLS := func(cert tls.Certificate) string {
		return "https://" + serve(t, overTLS(&tls.Config{Certificates: []tls.Certificate{cert}}, ok)) + "/merchant"
	}
	old := &tls.Config{Certificates: []tls.Certificate{good}, MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10}
	// With TLS 1.3 the handshake would be over before the server looks.
	asking := &tls.Config{Certificates: []tls.Certificate{good}, ClientAuth: tls.RequireAnyClientCert, MaxVersion: tls.VersionTLS12}
	quick := func(d *config.Destination) {
		d.Timeout.DNS, d.Timeout.Connect = 300*time.Millisecond, 300*time.Millisecond
	}
	noAllow := func(d *config.Destination) { d.Network.Allow = nil }
	cases := map[string]struct {
		url    string
		change func(*config.Destination)
		want   outcome
	}{
		"good TLS":             {withTLS(good), nil, outcome{delivered, 200, ""}},
		"no such host":         {"https://nosuch.test", nil, outcome{transient, 0, "no such host"}},
		"resolver is silent":   {"https://silent.test", quick, outcome{transient, 0, "resolve silent.test: no answer within 300ms"}},
		"resolver fails":       {"https://broken.test", nil, outcome{transient, 0, "server misbehaving"}},
		"connection refused":   {"http://" + dialtest.ClosedPort(t), nil, outcome{transient, 0, "connection refused"}},
		"connecting is stuck":  {"http://" + dialtest.SilentPort(t), quick, outcome{transient, 0, "no answer within 300ms"}},
		"stuck until the end":  {"http://" + dialtest.SilentPort(t), short, outcome{transient, 0, "await response: none within 500ms"}},
		"address refused":      {"http://127.0.0.1:80", noAllow, outcome{fault, 0, "try network: {allow: [127.0.0.1/32]}"}},
		"localhost refused":    {"http://localhost", noAllow, outcome{fault, 0, "address refused"}},
		"name of a private":    {"https://private.test", nil, outcome{fault, 0, "10.1.2.3 is not a public address"}},
		"unknown authority":    {withTLS(dialtest.NewAuthority().Certificate(soon, "127.0.0.1")), nil, outcome{fault, 0, "unknown authority"}},
		"expired":              {withTLS(authority.Certificate(time.Now().Add(-time.Hour), "127.0.0.1")), nil, outcome{fault, 0, "expired"}},
		"of another host":      {withTLS(authority.Certificate(soon, "other.test")), nil, outcome{fault, 0, "127.0.0.1"}},
		"no TLS there":         {"https://" + serve(t, func(c net.Conn) { _, _ = io.WriteString(c, "HTTP/1.1 400 Bad Request\r\n\r\n"); untilClosed(c) }), nil, outcome{fault, 0, "first record does not look like a TLS handshake"}},
		"TLS is too old":       {"https://" + serve(t, overTLS(old, ok)), nil, outcome{fault, 0, "protocol version"}},
		"wants a certificate":  {"https://" + serve(t, overTLS(asking, ok)), nil, outcome{fault, 0, "tls: "}},
		"handshake breaks off": {"https://" + serve(t, func(c net.Conn) { _, _ = c.Read(make([]byte, 1)) }), nil, outcome{transient, 0, "shake hands"}},
		"handshake is silent":  {"https://" + serve(t, untilClosed), quick, outcome{transient, 0, "shake hands (TLS) with 127.0.0.1: no answer within 300ms"}},
		"http to TLS":          {"http://" + serve(t, func(c net.Conn) { _ = tls.Server(c, &tls.Config{Certificates: []tls.Certificate{good}}).Handshake() }), nil, outcome{transient, 0, "send request"}},
		"plain http":           {"http://api.test", func(d *config.Destination) { d.Network.PlainHTTP = false }, outcome{fault, 0, "plain_http: true"}},
		"no http at all":       {"ftp://api.test", nil, outcome{fault, 0, "not an http URL"}},
		"no url":               {"http://bad host/", nil, outcome{fault, 0, "not a URL"}},
		"missing secret":       {"http://127.0.0.1:1", func(d *config.Destination) { d.Auth[0].Secret.Env = "NOT_SET" }, outcome{fault, 0, "NOT_SET"}},
	}
	names := dialtest.DNS{"silent.test": {Silent: true}, "broken.test": {Broken: true}, "private.test": {Addresses: []string{"10.1.2.3"}}}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			d := destination(c.url)
			if c.change != nil {
				c.change(d)
			}
			client := newClient(t)
			client.resolver = dialtest.Resolver(t, names)
			c.want.check(t, client.Do(t.Context(), requestTo(d)))
		})
	}
}
