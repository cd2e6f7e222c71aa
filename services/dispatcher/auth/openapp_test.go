package auth

import (
	"encoding/hex"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orderwire/orderwire/services/internal/config"
)

type vector struct {
	name, key, secret, method, path, suffix, which, at, nonce, body string
	authorization, signature                                        string
}

func vectors(t *testing.T) []vector {
	data, err := os.ReadFile("testdata/vectors.tsv")
	require.NoError(t, err)
	var list []vector
	for line := range strings.Lines(string(data)) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		require.Len(t, f, 12)
		list = append(list, vector{f[0], f[1], f[2], f[3], f[4], f[5], f[6], f[7], f[8], f[9], f[10], f[11]})
	}
	return list
}

func (v vector) credential() config.Credential {
	return config.Credential{Type: config.OpenAppHMAC, Key: config.NewValue(v.key), Secret: config.NewValue(v.secret), Path: v.which}
}

func (v vector) call(t *testing.T) *Call {
	ms, err := strconv.ParseInt(v.at, 10, 64)
	require.NoError(t, err)
	return &Call{Method: v.method, Path: v.path, Suffix: v.suffix, Body: []byte(v.body), Now: time.UnixMilli(ms)}
}

func TestVectorsAreWhatOpenSSLMakes(t *testing.T) {
	out, err := exec.Command("sh", "testdata/vectors.sh", "check").CombinedOutput()
	require.NoError(t, err, "openssl makes other signatures than testdata/vectors.tsv has:\n%s", out)
}

func TestSignatureVectors(t *testing.T) {
	list := vectors(t)
	require.Len(t, list, 9)
	for _, v := range list {
		t.Run(v.name, func(t *testing.T) {
			o := newOpenApp(v.credential())
			for range 3 { // what one signature leaves behind must not show in the next
				s := o.pool.Get().(*signing)
				_, err := hex.Decode(s.nonce[:], []byte(v.nonce))
				require.NoError(t, err)
				authorization, signature := o.sign(s, v.call(t))
				o.pool.Put(s)
				require.Equal(t, v.authorization, authorization)
				require.Equal(t, v.signature, signature)
			}
		})
	}
}

func TestSignSetsLowerCaseHeadersAndANewNonce(t *testing.T) {
	v := vectors(t)[0]
	scheme, err := New(v.credential())
	require.NoError(t, err)
	require.Equal(t, []string{"authorization", "x-app-signature"}, scheme.Headers())
	seen := map[string]bool{}
	for range 1000 {
		h := http.Header{}
		scheme.Sign(h, v.call(t))
		require.Len(t, h, 2)
		parts := strings.Split(h["authorization"][0], "$")
		require.Equal(t, []string{"hmac v1", "acme", "POST", "/V1/ORDERS/FULFILLMENT", v.at}, parts[:5])
		require.LessOrEqual(t, len(parts[5]), 64)
		require.False(t, seen[parts[5]], "nonce used twice")
		seen[parts[5]] = true
	}
}

// Two values and their slice are all that a signature allocates.
func BenchmarkSign(b *testing.B) {
	o := newOpenApp(config.Credential{Type: config.OpenAppHMAC, Key: config.NewValue("acme"), Secret: config.NewValue("0123456789abcdef")})
	call := &Call{Method: "POST", Suffix: "/v1/orders/fulfillment", Body: make([]byte, 160), Now: time.UnixMilli(1718000000000)}
	h := http.Header{}
	b.ReportAllocs()
	for b.Loop() {
		o.Sign(h, call)
	}
}
