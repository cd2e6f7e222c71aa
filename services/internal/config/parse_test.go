package config

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// What costs time or memory without bound in a YAML library is refused before it gets there.
func TestHostileShapes(t *testing.T) {
	shops := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "  s%d: {}\n", i)
		}
		return "destinations: {erp: {url: https://erp.example.com, auth: []}}\nroutes: [{to: erp, payload: event}]\nshops:\n" + b.String()
	}
	for name, c := range map[string]struct{ file, want string }{
		"as many entries as may be": {shops(maxEntries), ""},
		"too many entries":          {shops(maxEntries + 1), "has over 4096 entries"},
		"brackets":                  {strings.Repeat("[", 1e5), "nested deeper"},
		"braces":                    {strings.Repeat("{a: ", 1e5), "nested deeper"},
		"dashes":                    {strings.Repeat("- ", 1e5), "nested deeper"},
		"question marks":            {strings.Repeat("? ", 1e5), "nested deeper"},
		"over the limit":            {strings.Repeat("# comment\n", MaxFileBytes/10+1), "is over 512 KiB"},
		"spaces":                    {strings.Repeat(" ", MaxFileBytes), "is empty"},
		"colons":                    {strings.Repeat(":", MaxFileBytes), "Try: "},
		"quotes":                    {strings.Repeat(`"`, MaxFileBytes), "Try: "},
		"unknown fields":            {strings.Repeat("a: {b: c}\n", 500), "has more mistakes than these"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Parse("x.yaml", []byte(c.file), nil)
			if c.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, c.want)
			var list Problems
			require.ErrorAs(t, err, &list)
			require.LessOrEqual(t, len(list), maxProblems+1)
		})
	}
}

func TestByteOrderMarkAndWindowsLinesAreFine(t *testing.T) {
	file := "\uFEFF---\r\ndestinations:\r\n  erp: {url: https://erp.example.com, auth: []}\r\nroutes:\r\n  - {to: erp, payload: event}\r\n...\r\n"
	_, err := Parse("x.yaml", []byte(file), nil)
	require.NoError(t, err)
	_, err = Parse("x.yaml", []byte(strings.Replace(file, "payload", "pay", 1)), nil)
	require.ErrorContains(t, err, "x.yaml:5:15: routes[0].pay: ")
}

// A process that uses no secrets reads the same file without having any.
func TestWithoutLookupSecretsAreNotLookedAt(t *testing.T) {
	_, err := Load("testdata/mistakes/secret-not-there.yaml", nil)
	require.NoError(t, err)
}

func TestHash(t *testing.T) {
	parse := func(text string) string {
		c, err := Parse("x.yaml", []byte(text), nil)
		require.NoError(t, err)
		require.Regexp(t, "^[0-9a-f]{16}$", c.Hash)
		return c.Hash
	}
	const one = `
destinations:
  a: {url: https://a.example.com, auth: []}
  b: {url: https://b.example.com, auth: []}
routes:
  - {name: x, to: a, payload: event}
  - {name: y, to: b, payload: event}
`
	same := map[string]string{
		"comments and order": `routes: [{payload: event, to: a, name: x}, {payload: event, to: b, name: y}] # same
destinations: {b: {auth: [], url: https://b.example.com/}, a: {auth: [], url: "https://a.example.com"}}`,
		"defaults written out": strings.Replace(one, "auth: []", "auth: [], concurrency: 8, retry: {attempts: 25}, conflict: not-yet", 1),
	}
	for name, text := range same {
		require.Equal(t, parse(one), parse(text), name)
	}
	seen := map[string]string{parse(one): "as it is"}
	for name, text := range map[string]string{
		"an address": strings.Replace(one, "a.example", "c.example", 1),
		"a limit":    strings.Replace(one, "auth: []", "auth: [], concurrency: 7", 1),
		"a secret":   strings.Replace(one, "auth: []", "auth: [{type: api-key, secret: {env: A}}]", 1),
		"a pattern":  strings.Replace(one, "to: a", "to: a, shops: [a]", 1),
		"the order of routes": strings.Replace(strings.Replace(strings.Replace(one,
			"{name: x, to: a,", "{name: T, to: b,", 1), "{name: y, to: b,", "{name: x, to: a,", 1), "T", "y", 1),
	} {
		h := parse(text)
		require.NotContains(t, seen, h, name)
		seen[h] = name
	}
}

func TestRetryWait(t *testing.T) {
	r := Retry{After: defaultAfter, Attempts: DefaultAttempts}
	require.Equal(t, 5*time.Second, r.wait(0))
	require.Equal(t, 5*time.Second, r.wait(1))
	require.Equal(t, 4*time.Hour, r.wait(8))
	require.Equal(t, 4*time.Hour, r.wait(24))
	require.InDelta(t, 72, r.span().Hours(), 1)
}

func TestAllows(t *testing.T) {
	n := Network{Allow: []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16"), netip.MustParsePrefix("fe80::/10")}}
	for a, want := range map[string]bool{"10.1.2.3": true, "::ffff:10.1.2.3": true, "fe80::1%eth0": true, "10.2.0.1": false, "::1": false} {
		require.Equal(t, want, n.Allows(netip.MustParseAddr(a)), a)
	}
}

func TestNearest(t *testing.T) {
	known := []string{"url", "auth", "concurrency", "to", "openapp-hmac"}
	for name, want := range map[string]string{
		"concurency": "concurrency", "URL": "url", "Auth": "auth", "destination": "to", "openapp": "openapp-hmac", "openapp_hmac": "openapp-hmac", "colour": "", "": "", "xx": "",
		strings.Repeat("concurrency", 1000): "",
	} {
		require.Equal(t, want, nearest(name, known), "%.20q", name)
	}
}
