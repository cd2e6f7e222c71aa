package event

import (
	"fmt"
	"strconv"
	"unicode/utf8"

	"google.golang.org/protobuf/reflect/protoreflect"

	orderwirev1 "github.com/orderwire/orderwire/proto/orderwire/v1"
)

// The plans of both messages that come from outside.
var (
	eventPlan   = planOf((*orderwirev1.OrderStatusChanged)(nil).ProtoReflect().Descriptor())
	commandPlan = planOf((*orderwirev1.Command)(nil).ProtoReflect().Descriptor())
)

// plan is the table of limits, laid out along the fields of one message.
type plan struct{ fields []planned }

type planned struct {
	limit
	desc protoreflect.FieldDescriptor
	name string
	// items is the plan of a message's fields, or of those of a list's items; nil for other types.
	items *plan
}

// planOf panics when a field that needs a row in the table has none: such a program accepts no events at all.
func planOf(d protoreflect.MessageDescriptor) *plan {
	p := &plan{}
	for i := range d.Fields().Len() {
		fd := d.Fields().Get(i)
		row := fmt.Sprintf("%s.%s", d.Name(), fd.Name())
		l, known := limits[row]
		if !known && needsRow(fd) {
			panic("event: the table of limits has no row " + row)
		}
		f := planned{limit: l, desc: fd, name: fd.JSONName()}
		if m := fd.Message(); m != nil && m.FullName() != "google.protobuf.Timestamp" {
			f.items = planOf(m)
		}
		p.fields = append(p.fields, f)
	}
	return p
}

func needsRow(fd protoreflect.FieldDescriptor) bool {
	return fd.Cardinality() == protoreflect.Repeated || fd.Kind() != protoreflect.BoolKind && fd.Kind() != protoreflect.Uint32Kind && fd.Kind() != protoreflect.MessageKind
}

func (p *plan) check(m protoreflect.Message) *Error {
	for i := range p.fields {
		f := &p.fields[i]
		if !m.Has(f.desc) {
			if f.required {
				return &Error{Field: f.name, Problem: "missing"}
			}
			continue
		}
		if err := f.check(m.Get(f.desc)); err != nil {
			return err.within(f.name)
		}
	}
	return nil
}

func (f *planned) check(v protoreflect.Value) *Error {
	switch {
	case f.desc.IsList():
		list := v.List()
		if n := list.Len(); n > f.most {
			return &Error{Problem: fmt.Sprintf("%d items; at most %d are allowed", n, f.most)}
		}
		for i := range list.Len() {
			if err := f.items.check(list.Get(i).Message()); err != nil {
				return err.within("[" + strconv.Itoa(i) + "]")
			}
		}
	case f.items != nil:
		return f.items.check(v.Message())
	case f.form != nil:
		s := v.String()
		if len(s) > f.most {
			if n := utf8.RuneCountInString(s); n > f.most {
				return &Error{Problem: fmt.Sprintf("%d characters; at most %d are allowed", n, f.most)}
			}
		}
		if !f.form.ok(s) {
			return &Error{Problem: quote(s) + " is not " + f.form.want}
		}
	case f.desc.Kind() == protoreflect.EnumKind:
		if f.desc.Enum().Values().ByNumber(v.Enum()) == nil {
			return &Error{Problem: fmt.Sprintf("%d is none of the contract's values", v.Enum())}
		}
	case f.desc.Kind() == protoreflect.Int64Kind:
		if n := v.Int(); n < minSequence || n > maxSequence {
			return &Error{Problem: fmt.Sprintf("%d is not a time in microseconds since 1970", n)}
		}
	}
	return nil
}
