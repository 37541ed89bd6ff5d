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
		r.note(at, "the value is neither TOML nor text, want for example key=80ms")
		return
	}
	of, fields := root, r.top
	for _, step := range path[:len(path)-1] {
		of, fields = of.into(at, step, fields)
		if of == nil {
			r.note(at, "%s: there is none, elements count from 0", step.text())
			return
		}
	}
	if !of.put(at, path[len(path)-1], value) {
		r.note(at, "%s: there is none, elements count from 0", path[len(path)-1].text())
	}
}

// step is a part of a path: a key, or the number of an element.
type step struct {
	key   string // "" for an element
	index int
}

func (s step) text() string {
	if s.key != "" {
		return s.key
	}
	return "[" + strconv.Itoa(s.index) + "]"
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

// parseValue returns the node of a value: of TOML, or else of a string.
func parseValue(at place, value string) *node {
	for _, text := range []string{value, quote(value)} {
		root, err := parseDocument(at.source, []byte("v = "+text))
		if err == nil && len(root.children) == 1 {
			n := root.children[0]
			n.settle(at)
			return n
		}
	}
	return nil
}

// settle gives a node and all in it the place of its assignment.
func (n *node) settle(at place) {
	n.walk(func(c *node) { c.at, c.valueAt = at, at })
}

// into returns what a step of a path leads to, and the members that it may have; nil if it is an
// element that there is not. A table that is not there is made, with its default's members if it
// has any.
func (n *node) into(at place, s step, members []member) (*node, []member) {
	if s.key == "" {
		if n.shape != array || s.index >= len(n.children) {
			return nil, nil
		}
		return n.children[s.index], members
	}
	var known *member
	for i := range members {
		if members[i].name == s.key {
			known, members = &members[i], members[i].form.members
			break
		}
	}
	c := n.child(s.key)
	if c == nil || c.shape == scalar {
		c = &node{shape: table}
		if known != nil && known.preset != "" && known.presetNode().shape == table {
			c = known.presetNode()
		}
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
		n.shape, n.children, n.text = table, nil, ""
		n.at, n.valueAt = at, at
	}
	for i, old := range n.children {
		if old.key == s.key {
			c.index = i
			n.children[i] = c
			return true
		}
	}
	n.adopt(c)
	return true
}
