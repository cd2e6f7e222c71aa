package event

import (
	"strconv"
	"strings"
)

// pathAt says which field the byte at an offset belongs to, such as order.lines[0].name. It is for errors, needs no valid JSON, and gives up below
// MaxDepth.
func pathAt(data []byte, at int) string {
	type level struct {
		list bool
		n    int
		key  string
	}
	var levels []level
	wantKey := false
scan:
	for i := 0; i < len(data) && i <= at; i++ {
		var top *level
		if len(levels) > 0 {
			top = &levels[len(levels)-1]
		}
		switch data[i] {
		case '"':
			end := stringEnd(data, i)
			if wantKey && top != nil {
				top.key, wantKey = string(data[i+1:min(end, len(data))]), false
			}
			i = end
		case '{', '[':
			if i == at || len(levels) == MaxDepth {
				break scan
			}
			levels = append(levels, level{list: data[i] == '['})
			wantKey = data[i] == '{'
		case '}', ']':
			if top != nil {
				levels = levels[:len(levels)-1]
			}
			wantKey = false
		case ',':
			if top != nil && top.list {
				top.n++
			}
			wantKey = top != nil && !top.list
		}
	}
	var b strings.Builder
	for _, l := range levels {
		switch {
		case l.list:
			b.WriteString("[" + strconv.Itoa(l.n) + "]")
		case l.key != "":
			if b.Len() > 0 {
				b.WriteByte('.')
			}
			b.WriteString(clip(l.key, 40))
		}
	}
	return clip(b.String(), maxQuoted)
}
