package config

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSimple(t *testing.T) {
	for name, c := range map[string]struct {
		env  map[string]string
		auth string
		fail []string
	}{
		"signed":      {env: map[string]string{SimpleURL: "https://api.example.com/merchant", SimpleKey: "k", SimpleSecret: planted}, auth: OpenAppHMAC},
		"key alone":   {env: map[string]string{SimpleURL: "https://api.example.com/merchant/", SimpleKey: planted, SimpleSecret: ""}, auth: APIKey},
		"no secret":   {env: map[string]string{SimpleURL: "https://api.example.com"}, fail: []string{"OA_API_KEY: leads to nothing: environment variable OA_API_KEY is not set", "OA_API_SECRET: leads to nothing"}},
		"no key":      {env: map[string]string{SimpleURL: "https://api.example.com", SimpleSecret: planted}, fail: []string{"environment variable OA_API_KEY is not set"}},
		"no address":  {env: map[string]string{SimpleKey: "k", SimpleSecret: planted}, fail: []string{"OA_API_BASE_URL: is empty. Try: https://"}},
		"http":        {env: map[string]string{SimpleURL: "http://api.example.com", SimpleKey: "k", SimpleSecret: planted}, fail: []string{"OA_API_BASE_URL: is http", "network: {plain_http: true} (saved from orderwire config init as a file"}},
		"private":     {env: map[string]string{SimpleURL: "https://192.168.1.5", SimpleKey: "k", SimpleSecret: planted}, fail: []string{"OA_API_BASE_URL: is a private address", "allow: [192.168.1.5]"}},
		"nasty":       {env: map[string]string{SimpleURL: "https://a\"\nauth: [] # {", SimpleKey: "k", SimpleSecret: planted}, fail: []string{"OA_API_BASE_URL: "}},
		"credentials": {env: map[string]string{SimpleURL: "https://a:" + planted + "@a", SimpleKey: "k", SimpleSecret: planted}, fail: []string{"OA_API_BASE_URL: holds a user name"}},
		"whole path":  {env: map[string]string{SimpleURL: "https://a.example.com/v1/orders/fulfillment", SimpleKey: "k", SimpleSecret: planted}, fail: []string{"which ends with it already"}},
		"nothing":     {env: map[string]string{}, fail: []string{"no configuration. Try: "}},
	} {
		t.Run(name, func(t *testing.T) {
			lookup := func(n string) (string, bool) { v, ok := c.env[n]; return v, ok }
			yaml, _ := Simple(lookup)
			if name != "credentials" {
				require.NotContains(t, string(yaml), planted)
			}
			got, err := ParseSimple(lookup, true)
			for _, want := range c.fail {
				require.ErrorContains(t, err, want)
				require.NotContains(t, err.Error(), planted)
			}
			if c.fail != nil {
				return
			}
			require.NoError(t, err)
			require.Empty(t, got.Warnings)
			d := got.Destinations["openapp"]
			require.Equal(t, "https://api.example.com/merchant", d.URL)
			require.Equal(t, c.auth, d.Auth[0].Type)
			cred, err := d.Credentials(lookup, "")
			require.NoError(t, err)
			require.Equal(t, planted, cred[0].Secret.Reveal())
			require.Len(t, got.Table(), 5)
			require.Len(t, got.Match("any-shop", 1), 1)
		})
	}
}

func TestSimpleWithoutSecretsForTheMapper(t *testing.T) {
	_, err := ParseSimple(func(n string) (string, bool) { return "https://api.example.com", n == SimpleURL }, false)
	require.NoError(t, err)
}

// What no file could hold is not printed, and the error is the parser's own.
func TestStart(t *testing.T) {
	for name, c := range map[string]struct{ url, fail string }{
		"good":        {"https://api.example.com/merchant", ""},
		"http":        {"http://10.1.2.3/merchant", ""},
		"credentials": {"https://a:" + planted + "@api.example.com", "OA_API_BASE_URL: holds a user name or password. Try: "},
		"query":       {"https://api.example.com?token=" + planted, "OA_API_BASE_URL: holds a query (after ?). Try: "},
		"no URL":      {"https://%" + planted, "OA_API_BASE_URL: is not a URL. Try: https://"},
		"scheme":      {"ftp://" + planted, "OA_API_BASE_URL: does not begin with https://. Try: https://"},
		"missing":     {"", "OA_API_BASE_URL: is empty. Try: https://"},
	} {
		t.Run(name, func(t *testing.T) {
			env := map[string]string{SimpleURL: c.url, SimpleKey: "k", SimpleSecret: planted}
			yaml, err := Start(func(n string) (string, bool) { v, ok := env[n]; return v, ok })
			require.NotContains(t, string(yaml), planted)
			if c.fail == "" {
				require.NoError(t, err)
				require.Contains(t, string(yaml), "url: "+c.url+"\n")
				return
			}
			require.ErrorContains(t, err, c.fail)
			require.NotContains(t, err.Error(), planted)
			require.Empty(t, yaml)
		})
	}
}

// What config init prints is a good file: as it is, and with its comment taken in.
func TestSimpleExample(t *testing.T) {
	none := func(string) (string, bool) { return "", false }
	yaml, ok := Simple(none)
	require.False(t, ok)
	golden(t, "testdata/simple.yaml", string(yaml))
	_, err := Parse("orderwire.yaml", yaml, nil)
	require.NoError(t, err)
}
