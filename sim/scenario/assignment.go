package scenario

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Assignment gives a key of a scenario a value, from outside its file.
type Assignment struct {
	// Key is the path of the key: network.loss, fault[0].at; elements of arrays count from 0.
	Key string
	// Value is TOML. What is no TOML is a string: 80ms needs no quotes.
	Value string
	// Origin says whose assignment it is, for [Resolved.Explain]: "-set".
	Origin string
	// Said is how it was said, for mistakes: "-set network.loss=2".
	Said string
}

// ParseAssignment cuts a text such as network.loss=0.1, which a flag gave, into key and value. The
// error is a sentence.
func ParseAssignment(text, flag string) (Assignment, error) {
	key, value, ok := strings.Cut(text, "=")
	key = strings.TrimSpace(key)
	if !ok || key == "" {
		return Assignment{}, fmt.Errorf("%s %s: want key=value, for example network.loss=0.1",
			flag, strconv.Quote(brief(text)))
	}
	return Assignment{
		Key: key, Value: strings.TrimSpace(value), Origin: flag, Said: flag + " " + brief(text),
	}, nil
}

// assign puts the assignment into the document, in place of what is there.
func (r *reader) assign(root *node, a Assignment, order int) {
	at := place{source: &source{name: a.Said, origin: a.Origin, order: order}}
	path, ok := splitPath(a.Key)
	if !ok {
		r.note(at, "%q is no path of keys, want for example network.loss or fault[0].at",
			brief(a.Key))
		return
	}
	value := parseValue(at, a.Value)
	if value == nil {
		r.note(at, "the value begins as TOML and is none; around one with quotes, brackets or "+
			"blanks want single quotes for the shell, such as 'workload.keys=[\"a\", \"b\"]'")
		return
	}
	of, fields := root, r.top
	last := len(path) - 1
	for i, step := range path[:last] {
		if m := memberNamed(fields, step.key); m != nil && m.form.many && path[i+1].key != "" {
			r.note(at, "%s is an array of tables, want for example %s[0].%s",
				step.key, step.key, path[i+1].key)
			return
		}
		if of, fields = of.into(at, step, path[i+1], fields); of == nil {
			r.note(at, "%s: there is none, elements count from 0", textOf(path[:i+2]))
			return
		}
	}
	if !of.put(at, path[last], value) {
		r.note(at, "%s: there is none, elements count from 0", textOf(path))
	}
}

// step is a part of a path: a key, or the number of an element.
type step struct {
	key   string // "" for an element
	index int
}

func textOf(path []step) string {
	text := ""
	for _, s := range path {
		if s.key != "" {
			text += "." + s.key
		} else {
			text += "[" + strconv.Itoa(s.index) + "]"
		}
	}
	return strings.TrimPrefix(text, ".")
}

var pathPart = regexp.MustCompile(`^([A-Za-z0-9_-]+)((?:\[[0-9]{1,6}\])*)$`)

// splitPath cuts fault[0].link.from into its steps.
func splitPath(path string) (steps []step, ok bool) {
	for part := range strings.SplitSeq(path, ".") {
		m := pathPart.FindStringSubmatch(strings.TrimSpace(part))
		if m == nil {
			return nil, false
		}
		steps = append(steps, step{key: m[1]})
		for number := range strings.SplitSeq(strings.Trim(m[2], "[]"), "][") {
			if index, err := strconv.Atoi(number); err == nil {
				steps = append(steps, step{index: index})
			}
		}
	}
	return steps, true
}

// parseValue returns the node of a value: of TOML, or else of a string; nil for what begins as TOML
// and is none.
func parseValue(at place, value string) *node {
	for _, text := range []string{value, quote(value)} {
		root, err := parseDocument(at.source, []byte("v = "+text))
		if err == nil && len(root.children) == 1 {
			n := root.children[0]
			n.settle(at)
			return n
		}
		if value != "" && strings.ContainsAny(value[:1], "{[\"'") {
			return nil // a shell has taken its quotes, or it has no end
		}
	}
	return nil
}

// settle gives a node and all in it the place of its assignment.
func (n *node) settle(at place) {
	n.walk(func(c *node) { c.at, c.valueAt = at, at })
}

// memberNamed returns the member of that name, nil if there is none.
func memberNamed(members []member, key string) *member {
	for i := range members {
		if members[i].name == key {
			return &members[i]
		}
	}
	return nil
}

// into returns what a step of a path leads to, and the members that it may have; nil if the next
// one is an element that there is not. What the file does not have is its default, or made.
func (n *node) into(at place, s, next step, members []member) (*node, []member) {
	c := n.child(s.key)
	if s.key == "" {
		if n.shape != array || s.index >= len(n.children) {
			return nil, nil
		}
		c = n.children[s.index]
	}
	known := memberNamed(members, s.key)
	if known != nil {
		members = known.form.members
	}
	if c == nil && known != nil && known.preset != "" && known.presetNode().shape != scalar {
		c = known.presetNode()
		c.settle(at)
		n.put(at, s, c)
	}
	if next.key == "" {
		if c == nil || c.shape != array || next.index >= len(c.children) {
			return nil, nil
		}
		return c, members
	}
	if c == nil || c.shape == scalar {
		c = &node{shape: table}
		c.settle(at)
		n.put(at, s, c)
	}
	return c, members
}

// put makes a node the member or the element that a step names; false if there is no such element.
func (n *node) put(at place, s step, c *node) bool {
	c.parent, c.key, c.starts = n, s.key, n.parent == nil || n.parent.parent == nil
	if s.key == "" {
		if n.shape != array || s.index >= len(n.children) {
			return false
		}
		c.index = s.index
		n.children[s.index] = c
		return true
	}
	if n.shape != table {
		n.shape, n.children, n.byKey, n.text = table, nil, nil, ""
		n.at, n.valueAt = at, at
	}
	if old := n.child(s.key); old != nil {
		c.index = old.index
		n.children[c.index] = c
		if n.byKey != nil {
			n.byKey[s.key] = c
		}
		return true
	}
	n.adopt(c)
	return true
}
