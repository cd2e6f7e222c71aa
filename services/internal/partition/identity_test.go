package partition

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
)

// What stops a partition, and what a person can choose then.
func TestProblem(t *testing.T) {
	day := func(n int) time.Time { return time.Date(2026, 3, n, 12, 0, 0, 0, time.UTC) }
	stream := func(name string, created int, last uint64) *streamView {
		s := &streamView{name: name, created: day(created), first: 1, last: last, messages: last}
		if last > 0 {
			s.firstAt = day(created).Add(time.Hour)
		}
		return s
	}
	mark := func(created int, last uint64) *orderwirev1.StreamMark {
		return &orderwirev1.StreamMark{Created: timestamppb.New(day(created)), Last: last}
	}
	orders, deliveries, state := stream("ORDERS", 1, 90), stream("DELIVERIES", 1, 70), stream("STATE", 1, 500)
	at := func(low uint64) *orderwirev1.Cursor {
		return &orderwirev1.Cursor{Low: low, Log: mark(1, 90), Output: mark(1, 70)}
	}
	mapper := func(v view) view { v.service, v.log, v.output = services[Mapper], orders, deliveries; return v }
	dispatcher := func(v view) view { v.service, v.log, v.output = services[Dispatcher], deliveries, nil; return v }
	sends := func(low, last uint64) *orderwirev1.Cursor { return &orderwirev1.Cursor{Low: low, Log: mark(1, last)} }

	for name, c := range map[string]struct {
		view      view
		change    func(v *view)
		what      string // "": no problem
		unfounded bool
		choices   []string
	}{
		"sound mapper":     {view: mapper(view{cursor: at(80), seq: 9}), choices: []string{"current", "beginning", "end"}},
		"sound dispatcher": {view: dispatcher(view{cursor: sends(70, 70), seq: 9}), choices: []string{"current", "beginning", "end"}},
		"unreadable":       {view: mapper(view{seq: 9, broken: errors.New("no cursor")}), what: "cannot be read", choices: []string{"beginning", "end"}},
		"log re-created": {
			view: mapper(view{cursor: at(80), seq: 9}), what: "ORDERS was re-created", choices: []string{"beginning", "end"},
			change: func(v *view) { v.log = stream("ORDERS", 2, 90) },
		},
		"log shorter": {
			view: mapper(view{cursor: at(80), seq: 9}), what: "ORDERS is shorter", choices: []string{"current", "beginning", "end"},
			change: func(v *view) { v.log = stream("ORDERS", 1, 89) },
		},
		"low beyond the end": {
			view: dispatcher(view{cursor: sends(71, 70), seq: 9}), what: "beyond the end of stream DELIVERIES", choices: []string{"beginning", "end"},
		},
		"log grew again": {
			view: mapper(view{cursor: at(80), seq: 9}), what: "ORDERS lost its end and grew again", choices: []string{"beginning", "end"},
			change: func(v *view) {
				v.cursor.LowAt, v.lowAt = timestamppb.New(day(2)), day(2).Add(time.Nanosecond)
				v.log = stream("ORDERS", 1, 500)
			},
		},
		"the entry at the position is gone": {
			view: mapper(view{cursor: at(80), seq: 9}), choices: []string{"current", "beginning", "end"},
			change: func(v *view) { v.cursor.LowAt = timestamppb.New(day(2)) },
		},
		"output re-created": {
			view: mapper(view{cursor: at(80), seq: 9}), what: "DELIVERIES was re-created", choices: []string{"current", "beginning", "end"},
			change: func(v *view) { v.output = stream("DELIVERIES", 3, 70) },
		},
		"output shorter": {
			view: mapper(view{cursor: at(80), seq: 9}), what: "DELIVERIES is shorter", choices: []string{"current", "beginning", "end"},
			change: func(v *view) { v.output = stream("DELIVERIES", 1, 69) },
		},

		"mapper, cursor alone is missing": {view: mapper(view{state: state, sibling: at(80), dispatch: sends(60, 70)})},
		"mapper, new, nothing is there": {
			view: mapper(view{state: stream("STATE", 1, 0)}), unfounded: true,
			change: func(v *view) { v.log, v.output = stream("ORDERS", 1, 0), stream("DELIVERIES", 1, 0) },
		},
		"mapper, new, events wait": {
			view: mapper(view{state: stream("STATE", 1, 0)}), unfounded: true,
			change: func(v *view) { v.output = stream("DELIVERIES", 1, 0) },
		},
		"mapper, STATE re-created":                  {view: mapper(view{state: stream("STATE", 4, 0)})},
		"mapper, another cursor names other ORDERS": {view: mapper(view{state: state, sibling: &orderwirev1.Cursor{Log: mark(2, 80)}}), what: "ORDERS was re-created"},
		"mapper, another cursor names longer ORDERS": {
			view: mapper(view{state: state, sibling: &orderwirev1.Cursor{Log: mark(1, 95)}}), what: "ORDERS is shorter",
		},
		"mapper, the dispatcher's cursor names other DELIVERIES": {
			view: mapper(view{state: state, dispatch: &orderwirev1.Cursor{Log: mark(2, 70)}}), what: "DELIVERIES was re-created",
		},
		"mapper, STATE and ORDERS re-created": {
			view: mapper(view{state: stream("STATE", 4, 0)}), what: "ORDERS was re-created",
			change: func(v *view) { v.log = stream("ORDERS", 4, 5) },
		},

		"dispatcher, new, nothing is there": {
			view: dispatcher(view{state: stream("STATE", 1, 0)}), unfounded: true,
			change: func(v *view) { v.log = stream("DELIVERIES", 1, 0) },
		},
		"dispatcher, new, deliveries wait that no mapper wrote": {view: dispatcher(view{state: stream("STATE", 1, 0)}), unfounded: true},
		"dispatcher, cursor alone is missing":                   {view: dispatcher(view{state: state, sibling: sends(60, 70), dispatch: sends(60, 70)}), what: "no cursor"},
		"dispatcher, all records are missing":                   {view: dispatcher(view{state: state}), what: "no cursor"},
		"dispatcher, STATE re-created":                          {view: dispatcher(view{state: stream("STATE", 4, 0)}), what: "no cursor"},
		"dispatcher, missing, and nothing was ever delivered": {
			view:   dispatcher(view{state: state, sibling: sends(0, 0), dispatch: sends(0, 0)}),
			change: func(v *view) { v.log = stream("DELIVERIES", 1, 0) },
		},
	} {
		t.Run(name, func(t *testing.T) {
			v := c.view
			if c.change != nil {
				c.change(&v)
			}
			problem := v.problem()
			if c.what == "" {
				require.Nil(t, problem)
			} else {
				require.NotNil(t, problem)
				require.Contains(t, problem.What, c.what)
			}
			if v.seq == 0 {
				require.Equal(t, c.unfounded, v.unfounded())
			}
			if c.choices != nil {
				var names []string
				for _, choice := range v.choices() {
					names = append(names, choice.Name)
				}
				require.Equal(t, c.choices, names)
			}
		})
	}
}
