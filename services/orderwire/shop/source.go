package shop

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Source reads JSON values one after the other: a file with one event, or JSON lines. Values that are spread over lines are one value.
type Source struct {
	values *json.Decoder
	lines  lineCounter
}

// NewSource reads from r as the values are asked for.
func NewSource(r io.Reader) *Source {
	s := &Source{}
	s.values = json.NewDecoder(io.TeeReader(r, &s.lines))
	return s
}

// Next returns the next value's bytes and the line that it begins on. The error is io.EOF at the end.
func (s *Source) Next() (data []byte, line int, err error) {
	var raw json.RawMessage
	err = s.values.Decode(&raw)
	if errors.Is(err, io.EOF) {
		return nil, 0, io.EOF
	}
	end := s.values.InputOffset()
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &syntax):
		return nil, s.lines.at(syntax.Offset - 1), fmt.Errorf("not JSON: %w", err)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return nil, s.lines.at(end), errors.New("not JSON: it ends too early")
	case err != nil:
		return nil, s.lines.at(end), err
	}
	return raw, s.lines.at(end - int64(len(raw))), nil
}

// lineCounter remembers where lines end.
type lineCounter struct {
	read int64
	ends []int64
	base int // lines before ends
}

func (l *lineCounter) Write(b []byte) (int, error) {
	for i := 0; ; {
		n := bytes.IndexByte(b[i:], '\n')
		if n < 0 {
			break
		}
		i += n + 1
		l.ends = append(l.ends, l.read+int64(i))
	}
	l.read += int64(len(b))
	return len(b), nil
}

// at is the line of an offset, from 1. Offsets must not go back.
func (l *lineCounter) at(offset int64) int {
	n := 0
	for n < len(l.ends) && l.ends[n] <= offset {
		n++
	}
	l.base += n
	l.ends = append(l.ends[:0], l.ends[n:]...)
	return l.base + 1
}
