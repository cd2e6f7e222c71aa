package lives

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"sync"

	"github.com/orderwire/orderwire/proto/testdata"
)

// The table proto/testdata/decisions.json. Its README explains the columns.
type (
	tableFile struct {
		About string      `json:"about"`
		Lives []tableLife `json:"lives"`
	}
	tableLife struct {
		Name   string     `json:"name"`
		Folder string     `json:"folder"`
		About  string     `json:"about"`
		Run    string     `json:"run"`
		Events []tableRow `json:"events"`
	}
	tableRow struct {
		File     string            `json:"file"`
		Replace  [][2]string       `json:"replace"`
		Parts    []tablePart       `json:"parts"`
		Pad      int               `json:"pad"`
		Shop     string            `json:"shop"`
		Order    string            `json:"order"`
		Headers  map[string]string `json:"headers"`
		Decision string            `json:"decision"`
		Target   string            `json:"target"`
		Body     json.RawMessage   `json:"body"`
		Field    *string           `json:"field"`
	}
	tablePart struct {
		File  string `json:"file"`
		Text  string `json:"text"`
		Times int    `json:"times"`
	}
)

// table is read once. What it holds is part of the program: a mistake in it is one of the program, and panics.
var table = sync.OnceValue(func() []Life {
	lives, err := readTable()
	if err != nil {
		panic(fmt.Sprintf("lives: %v", err))
	}
	return lives
})

func readTable() ([]Life, error) {
	raw, err := testdata.Files.ReadFile("decisions.json")
	if err != nil {
		return nil, fmt.Errorf("read the table: %w", err)
	}
	var t tableFile
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&t); err != nil {
		return nil, fmt.Errorf("read decisions.json: %w", err)
	}
	lives := make([]Life, len(t.Lives))
	for i, l := range t.Lives {
		lives[i] = Life{Name: l.Name, About: l.About, Recorded: l.Folder == "recorded", Hostile: l.Folder == "hostile"}
		for n, row := range l.Events {
			e, err := row.event()
			if err != nil {
				return nil, fmt.Errorf("life %s, event %d: %w", l.Name, n+1, err)
			}
			lives[i].Events = append(lives[i].Events, e)
		}
	}
	return lives, nil
}

func (r tableRow) event() (Event, error) {
	data, err := r.data()
	if err != nil {
		return Event{}, err
	}
	e := Event{Shop: r.Shop, Order: r.Order, pad: r.Pad, Data: padded(data, r.Pad)}
	e.Expect = Expect{Decision: r.Decision, Target: r.Target}
	if r.Field != nil {
		e.Expect.Field, e.Expect.FieldKnown = *r.Field, true
	}
	if r.Body != nil {
		var b bytes.Buffer
		if err := json.Compact(&b, r.Body); err != nil {
			return Event{}, fmt.Errorf("body: %w", err)
		}
		e.Expect.Body = b.Bytes()
	}
	if r.Headers != nil {
		e.custom, e.Headers = true, map[string][]string{}
		for name, value := range r.Headers {
			e.Headers[name] = []string{value}
		}
	} else if m, err := decode(data); err == nil {
		e.Headers = headers(m)
	}
	return e, nil
}

func (r tableRow) data() ([]byte, error) {
	parts := r.Parts
	if r.File != "" {
		parts = []tablePart{{File: r.File}}
	}
	var b bytes.Buffer
	for _, p := range parts {
		text := p.Text
		if p.File != "" {
			raw, err := testdata.Files.ReadFile(p.File)
			if err != nil {
				return nil, err
			}
			text = string(raw)
		}
		b.WriteString(strings.Repeat(text, max(p.Times, 1)))
	}
	s := b.String()
	for _, re := range r.Replace {
		if n := strings.Count(s, re[0]); n != 1 {
			return nil, fmt.Errorf("%q is there %d times; it can be replaced where it is there once", re[0], n)
		}
		s = strings.Replace(s, re[0], re[1], 1)
	}
	return []byte(s), nil
}

// padded fills data up to a size with blanks, which change nothing about JSON.
func padded(data []byte, size int) []byte {
	if missing := size - len(data); missing > 0 {
		return append(data, bytes.Repeat([]byte(" "), missing)...)
	}
	return data
}
