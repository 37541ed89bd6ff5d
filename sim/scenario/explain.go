package scenario

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// TOML returns the scenario as a file that says everything: with all defaults, and complete without
// any other file. It is the same scenario when it is read again.
func (s *Scenario) TOML() []byte {
	var w writer
	writeTable(&w, schema, nil, s)
	return []byte(w.text.String())
}

// Explain returns the scenario as [Scenario.TOML] does, and beside each value where it came from.
func (r Resolved) Explain() []byte {
	w := writer{origins: true}
	writeTable(&w, schema, r.root, r.Scenario)
	return []byte(w.text.String())
}

// writer writes a scenario file, or the members of an inline table.
type writer struct {
	text    strings.Builder
	inline  bool
	origins bool   // beside each value, in a comment
	aside   string // what else to say there of the next value
}

// remark writes a comment of its own, if what comes from where is told.
func (w *writer) remark(text string) {
	if w.origins {
		fmt.Fprintf(&w.text, "# %s\n", text)
	}
}

func (w *writer) header(text string) { fmt.Fprintf(&w.text, "\n%s\n", text) }

// originColumn is where the comments begin, if the values leave room.
const originColumn = 48

// line writes a key and its value, which came from n; from the defaults, if that is nil.
func (w *writer) line(key, value string, n *node) { w.lineAbout(key, value, n, "") }

// lineAbout adds to the comment what is to be known of the value.
func (w *writer) lineAbout(key, value string, n *node, about string) {
	if w.inline {
		if w.text.Len() > 0 {
			w.text.WriteString(", ")
		}
		w.text.WriteString(key + " = " + value)
		return
	}
	line := key + " = " + value
	if w.origins {
		room := originColumn - utf8.RuneCountInString(line)
		line += strings.Repeat(" ", max(2, room)) + "# " + origins(n) + about
		if w.aside != "" {
			line += ": " + w.aside
		}
	}
	w.aside = ""
	w.text.WriteString(line + "\n")
}

// origins tells who said the node and what is in it, each once.
func origins(n *node) string {
	if n == nil {
		return "default"
	}
	var told []*source
	var texts []string
	n.walk(func(n *node) {
		if slices.Contains(told, n.at.source) {
			return
		}
		told = append(told, n.at.source)
		text := n.at.source.origin
		if text == "" {
			text = printable(fmt.Sprintf("%s:%d", n.at.source.name, n.at.line))
		}
		texts = append(texts, text)
	})
	return strings.Join(texts, ", ")
}

// walk visits a node and all in it.
func (n *node) walk(visit func(*node)) {
	visit(n)
	for _, c := range n.children {
		c.walk(visit)
	}
}
