package attempt

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestExcerpt(t *testing.T) {
	quoted, err := json.Marshal(secret)
	require.NoError(t, err)
	filler := strings.Repeat("x", MaxExcerpt-10)
	cases := map[string]struct{ body, want string }{
		"empty":                   {"", ""},
		"short":                   {"no such order", "no such order"},
		"not text":                {"\x00\xff\x1b", "\x00\xff\x1b"},
		"exactly as much as fits": {filler + "0123456789", filler + "0123456789"},
		"one more":                {filler + "0123456789+", filler + "0123456789"},
		"much more":               {strings.Repeat("y", 10*MaxExcerpt), strings.Repeat("y", MaxExcerpt)},
		"secret":                  {"you sent " + secret + "!", "you sent [redacted]!"},
		"secret in base64":        {base64.StdEncoding.EncodeToString([]byte(secret)), "[redacted]"},
		"secret in a URL":         {"?q=" + url.QueryEscape(secret), "?q=[redacted]"},
		"secret in JSON":          {`{"was":` + string(quoted) + `}`, `{"was":"[redacted]"}`},
		"secret across the cut":   {filler + secret, filler + "[redacted]"},
		"and escaped":             {filler + url.QueryEscape(secret), filler + "[redacted]"},
	}
	client := newClient(t)
	for name, c := range cases {
		for _, chunked := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, chunked %v", name, chunked), func(t *testing.T) {
				server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
					w.WriteHeader(400)
					if chunked {
						w.(http.Flusher).Flush()
					}
					_, _ = io.WriteString(w, c.body)
				}))
				defer server.Close()
				r := client.Do(t.Context(), requestTo(destination(server.URL)))
				outcome{permanent, 400, ""}.check(t, r)
				require.Equal(t, c.want, string(r.Response))
			})
		}
	}
}

func TestExcerptIsTheCallers(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, r.Header.Get("orderwire-attempt"))
	}))
	defer server.Close()
	client, d := newClient(t), destination(server.URL)
	first := client.Do(t.Context(), requestTo(d))
	second := requestTo(d)
	second.Number = 4
	require.Equal(t, "4", string(client.Do(t.Context(), second).Response))
	require.Equal(t, "3", string(first.Response))
}

// Nothing could be found in it, so nothing is kept.
func TestEncodedBodiesAreNotKept(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = io.WriteString(w, "\x1f\x8b...")
	}))
	defer server.Close()
	r := newClient(t).Do(t.Context(), requestTo(destination(server.URL)))
	outcome{delivered, 200, ""}.check(t, r)
	require.Empty(t, r.Response)
}

// A receiver that sends everything back cannot make us write a secret down.
func TestEchoOfEverything(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", "https://a.test/"+secret)
		w.WriteHeader(302)
		_ = r.Header.Write(w)
		_, _ = io.WriteString(w, secret+" "+base64.URLEncoding.EncodeToString([]byte(secret)))
	}))
	defer server.Close()
	r := newClient(t).Do(t.Context(), requestTo(destination(server.URL)))
	require.NotContains(t, r.Err, secret)
	require.Contains(t, r.Err, "[redacted]")
	require.NotContains(t, string(r.Response), secret)
	require.NotContains(t, string(r.Response), base64.URLEncoding.EncodeToString([]byte(secret)))
}
