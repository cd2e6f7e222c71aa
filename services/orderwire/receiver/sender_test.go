package receiver_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orderwire/orderwire/services/orderwire/receiver"
)

const (
	key    = "acme"
	secret = "0123456789abcdef0123456789abcdef"
	suffix = "/V1/ORDERS/FULFILLMENT"
	full   = "/MERCHANT/V1/ORDERS/FULFILLMENT"
)

// sent is a request in its parts; each test spoils one of them.
type sent struct {
	method, path, url  string
	key, secret        string
	scheme             string
	timestamp, nonce   string
	signature          string // made when empty
	body, signedBody   string
	contentType        string
	order, id, attempt string
	sequence           int64
}

var nonces atomic.Int64

func good(now time.Time) sent {
	return sent{
		method: "POST", path: suffix, url: "/merchant/v1/orders/fulfillment", key: key, secret: secret, scheme: "hmac v1$",
		timestamp: strconv.FormatInt(now.UnixMilli(), 10), nonce: fmt.Sprintf("nonce-%d", nonces.Add(1)),
		body: body("SHIPPED"), contentType: "application/json",
	}
}

func body(status string) string {
	return `{"oaOrderId":"OA-1001","shopOrderId":"XKBKNABJK","status":"` + status + `","notes":""}`
}

// delivery is a right request for one delivery of an order.
func delivery(now time.Time, order string, sequence int64) sent {
	s := good(now)
	s.order, s.sequence, s.id, s.attempt = order, sequence, fmt.Sprintf("%s-%d", order, sequence), "1"
	return s
}

func (s sent) authorization() (auth, signature string) {
	text := strings.Join([]string{s.key, s.method, s.path, s.timestamp, s.nonce}, "$")
	auth = s.scheme + text
	if signed := s.signedBody + s.body; signed != "" {
		sum := sha256.Sum256([]byte(signed))
		text += "$" + base64.StdEncoding.EncodeToString(sum[:])
	}
	m := hmac.New(sha256.New, []byte(s.secret))
	m.Write([]byte(text))
	if signature = s.signature; signature == "" {
		signature = base64.StdEncoding.EncodeToString(m.Sum(nil))
	}
	return auth, signature
}

func (s sent) request(base string) *http.Request {
	r := httptest.NewRequest(s.method, base+s.url, strings.NewReader(s.body))
	r.RequestURI = ""
	auth, signature := s.authorization()
	r.Header["authorization"], r.Header["x-app-signature"] = []string{auth}, []string{signature}
	if s.contentType != "" {
		r.Header.Set("Content-Type", s.contentType)
	}
	if s.order != "" {
		r.Header.Set("Orderwire-Order", s.order)
		r.Header.Set("Orderwire-Sequence", strconv.FormatInt(s.sequence, 10))
		r.Header.Set("Orderwire-Attempt", s.attempt)
		r.Header.Set("webhook-id", s.id)
	}
	return r
}

// to hands the request to the handler as a server would: with canonical header names.
func (s sent) to(h http.Handler) *httptest.ResponseRecorder {
	r := s.request("")
	for name, v := range r.Header {
		delete(r.Header, name)
		r.Header[http.CanonicalHeaderKey(name)] = v
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func newReceiver(t *testing.T, change ...func(*receiver.Config)) *receiver.Receiver {
	t.Helper()
	c := receiver.Config{Credentials: map[string]string{key: secret}}
	for _, f := range change {
		f(&c)
	}
	r, err := receiver.New(c)
	require.NoError(t, err)
	return r
}
