package receiver

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"hash"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// PathForm says which path a signature must cover.
type PathForm string

// The API's example signs the whole path; its published shop plugins sign the part after the base URL.
const (
	Suffix PathForm = "suffix"
	Full   PathForm = "full"
	Either PathForm = "either"
)

const (
	scheme   = "hmac v1$"
	window   = 60 * time.Second // how far a time stamp may be from our clock
	maxNonce = 64               // characters
)

// verifier checks signatures of one endpoint.
type verifier struct {
	credentials map[string]*credential
	paths       []string // the paths that a signature may cover, in upper case
	nonces      *nonces
}

// credential is one merchant's secret. Keyed hashes are reused: making one costs as much as using it.
type credential struct{ macs sync.Pool }

func newVerifier(secrets map[string]string, form PathForm, full string) *verifier {
	v := &verifier{credentials: map[string]*credential{}, nonces: newNonces()}
	for key, secret := range secrets {
		c := &credential{}
		c.macs.New = func() any { return hmac.New(sha256.New, []byte(secret)) }
		v.credentials[key] = c
	}
	if form != Full {
		v.paths = append(v.paths, strings.ToUpper(Endpoint))
	}
	if form == Full || form == Either {
		v.paths = append(v.paths, strings.ToUpper(full))
	}
	return v
}

// signature is what an authorization header says, with the credential that it names.
type signature struct {
	key, method, path, timestamp, nonce string
	credential                          *credential
}

// text is the string to sign for a body.
func (s *signature) text(body []byte) string {
	t := s.key + "$" + s.method + "$" + s.path + "$" + s.timestamp + "$" + s.nonce
	if len(body) > 0 {
		sum := sha256.Sum256(body)
		t += "$" + base64.StdEncoding.EncodeToString(sum[:])
	}
	return t
}

// mac is the value of x-app-signature for a body.
func (s *signature) mac(body []byte) string {
	m := s.credential.macs.Get().(hash.Hash)
	defer s.credential.macs.Put(m)
	m.Reset()
	m.Write([]byte(s.text(body)))
	return base64.StdEncoding.EncodeToString(m.Sum(nil))
}

// request checks the signature of a request with its body. The signature is nil unless its key is known.
func (v *verifier) request(req *http.Request, body []byte, now time.Time) (*signature, refusal) {
	auth, sent := req.Header["Authorization"], req.Header["X-App-Signature"]
	if len(auth) != 1 || len(sent) != 1 {
		return nil, refusedAuthorization
	}
	s, ok := parseAuthorization(auth[0])
	if !ok {
		return nil, refusedAuthorization
	}
	if s.credential = v.credentials[s.key]; s.credential == nil {
		return nil, refusedKey
	}
	if s.method != req.Method {
		return s, refusedSignedMethod
	}
	if !slices.Contains(v.paths, s.path) {
		return s, refusedSignedPath
	}
	ms, err := strconv.ParseUint(s.timestamp, 10, 63)
	if err != nil || s.timestamp != strconv.FormatUint(ms, 10) {
		return s, refusedTimestamp
	}
	stamp := time.UnixMilli(int64(ms))
	if d := now.Sub(stamp); d > window || d < -window {
		return s, refusedTimestamp
	}
	if s.nonce == "" || len(s.nonce) > maxNonce {
		return s, refusedNonce
	}
	if !hmac.Equal([]byte(s.mac(body)), []byte(sent[0])) {
		return s, refusedSignature
	}
	// Last, so that a request with a wrong signature cannot use a nonce up.
	if !v.nonces.use(s.nonce, now) {
		return s, refusedReplay
	}
	return s, ""
}

func parseAuthorization(value string) (*signature, bool) {
	rest, ok := strings.CutPrefix(value, scheme)
	if !ok {
		return nil, false
	}
	f := strings.Split(rest, "$")
	if len(f) != 5 {
		return nil, false
	}
	return &signature{key: f[0], method: f[1], path: f[2], timestamp: f[3], nonce: f[4]}, true
}

// answer writes a JSON response, signed in the same manner as the request when its key is known.
func answer(w http.ResponseWriter, to *signature, code int, body string) {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	if to != nil {
		var nonce [16]byte
		rand.Read(nonce[:]) // never fails
		s := *to
		s.timestamp = strconv.FormatInt(time.Now().UnixMilli(), 10)
		s.nonce = hex.EncodeToString(nonce[:])
		h["authorization"] = []string{scheme + s.key + "$" + s.method + "$" + s.path + "$" + s.timestamp + "$" + s.nonce}
		h["x-app-signature"] = []string{s.mac([]byte(body))}
	}
	w.WriteHeader(code)
	_, _ = w.Write([]byte(body)) // a client that has gone is no fault of ours
}
