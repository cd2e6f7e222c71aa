package payload

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// reference is what encoding/json makes of a string when it leaves HTML alone.
func reference(t require.TestingT, s string) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	require.NoError(t, enc.Encode(s))
	return string(bytes.TrimSuffix(b.Bytes(), []byte("\n")))
}

func TestStringsAreThoseOfEncodingJSON(t *testing.T) {
	for _, s := range []string{
		"", "plain", `"quoted" \ back`, "\b\f\n\r\t\x00\x1f\x7f", "<b>&amp;</b>", "zażółć gęślą", "🚚 in transit", "\u2028\u2029\u202a", "\xff", "a\xc3", "\xed\xa0\x80 a surrogate's bytes",
		"\xf4\x90\x80\x80", "\ufffd", "end\xe2\x80",
	} {
		require.Equal(t, reference(t, s), string(appendString(nil, s)), "%q", s)
	}
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.OneOf(rapid.String(), rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) })).Draw(t, "s")
		require.Equal(t, reference(t, s), string(appendString(nil, s)))
	})
}

func FuzzString(f *testing.F) {
	f.Add("a\"\\\n\u2028\xff<")
	f.Fuzz(func(t *testing.T, s string) {
		require.Equal(t, reference(t, s), string(appendString(nil, s)))
	})
}
