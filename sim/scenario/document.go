package scenario

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// place is a line and a column of a source, both from 1. Columns count bytes, as compilers do. What
// is said outside a file, by one assignment, has no line.
type place struct {
	source       *source
	line, column int
}

// String returns "line:column".
func (p place) String() string { return strconv.Itoa(p.line) + ":" + strconv.Itoa(p.column) }

// source is who says something: a file, -set, a variable of the environment. Nobody, a nil source,
// says the defaults.
type source struct {
	name   string
	origin string // in a word or two; a file has none, but lines
	folder string // from which the paths in it are seen
	order  int    // the file is 0, assignments follow in their order, from 1
}

// otherFiles is the order of files that a scenario names.
const otherFiles = math.MaxInt

// shape tells what of a node's fields means something.
type shape uint8

const (
	scalar shape = iota + 1 // value
	array                   // children, in order
	table                   // children, each with its key
)

// node is a value of a TOML document, with its key and the places of both. The library decodes
// values without their places, and its parser finds places without decoding: a node has the two.
type node struct {
	shape    shape
	parent   *node
	key      string // in a table
	index    int    // in an array
	starts   bool   // its key is the first of a line, or of a header
	at       place  // of the key; of the value in an array
	valueAt  place
	text     string // of the value, as written; "" for what a header begins
	value    any    // string, int64, float64, bool, or a kind of date
	strange  bool   // it is a table with keys that there are not
	broken   bool   // what is written is no TOML, and was told: nothing is known of the value
	children []*node
	byKey    map[string]*node // of a table that has many children; else nil
}

// fewChildren are found as fast without an index.
const fewChildren = 8

// label is how a mistake names the node: by the keys of its line.
func (n *node) label() string {
	switch {
	case n.parent == nil:
		return ""
	case n.parent.shape == array:
		return n.parent.label() + "[" + strconv.Itoa(n.index) + "]"
	case n.starts:
		return n.key
	}
	return n.parent.label() + "." + n.key
}

// anyBroken tells whether nothing is known of a value in a table.
func (n *node) anyBroken() bool {
	return n.broken || slices.ContainsFunc(n.children, (*node).anyBroken)
}

// child returns the member of a table with that key, nil if it has none, or if n is nil.
func (n *node) child(key string) *node {
	if n == nil || n.shape != table {
		return nil
	}
	if n.byKey != nil {
		return n.byKey[key]
	}
	for _, c := range n.children {
		if c.key == key {
			return c
		}
	}
	return nil
}

// parseDocument returns the table that a valid TOML document is.
func parseDocument(from *source, data []byte) (*node, error) {
	d, err := parse(from, data, data)
	return d.root, err
}

// parse returns the document of a text. The nodes tell what is shown at their places.
func parse(from *source, data, shown []byte) (d document, err error) {
	var decoded map[string]any
	if err := toml.Unmarshal(data, &decoded); err != nil {
		return d, err
	}
	d = document{source: from, text: string(data), shown: string(shown)}
	for i, c := range data {
		if c == '\n' {
			d.lineEnds = append(d.lineEnds, i)
		}
	}
	d.root = &node{shape: table, at: d.place(0), valueAt: d.place(0)}
	d.current = d.root
	d.parser.Reset(data)
	for d.parser.NextExpression() {
		d.expression(d.parser.Expression())
	}
	if err := d.parser.Error(); err != nil {
		panic("scenario: the decoder took what its parser refuses: " + err.Error())
	}
	d.root.attach(decoded)
	return d, nil
}

// document builds nodes from a document that is known to be valid.
type document struct {
	source   *source
	text     string // the document
	shown    string // as it was written; nodes hold parts of it, which costs no copies
	lineEnds []int  // offsets
	parser   unstable.Parser
	root     *node
	current  *node // the table that the last header began
}

func (d *document) place(offset int) place {
	before, _ := slices.BinarySearch(d.lineEnds, offset)
	if before == 0 {
		return place{d.source, 1, offset + 1}
	}
	return place{d.source, before + 1, offset - d.lineEnds[before-1]}
}

func (d *document) expression(e *unstable.Node) {
	switch e.Kind {
	case unstable.Table, unstable.ArrayTable:
		d.current = d.header(e)
	case unstable.KeyValue:
		d.keyValue(d.current, e, true)
	}
}

// header returns the table that a [header] names or a [[header]] adds. On the way, an array of
// tables stands for its last one.
func (d *document) header(e *unstable.Node) *node {
	of, starts := d.root, true
	for keys := e.Key(); keys.Next(); starts = false {
		key, adds := keys.Node(), keys.IsLast() && e.Kind == unstable.ArrayTable
		if !adds {
			of = d.member(of, key, table, starts)
		} else {
			of = d.member(of, key, array, starts)
			at := d.place(int(key.Raw.Offset))
			of.adopt(&node{shape: table, at: at, valueAt: at})
		}
		if of.shape == array {
			of = of.children[len(of.children)-1]
		}
	}
	return of
}

// member returns the member of a table that a key names. It makes one of that shape if need be.
func (d *document) member(of *node, key *unstable.Node, s shape, starts bool) *node {
	if c := of.child(string(key.Data)); c != nil {
		return c
	}
	at := d.place(int(key.Raw.Offset))
	c := &node{shape: s, key: string(key.Data), starts: starts, at: at, valueAt: at}
	return of.adopt(c)
}

func (n *node) adopt(c *node) *node {
	c.parent, c.index = n, len(n.children)
	n.children = append(n.children, c)
	switch {
	case n.shape != table || len(n.children) < fewChildren:
	case n.byKey != nil:
		n.byKey[c.key] = c
	default:
		n.byKey = map[string]*node{}
		for _, c := range n.children {
			n.byKey[c.key] = c
		}
	}
	return c
}

// keyValue adds what a `key = value` says to a table, and returns the offset behind it.
func (d *document) keyValue(of *node, e *unstable.Node, starts bool) int {
	for keys := e.Key(); keys.Next(); starts = false {
		key := keys.Node()
		if !keys.IsLast() {
			of = d.member(of, key, table, starts)
			continue
		}
		c := d.member(of, key, scalar, starts)
		equals := d.skip(int(key.Raw.Offset+key.Raw.Length), " \t")
		return d.fill(c, e.Value(), d.skip(equals+1, " \t"))
	}
	panic("scenario: value without a key")
}

// fill makes n the value that begins at start, and returns the offset behind it. The parser does
// not tell where arrays are, so they are found by what is around them.
func (d *document) fill(n *node, v *unstable.Node, start int) (end int) {
	n.valueAt = d.place(start)
	children := v.Children()
	switch v.Kind {
	case unstable.Array:
		n.shape = array
		end = d.skipBetween(start + 1)
		for children.Next() {
			c := n.adopt(&node{shape: scalar, at: d.place(end)})
			end = d.skipBetween(d.fill(c, children.Node(), end))
		}
		end++
	case unstable.InlineTable:
		n.shape = table
		end = start + 1
		for children.Next() {
			end = d.keyValue(n, children.Node(), false)
		}
		end = d.skipBetween(end) + 1
	default:
		end = int(v.Raw.Offset + v.Raw.Length)
	}
	n.text = d.shown[start:end]
	return end
}

func (d *document) skip(offset int, set string) int {
	for offset < len(d.text) && strings.IndexByte(set, d.text[offset]) >= 0 {
		offset++
	}
	return offset
}

// skipBetween skips what may stand between two values: blanks, line ends, commas, comments.
func (d *document) skipBetween(offset int) int {
	for {
		offset = d.skip(offset, " \t\r\n,")
		if offset >= len(d.text) || d.text[offset] != '#' {
			return offset
		}
		line, _ := slices.BinarySearch(d.lineEnds, offset)
		offset = d.lineEnds[line] // within an array or a table, a comment's line has an end
	}
}

// attach gives the nodes their decoded values.
func (n *node) attach(decoded any) {
	switch n.shape {
	case table:
		for _, c := range n.children {
			c.attach(decoded.(map[string]any)[c.key])
		}
	case array:
		for i, c := range n.children {
			c.attach(decoded.([]any)[i])
		}
	case scalar:
		n.value = decoded
	}
}
