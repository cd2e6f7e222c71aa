package attempt

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

func TestPresentable(t *testing.T) {
	cases := map[string]struct{ text, want string }{
		"plain":         {"connection refused", "connection refused"},
		"other letters": {"żółw 東京 😀", "żółw 東京 😀"},
		"terminal":      {"a\x1b[31mb\x07", "a·[31mb·"},
		"lines":         {"a\r\nb\tc\u2028d", "a··b·c·d"},
		"bidi":          {"a\u202eb", "a·b"},
		"bad UTF-8":     {"a\xff\xc3b", "a··b"},
		"URL":           {"go to https://user:pw@api.test/", "go to https://[redacted]@api.test/"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) { require.Equal(t, c.want, presentable(c.text)) })
	}
	long := presentable(strings.Repeat("ż", 1000))
	require.True(t, utf8.ValidString(long))
	require.LessOrEqual(t, len(long), maxText+3)
	require.True(t, strings.HasSuffix(long, "ż..."))
}
