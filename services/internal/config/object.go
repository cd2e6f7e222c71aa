package config

import (
	"slices"
	"strings"
)

// object is a mapping with a fixed set of fields.
type object struct {
	node
	fields map[string]node
	// written counts all entries, known or not.
	written int
}

// object reads a mapping whose fields are known. An unknown one is an error; its name is printed unless the mapping is where secrets are configured, since a secret written
// there by mistake can look like a name.
func (n node) object(try string, known ...string) (object, bool) {
	return n.readObject(try, true, known)
}

func (n node) secretObject(try string, known ...string) (object, bool) {
	return n.readObject(try, false, known)
}

func (n node) readObject(try string, printable bool, known []string) (object, bool) {
	o := object{node: n, fields: map[string]node{}}
	entries, ok := n.entries(try)
	o.written = len(entries)
	var list []entry
	for _, e := range entries {
		if slices.Contains(known, e.key) {
			list = append(list, e)
			continue
		}
		near, what := nearest(e.key, known), "is not a known field"
		if !printable && near == "" {
			e.path, what = n.path+".?", "is not a known field; a secret itself never stands in this file"
		}
		e.failHere(what, orElse(near, "one of "+strings.Join(known, ", ")))
	}
	for _, e := range unique(list) {
		o.fields[e.key] = e.node
	}
	return o, ok
}

// get returns a field that is there. A field with nothing after its colon is a mistake.
func (o object) get(name string) (node, bool) {
	n, ok := o.fields[name]
	if ok && n.isNull() {
		n.failHere("has no value", "writing one, or deleting the line")
		delete(o.fields, name)
		return node{}, false
	}
	return n, ok
}

// need is get for a field that must be there.
func (o object) need(name, try string) (node, bool) {
	if _, ok := o.fields[name]; !ok {
		missing := o.node
		missing.path = strings.TrimPrefix(o.path+"."+name, ".")
		missing.failHere("is missing", try)
		return node{}, false
	}
	return o.get(name)
}

// refuse reports a field that has no meaning in this place.
func (o object) refuse(name, what, try string) {
	if n, ok := o.fields[name]; ok {
		n.failHere(what, try)
	}
}
