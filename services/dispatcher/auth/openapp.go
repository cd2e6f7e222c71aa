package auth

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"hash"
	"net/http"
	"strconv"
	"sync"

	"github.com/orderwire/orderwire/services/internal/config"
)

// Names as they go out. OpenApp treats header names as case-sensitive: they are set in the map as they are, past http.Header.Set.
const (
	headerAuthorization = "authorization"
	headerSignature     = "x-app-signature"
)

var openAppHeaders = []string{headerAuthorization, headerSignature}

// scheme and version that start the authorization header, and are not signed.
const openAppPrefix = "hmac v1$"

// nonceBytes of randomness become 32 hex digits; OpenApp allows 64 characters.
const nonceBytes = 16

// openApp is the scheme openapp-hmac:
//
//	authorization:   hmac v1$<key>$<METHOD>$<PATH>$<milliseconds>$<nonce>
//	x-app-signature: base64(HMAC-SHA256(secret, <key>$<METHOD>$<PATH>$<milliseconds>$<nonce>[$base64(SHA-256(body))]))
//
// PATH is in upper case in both. The last part is there only when there is a body.
type openApp struct {
	start string // prefix and key, up to the dollar before METHOD
	full  bool
	pool  sync.Pool // of *signing: a keyed MAC costs four hash blocks to make, and none to reset
}

type signing struct {
	mac   hash.Hash
	text  []byte
	nonce [nonceBytes]byte
	sum   [sha256.Size]byte
}

func newOpenApp(c config.Credential) *openApp {
	secret := []byte(c.Secret.Reveal())
	return &openApp{
		start: openAppPrefix + c.Key.Reveal() + "$",
		full:  c.Path == config.PathFull,
		pool:  sync.Pool{New: func() any { return &signing{mac: hmac.New(sha256.New, secret)} }},
	}
}

func (o *openApp) Headers() []string { return openAppHeaders }

func (o *openApp) Sign(h http.Header, c *Call) {
	s := o.pool.Get().(*signing)
	defer o.pool.Put(s)
	rand.Read(s.nonce[:]) // never fails: it ends the process instead
	authorization, signature := o.sign(s, c)
	values := [...]string{authorization, signature}
	h[headerAuthorization] = values[0:1:1]
	h[headerSignature] = values[1:2:2]
}

// sign makes both values with the nonce that s holds.
func (o *openApp) sign(s *signing, c *Call) (authorization, signature string) {
	path := c.Suffix
	if o.full {
		path = c.Path
	}
	b := s.text[:0] // grown once, then reused
	b = append(b, o.start...)
	b = append(b, c.Method...)
	b = append(b, '$')
	b = appendUpper(b, path)
	b = append(b, '$')
	b = strconv.AppendInt(b, c.Now.UnixMilli(), 10)
	b = append(b, '$')
	b = hex.AppendEncode(b, s.nonce[:])
	authorization = string(b)
	if len(c.Body) > 0 {
		sum := sha256.Sum256(c.Body)
		b = append(b, '$')
		b = base64.StdEncoding.AppendEncode(b, sum[:])
	}
	s.text = b
	s.mac.Reset()
	s.mac.Write(b[len(openAppPrefix):])
	s.text = base64.StdEncoding.AppendEncode(s.text[:0], s.mac.Sum(s.sum[:0]))
	return authorization, string(s.text)
}

// appendUpper appends the path in upper case. It is escaped, so ASCII.
func appendUpper(b []byte, path string) []byte {
	for i := range len(path) {
		c := path[i]
		if 'a' <= c && c <= 'z' {
			c -= 'a' - 'A'
		}
		b = append(b, c)
	}
	return b
}
