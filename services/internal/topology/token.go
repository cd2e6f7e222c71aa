package topology

import (
	"fmt"
	"hash/fnv"
	"strconv"
	"strings"
)

const hexDigits = "0123456789ABCDEF"

// plain reports whether the byte stands for itself in a token.
func plain(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_' || c == '@'
}

// Token makes a subject token of any string, reversibly: letters, digits and - _ @ stand for themselves, every other byte becomes =XX, and the empty string "=".
func Token(s string) string {
	escapes := 0
	for i := range len(s) {
		if !plain(s[i]) {
			escapes++
		}
	}
	switch {
	case s == "":
		return "="
	case escapes == 0:
		return s
	}
	b := make([]byte, 0, len(s)+2*escapes)
	for i := range len(s) {
		if c := s[i]; plain(c) {
			b = append(b, c)
		} else {
			b = append(b, '=', hexDigits[c>>4], hexDigits[c&15])
		}
	}
	return string(b)
}

// Untoken gives back what Token was made of. It refuses whatever Token does not make.
func Untoken(t string) (string, error) {
	if t == "=" {
		return "", nil
	}
	if t == "" {
		return "", fmt.Errorf("token is empty")
	}
	if !strings.Contains(t, "=") {
		for i := range len(t) {
			if !plain(t[i]) {
				return "", fmt.Errorf("token %q holds a byte that is not escaped", t)
			}
		}
		return t, nil
	}
	b := make([]byte, 0, len(t))
	for i := 0; i < len(t); i++ {
		if t[i] != '=' {
			if !plain(t[i]) {
				return "", fmt.Errorf("token %q holds a byte that is not escaped", t)
			}
			b = append(b, t[i])
			continue
		}
		if i+2 >= len(t) {
			return "", fmt.Errorf("token %q ends within an escape", t)
		}
		n, err := strconv.ParseUint(t[i+1:i+3], 16, 8)
		c := byte(n)
		if err != nil || plain(c) || strings.ToUpper(t[i+1:i+3]) != t[i+1:i+3] {
			return "", fmt.Errorf("token %q holds an escape that is not one of ours", t)
		}
		b = append(b, c)
		i += 2
	}
	return string(b), nil
}

// Partition is the server's partition(n, ...) of the tokens: FNV-1a (32 bit) over them joined without separator, modulo n.
func Partition(n int, tokens ...string) int {
	h := fnv.New32a()
	for _, t := range tokens {
		_, _ = h.Write([]byte(t))
	}
	return int(h.Sum32() % uint32(n)) //nolint:gosec // n is a small positive count
}
