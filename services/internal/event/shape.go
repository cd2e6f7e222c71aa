package event

import (
	"bytes"
	"fmt"
	"unicode/utf8"
)

// checkShape looks at the bytes before anything is parsed: size, encoding, depth.
func checkShape(data []byte, maxBytes int) error {
	if len(data) > maxBytes {
		return &Error{Problem: fmt.Sprintf("%d bytes; at most %d are allowed", len(data), maxBytes)}
	}
	if len(bytes.TrimLeft(data, " \t\r\n")) == 0 {
		return &Error{Problem: "empty"}
	}
	if !utf8.Valid(data) {
		at := invalidUTF8(data)
		return &Error{Field: pathAt(data, at), Problem: fmt.Sprintf("byte %d (%#02x) is not UTF-8", at, data[at])}
	}
	if at := bytes.IndexByte(data, 0); at >= 0 {
		return &Error{Field: pathAt(data, at), Problem: fmt.Sprintf("byte %d is a null byte", at)}
	}
	depth := 0
	for i := 0; i < len(data); i++ {
		switch data[i] {
		case '"':
			i = stringEnd(data, i)
		case '{', '[':
			depth++
			if depth > MaxDepth {
				return &Error{Field: pathAt(data, i), Problem: fmt.Sprintf("nested more than %d deep", MaxDepth)}
			}
		case '}', ']':
			depth--
		}
	}
	return nil
}

// stringEnd returns where the string that begins at i ends: its closing quote, or the end of the data.
func stringEnd(data []byte, i int) int {
	for i++; i < len(data); i++ {
		switch data[i] {
		case '\\':
			i++
		case '"':
			return i
		}
	}
	return len(data)
}

func invalidUTF8(data []byte) int {
	at := 0
	for at < len(data) {
		r, n := utf8.DecodeRune(data[at:])
		if r == utf8.RuneError && n == 1 {
			break
		}
		at += n
	}
	return at
}
