package scenario

import (
	"fmt"
	"slices"
)

// reader turns a document into a scenario by the schema. It goes on after a mistake, to find all.
// What it could not read stays zero; what depends on that is not judged, so that one slip is one
// mistake.
type reader struct {
	scenario *Scenario
	top      []member                          // what a file can say above all headers
	open     func(path string) ([]byte, error) // of files that the scenario names
	mistakes []Mistake
}

// note adds a mistake.
func (r *reader) note(at place, format string, args ...any) {
	r.mistakes = append(r.mistakes, mistake(at, fmt.Sprintf(format, args...)))
}

// refuse notes that a value is not what is wanted. It returns false, for a kind to pass on.
func (r *reader) refuse(n *node, format string, args ...any) bool {
	r.note(n.valueAt, "%s, want %s", said(n), fmt.Sprintf(format, args...))
	return false
}

// only notes what a table has besides its members.
func (r *reader) only(n *node, members []member) {
	for _, c := range n.children {
		if slices.ContainsFunc(members, func(m member) bool { return m.name == c.key }) {
			continue
		}
		var allowed, known []string
		for _, m := range members {
			known = append(known, m.name)
			if !m.later {
				allowed = append(allowed, m.name)
			}
		}
		r.note(c.at, "unknown key %q, want %s%s",
			brief(c.key), either(allowed), r.meant(c.key, known))
	}
}

// meant tells what an unknown key was perhaps meant to be: one of its own table or, where a header
// is missing or one too many, one of another.
func (r *reader) meant(key string, known []string) string {
	if text := didYouMean(key, known); text != "" {
		return text
	}
	for _, m := range r.top {
		if m.name == key && m.form.members == nil {
			return fmt.Sprintf(", did you mean %q above all headers?", key)
		}
		if m.name == key {
			return fmt.Sprintf(", did you mean the header [%s]?", key)
		}
		for _, inner := range m.form.members {
			if inner.name == key {
				return fmt.Sprintf(", did you mean %q?", m.name+"."+key)
			}
		}
	}
	return ""
}
