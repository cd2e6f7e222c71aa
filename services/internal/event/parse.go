package event

import (
	"bytes"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// parseMessage is how protojson words its errors; the blank behind "proto:" differs from build to build.
var parseMessage = regexp.MustCompile(`(?s)^proto:.(?:syntax error )?(?:\(line (\d+):(\d+)\): )?(.*)$`)

// parseError makes an *Error of an error of protojson: its line and column become the field's path.
func parseError(data []byte, err error) error {
	text := strings.Replace(err.Error(), "\u00a0", " ", 1)
	m := parseMessage.FindStringSubmatch(text)
	if m == nil {
		return &Error{Problem: clip(text, maxQuoted)}
	}
	at := len(data)
	if m[1] != "" {
		line, _ := strconv.Atoi(m[1])
		column, _ := strconv.Atoi(m[2])
		at = offset(data, line, column)
	}
	return &Error{Field: pathAt(data, at), Problem: clip(m[3], maxQuoted)}
}

// offset finds the byte of a line and column, both counted from 1, columns in characters.
func offset(data []byte, line, column int) int {
	at := 0
	for ; line > 1; line-- {
		n := bytes.IndexByte(data[at:], '\n')
		if n < 0 {
			return len(data)
		}
		at += n + 1
	}
	for ; column > 1 && at < len(data); column-- {
		_, n := utf8.DecodeRune(data[at:])
		at += n
	}
	return at
}
