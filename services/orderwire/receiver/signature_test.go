package receiver_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orderwire/orderwire/services/orderwire/receiver"
)

// Made with openssl:
//
//	H=$(printf %s "$BODY" | openssl dgst -sha256 -binary | base64)
//	printf %s "acme\$POST\$$PATH\$1760000000000\$$NONCE\$$H" | openssl dgst -sha256 -hmac "$SECRET" -binary | base64
func TestVectors(t *testing.T) {
	at := time.UnixMilli(1760000000000)
	shipped := `{"oaOrderId":"OA-1001","shopOrderId":"XKBKNABJK","status":"SHIPPED","notes":""}`
	for _, c := range []struct {
		name            string
		form            receiver.PathForm
		path, nonce     string
		body, signature string
	}{
		{"suffix", receiver.Suffix, suffix, "4f9d5c0b7a3e4d21", shipped, "Z4gLW++B91cF8C39hnWnHpDk5xQ7R8Rs1/+XmmMNys0="},
		{"full", receiver.Full, full, "4f9d5c0b7a3e4d21", shipped, "dxn4RDSMFvDThaJRgvJ57ly7e56Ro6AWoOc9Co40yFM="},
		{
			"shipping and letters beyond ASCII", receiver.Suffix, suffix, "a",
			`{"oaOrderId":"OA-2","shopOrderId":"Zażółć","status":"DELIVERED","notes":"gęślą","shipping":{"operator":"INPOST_APM","trackingCode":"6200","trackingUrl":"https://t.example/6200"}}`,
			"l96LHRsl5vHeJGmA+HAukM2uZK3MfHsrNRdjGmKh7Ew=",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newReceiver(t, func(rc *receiver.Config) { rc.Path, rc.Now = c.form, func() time.Time { return at } })
			s := good(at)
			s.path, s.nonce, s.body, s.signature = c.path, c.nonce, c.body, c.signature
			require.Equal(t, 200, s.to(r).Code)
			require.Equal(t, 1, r.Stats().Accepted)
		})
	}
}

func TestEveryWrongPartIsRefused(t *testing.T) {
	now := time.Now().Truncate(time.Millisecond)
	ms := func(d time.Duration) string { return strconv.FormatInt(now.Add(d).UnixMilli(), 10) }
	for _, c := range []struct {
		name  string
		spoil func(*sent)
		code  int
	}{
		{"nothing", func(*sent) {}, 200},
		{"timestamp 60 s old", func(s *sent) { s.timestamp = ms(-60 * time.Second) }, 200},
		{"timestamp 60 s ahead", func(s *sent) { s.timestamp = ms(60 * time.Second) }, 200},
		{"nonce of 64", func(s *sent) { s.nonce = strings.Repeat("n", 64) }, 200},
		{"content type with charset", func(s *sent) { s.contentType = "application/json; charset=utf-8" }, 200},

		{"another secret", func(s *sent) { s.secret = "wrong" }, 401},
		{"another key", func(s *sent) { s.key = "other" }, 401},
		{"another scheme", func(s *sent) { s.scheme = "hmac v2$" }, 401},
		{"scheme in capitals", func(s *sent) { s.scheme = "HMAC v1$" }, 401},
		{"path in lower case", func(s *sent) { s.path = strings.ToLower(suffix) }, 401},
		{"full path where the suffix is signed", func(s *sent) { s.path = full }, 401},
		{"another path", func(s *sent) { s.path = "/V1/ORDERS/MULTIFULFILLMENT" }, 401},
		{"timestamp over 60 s old", func(s *sent) { s.timestamp = ms(-60*time.Second - time.Millisecond) }, 401},
		{"timestamp over 60 s ahead", func(s *sent) { s.timestamp = ms(60*time.Second + time.Millisecond) }, 401},
		{"timestamp in seconds", func(s *sent) { s.timestamp = strconv.FormatInt(now.Unix(), 10) }, 401},
		{"timestamp with a leading zero", func(s *sent) { s.timestamp = "0" + s.timestamp }, 401},
		{"timestamp no number", func(s *sent) { s.timestamp = "now" }, 401},
		{"nonce empty", func(s *sent) { s.nonce = "" }, 401},
		{"nonce of 65", func(s *sent) { s.nonce = strings.Repeat("n", 65) }, 401},
		{"nonce with a separator", func(s *sent) { s.nonce = "a$b" }, 401},
		{"signature cut", func(s *sent) { s.signature = "Z4gLW++B91cF8C39" }, 401},
		{"signature no base64", func(s *sent) { s.signature = "?" }, 401},
		{"body changed after signing", func(s *sent) { s.signedBody = " " }, 401},

		{"no content type", func(s *sent) { s.contentType = "" }, 415},
		{"another content type", func(s *sent) { s.contentType = "text/plain" }, 415},
		{"GET", func(s *sent) { s.method = "GET" }, 405},
		{"another endpoint", func(s *sent) { s.url = "/merchant/v1/orders/multiFulfillment" }, 404},
		{"without the base", func(s *sent) { s.url = "/v1/orders/fulfillment" }, 404},
		{"too large", func(s *sent) { s.body = strings.Repeat(" ", receiver.MaxBody+1) }, 413},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newReceiver(t, func(rc *receiver.Config) { rc.Now = func() time.Time { return now } })
			s := good(now)
			c.spoil(&s)
			w := s.to(r)
			require.Equal(t, c.code, w.Code, w.Body)
			st := r.Stats()
			require.Equal(t, c.code == 401, st.BadSignatures == 1)
			require.Equal(t, c.code == 200, st.Accepted == 1)
		})
	}
}

func TestHeadersMustComeOnce(t *testing.T) {
	for _, name := range []string{"Authorization", "X-App-Signature"} {
		for _, values := range [][]string{nil, {"a", "b"}} {
			r := newReceiver(t)
			s := good(time.Now())
			req := s.request("")
			auth, signature := s.authorization()
			req.Header["Authorization"], req.Header["X-App-Signature"] = []string{auth}, []string{signature}
			req.Header[name] = values
			w := httptest.NewRecorder()
			r.ServeHTTP(w, req)
			require.Equal(t, 401, w.Code)
		}
	}
}

func TestNonceIsUsedOnce(t *testing.T) {
	now := time.Now()
	r := newReceiver(t, func(c *receiver.Config) { c.Now = func() time.Time { return now } })
	first := good(now.Add(time.Minute)) // a time stamp ahead stays good longest

	wrong := first
	wrong.secret = "wrong"
	require.Equal(t, 401, wrong.to(r).Code)
	require.Equal(t, 200, first.to(r).Code, "a wrong signature uses no nonce up")
	for range 5 { // over the two minutes in which its time stamp is good
		require.Equal(t, 401, first.to(r).Code)
		now = now.Add(30 * time.Second)
	}
	again := good(now)
	again.nonce = first.nonce
	require.Equal(t, 401, again.to(r).Code, "remembered for longer than it must be")
	require.EqualValues(t, 7, r.Stats().BadSignatures)
}

func TestAnotherSecretRefusesAll(t *testing.T) {
	r := newReceiver(t, func(c *receiver.Config) { c.Credentials = map[string]string{key: "another"} })
	for i := range 100 {
		require.Equal(t, 401, delivery(time.Now(), "a", int64(i)).to(r).Code)
	}
	st := r.Stats()
	require.EqualValues(t, 100, st.BadSignatures)
	require.Zero(t, st.Accepted+st.Orders)
}

func TestAnswersAreSigned(t *testing.T) {
	for _, status := range []string{"SHIPPED", "NONSENSE"} {
		s := good(time.Now())
		s.body = body(status)
		w := s.to(newReceiver(t))
		auth, signature := w.Header()["authorization"], w.Header()["x-app-signature"]
		require.Len(t, auth, 1)
		text, ok := strings.CutPrefix(auth[0], "hmac v1$"+key+"$POST$"+suffix+"$")
		require.True(t, ok, auth[0])
		sum := sha256.Sum256(w.Body.Bytes())
		m := hmac.New(sha256.New, []byte(secret))
		m.Write([]byte(key + "$POST$" + suffix + "$" + text + "$" + base64.StdEncoding.EncodeToString(sum[:])))
		require.Equal(t, []string{base64.StdEncoding.EncodeToString(m.Sum(nil))}, signature)
	}
}
