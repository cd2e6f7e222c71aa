package shop_test

import (
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orderwire/orderwire/services/orderwire/shop"
)

func TestSource(t *testing.T) {
	for _, c := range []struct {
		name, text string
		values     []string
		lines      []int
		problem    string // of what follows
		line       int
	}{
		{"nothing", " \n", nil, nil, "", 0},
		{"one over lines", "\n{\n \"a\": 1\n}\n", []string{"{\n \"a\": 1\n}"}, []int{2}, "", 0},
		{"lines", "{\"a\":1}\n\n{\"a\":2}\n{\"a\":3}", []string{`{"a":1}`, `{"a":2}`, `{"a":3}`}, []int{1, 3, 4}, "", 0},
		{"broken", "{\"a\":1}\n{\"a\":\n!}", []string{`{"a":1}`}, []int{1}, "not JSON: invalid character", 3},
		{"cut off", "{\"a\":1}\n{\"a\":", []string{`{"a":1}`}, []int{1}, "not JSON: it ends too early", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := shop.NewSource(strings.NewReader(c.text))
			for i, want := range c.values {
				data, line, err := s.Next()
				require.NoError(t, err)
				require.Equal(t, want, string(data))
				require.Equal(t, c.lines[i], line)
			}
			_, line, err := s.Next()
			if c.problem == "" {
				require.ErrorIs(t, err, io.EOF)
				return
			}
			require.ErrorContains(t, err, c.problem)
			require.Equal(t, c.line, line)
		})
	}
}
