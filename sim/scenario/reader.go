package scenario

import (
	"fmt"
	"slices"
	"strings"
)

// field is a key of a scenario file, or a table of them.
type field struct {
	name   string
	preset string                   // its value in a file that has none, as TOML; "" for none
	read   func(r *reader, n *node) // nil for a key that the world does not simulate yet
	fields []field                  // of a table; then read only checks how they fit together
}

// key is a field whose value, of a kind, goes to a place in the scenario.
func key[T any](name, preset string, read kind[T], place func(*Scenario) *T) field {
	return field{name: name, preset: preset, read: func(r *reader, n *node) {
		if v, ok := read(r, n); ok {
			*place(r.scenario) = v
		}
	}}
}

// later is a field that files may not have before the world simulates what it says.
func later(name string) field { return field{name: name} }

func (f *field) simulated() bool { return f.read != nil || f.fields != nil }

// reader turns a document into a scenario by a schema. It goes on after a mistake, to find all.
// What it could not read stays zero; what depends on that is not judged, so that one slip is one
// mistake.
type reader struct {
	file     string
	schema   []field
	scenario *Scenario
	mistakes []Mistake
}

// note adds a mistake.
func (r *reader) note(at place, format string, args ...any) {
	r.mistakes = append(r.mistakes, mistake(r.file, at, fmt.Sprintf(format, args...)))
}

// refuse notes that a value is not what is wanted. It returns false, for a kind to pass on.
func (r *reader) refuse(n *node, format string, args ...any) bool {
	r.note(n.valueAt, "%s, want %s", said(n), fmt.Sprintf(format, args...))
	return false
}

// table reads the members of a table in the order of the fields; n is nil if the file has none.
func (r *reader) table(fields []field, n *node) {
	var known, allowed []string
	for i := range fields {
		f := &fields[i]
		r.field(f, n.child(f.name))
		known = append(known, f.name)
		if f.simulated() {
			allowed = append(allowed, f.name)
		}
	}
	r.only(n, known, allowed)
}

func (r *reader) field(f *field, n *node) {
	switch {
	case f.fields != nil:
		r.section(f, n)
	case n == nil && f.preset == "":
	case n == nil:
		f.read(r, f.presetNode())
	case !f.simulated():
		r.note(n.at, "%s is not yet simulated", n.label())
	default:
		f.read(r, n)
	}
}

// section reads a table with a header; its fields have their defaults without one.
func (r *reader) section(f *field, n *node) {
	if n != nil && n.shape != table {
		r.refuse(n, "a table, [%s]", f.name)
		n = nil
	}
	r.table(f.fields, n)
	if f.read != nil {
		f.read(r, n)
	}
}

func (f *field) presetNode() *node {
	root, wrong := parseDocument([]byte(f.name + " = " + f.preset))
	if wrong != nil {
		panic("scenario: default of " + f.name + ": " + wrong.text)
	}
	return root.child(f.name)
}

// only notes the members of a table that are not known by name, and tells those that are allowed.
func (r *reader) only(n *node, known, allowed []string) {
	if n == nil {
		return
	}
	for _, c := range n.children {
		if !slices.Contains(known, c.key) {
			r.note(c.at, "unknown key %q, want %s%s",
				brief(c.key), either(allowed), r.meant(c.key, known))
		}
	}
}

// meant tells what an unknown key was perhaps meant to be: one of its own table or, where a header
// is missing or one too many, just that key of another.
func (r *reader) meant(key string, known []string) string {
	if text := didYouMean(key, known); text != "" {
		return text
	}
	for i := range r.schema {
		f := &r.schema[i]
		if f.name == key && f.fields == nil {
			return fmt.Sprintf(", did you mean %q above all headers?", key)
		}
		if f.has(key) {
			return fmt.Sprintf(", did you mean %q?", f.name+"."+key)
		}
	}
	return ""
}

func (f *field) has(key string) bool {
	return slices.ContainsFunc(f.fields, func(g field) bool { return g.name == key })
}

// members returns those members of an inline table that have the names, in their order, or false if
// one is missing or it is no table.
func (r *reader) members(n *node, names ...string) ([]*node, bool) {
	if n.shape != table {
		return nil, r.refuse(n, "{%s}", strings.Join(names, ", "))
	}
	r.only(n, names, names)
	list := make([]*node, len(names))
	complete := true
	for i, name := range names {
		if list[i] = n.child(name); list[i] == nil {
			r.note(n.valueAt, "%s has no %s, want {%s}",
				n.label(), name, strings.Join(names, ", "))
			complete = false
		}
	}
	return list, complete
}
