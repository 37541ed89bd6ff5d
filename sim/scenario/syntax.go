package scenario

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// slip is a place at which a file is no TOML, and what is wrong there.
type slip struct {
	at   place
	text string
	// word is the value at that place, "" if it is not only one that is wrong there; remedy is what
	// stands for it then, as TOML. The text says so, unless the reader refuses that, too.
	word, remedy string
	broken       place // of the value of which nothing is known; without a line if there is none
}

const byteOrderMark = "\ufeff"

// parseFile returns the table that a file is, and where it is no TOML. It goes on after a slip as
// far as that is safe: a word that cannot be read is taken for what was meant, any other value is
// taken out and its node is broken, a key set again is left out. Where a slip leaves open what the
// lines below it belong to, the root is of those above it, and the file is not whole.
func parseFile(from *source, data []byte) (root *node, slips []slip, whole bool) {
	if at, text := notText(from, data); text != "" {
		return nil, []slip{{at: at, text: text}}, false
	}
	data = bytes.TrimPrefix(data, []byte(byteOrderMark))
	if offset := tooManyKeys(data); offset >= 0 {
		at := (&patient{source: from, text: data}).place(offset)
		text := fmt.Sprintf("more than %d keys, want at most so many", maxKeys)
		return nil, []slip{{at: at, text: text}}, false
	}
	p := patient{source: from, text: bytes.Clone(data), shown: data, last: -1}
	for len(p.slips) < MaxMistakes {
		d, err := parse(from, p.text, p.shown)
		if err == nil {
			d.root.mark(p.slips)
			return d.root, p.slips, true
		}
		if !p.mend(err) {
			break
		}
	}
	if d, err := parse(from, p.text[:p.stuck], p.shown); err == nil {
		root = d.root
		root.mark(p.slips)
	}
	return root, p.slips, false
}

// notText tells where a file is not text in UTF-8, if anywhere.
func notText(from *source, data []byte) (at place, text string) {
	at = place{from, 1, 1}
	switch {
	case bytes.HasPrefix(data, []byte{0xff, 0xfe}), bytes.HasPrefix(data, []byte{0xfe, 0xff}):
		return at, "the file is UTF-16, want it saved as UTF-8"
	case utf8.Valid(data):
		return at, ""
	}
	offset := 0
	for {
		c, size := utf8.DecodeRune(data[offset:])
		if c == utf8.RuneError && size == 1 {
			break
		}
		offset += size
		at.column += size
		if c == '\n' {
			at.line, at.column = at.line+1, 1
		}
	}
	return at, "byte 0x" + strconv.FormatUint(uint64(data[offset]), 16) +
		" is not UTF-8, want the file saved as UTF-8"
}

// patient is a file that is being mended, one slip at a time. What is put in has the length of what
// is taken out, so that all places stay what they are.
type patient struct {
	source *source
	text   []byte
	shown  []byte // the file as it was written, but for room where a value is missing
	slips  []slip
	last   int // where the slip before was found
	stuck  int // where the expression begins that cannot be mended
	open   int // where a line ends in which a string has no end: the next may be its rest
}

// mend notes a slip, and takes out of the text what is wrong; false if that would leave open what
// the rest means.
func (p *patient) mend(err error) bool {
	var decode *toml.DecodeError
	if !errors.As(err, &decode) {
		text := strings.TrimPrefix(err.Error(), "toml: ")
		p.slips = append(p.slips, slip{at: place{p.source, 1, 1}, text: text})
		return false
	}
	offset := p.offset(decode.Position())
	e := expressionAt(p.text, offset)
	p.stuck = e.start
	if offset == p.last {
		return false // what was taken out was not it
	}
	p.last = offset
	if strings.Contains(decode.Error(), "already") {
		return p.mendTwice(decode, e, offset)
	}
	if e.equals < 0 || offset < e.equals || e.key(p.text) == "" {
		if p.open == 0 || e.start != p.open+1 {
			p.note(offset, explainKey(decode.Error(), p.text, e, offset))
		}
		return p.mendKey(offset)
	}
	return p.mendValue(decode.Error(), e, offset)
}

func (p *patient) note(offset int, text string) {
	p.slips = append(p.slips, slip{at: p.place(offset), text: text})
}

// mendKey mends what other languages write for = and #, and returns false for anything else.
func (p *patient) mendKey(offset int) bool {
	switch rest := p.text[offset:]; {
	case bytes.HasPrefix(rest, []byte(": ")) && offset > 0 && p.text[offset-1] != '"': // no JSON
		p.text[offset] = '='
		return true
	case bytes.HasPrefix(rest, []byte("//")):
		p.text[offset] = '#'
		return true
	}
	return false
}

// mendValue notes a slip in a value.
func (p *patient) mendValue(message string, e expression, offset int) bool {
	if e.open >= 0 && e.resumes > 0 && offset >= e.resumes {
		p.note(e.open, unclosed(p.text[e.open]))
		return false
	}
	if strings.Contains(message, "not terminated") && e.open >= 0 {
		quotes := string(p.text[e.open : e.open+3])
		p.note(e.open, "the string has no end, want "+quotes)
		return false
	}
	from, to := wordAt(p.text, e, offset)
	if text, word, remedy := explainWord(message, string(p.text[from:to])); text != "" {
		at := p.place(from)
		p.slips = append(p.slips, slip{at: at, text: text, word: word, remedy: remedy, broken: at})
		p.fill(from, from+len(word))
		return true
	}
	value := e.equals + 1 + leadingBlanks(p.text[e.equals+1:e.end])
	if value == e.end || p.text[value] == '#' {
		p.note(offset, "no value, want "+brief(e.key(p.text))+" = value")
		p.text = slices.Insert(p.text, e.equals+1, '0')
		p.shown = slices.Insert(slices.Clone(p.shown), e.equals+1, ' ')
		p.slips[len(p.slips)-1].broken = p.place(e.equals + 1)
		return true
	}
	text := explainValue(message, p.text, offset)
	p.note(offset, text)
	if strings.Contains(text, "no end in its line") {
		p.open = e.end
	}
	if e.open >= 0 {
		return false
	}
	p.slips[len(p.slips)-1].broken = p.place(value)
	p.fill(value, e.end)
	return true
}

// mendTwice notes that something is defined again.
func (p *patient) mendTwice(decode *toml.DecodeError, e expression, offset int) bool {
	if again, key := repeated(p.text[e.start:e.end]); key != "" {
		p.note(e.start+again, brief(key)+" is there already, want it once")
		value := e.equals + 1 + leadingBlanks(p.text[e.equals+1:e.end])
		p.slips[len(p.slips)-1].broken = p.place(value)
		p.fill(value, e.end)
		return true
	}
	// What else is wrong with it does not matter.
	first, last := p.place(e.start), p.place(e.end)
	p.slips = slices.DeleteFunc(p.slips, func(s slip) bool {
		return first.line <= s.at.line && s.at.line <= last.line
	})
	p.note(offset, p.setTwice(decode, e.start))
	if e.equals < 0 {
		return false // what follows a header belongs to it
	}
	blank(p.text[e.start:e.end])
	return true
}

// setTwice is what is wrong where something is defined again.
func (p *patient) setTwice(err *toml.DecodeError, before int) string {
	key := err.Key()
	what := brief(strings.Join(key, ".")) + " is there already"
	d, wrong := parse(p.source, p.text[:before], p.shown)
	if wrong != nil {
		return what + ", want it once"
	}
	for _, of := range []*node{d.current, d.root} {
		if n := of.find(key); n != nil {
			return what + ", in line " + strconv.Itoa(n.at.line) + ", want it once"
		}
	}
	return what + ", want it once"
}

// repeated returns where the inline tables of an expression have a key again, and the key; "" if
// none has.
func repeated(text []byte) (offset int, key string) {
	var parser unstable.Parser
	parser.Reset(text)
	if !parser.NextExpression() || parser.Expression().Kind != unstable.KeyValue {
		return 0, ""
	}
	return repeatedIn(parser.Expression().Value())
}

func repeatedIn(v *unstable.Node) (offset int, key string) {
	seen := map[string]bool{}
	for children := v.Children(); children.Next(); {
		c := children.Node()
		if v.Kind == unstable.InlineTable {
			path, at, taken := "", 0, false
			for keys := c.Key(); keys.Next(); {
				taken = taken || path != "" && seen[path+"="]
				path += "." + strconv.Quote(string(keys.Node().Data))
				key, at = string(keys.Node().Data), int(keys.Node().Raw.Offset)
				taken = taken || keys.IsLast() && seen[path]
				seen[path] = true
			}
			if taken {
				return at, key
			}
			seen[path+"="] = true
			c = c.Value()
		}
		if v.Kind == unstable.InlineTable || v.Kind == unstable.Array {
			if offset, key := repeatedIn(c); key != "" {
				return offset, key
			}
		}
	}
	return 0, ""
}

// fill puts a value in the place of what is wrong.
func (p *patient) fill(from, to int) {
	if bytes.ContainsAny(p.text[from:to], "\n") || to-from == 1 {
		blank(p.text[from:to])
		p.text[from] = '0'
		return
	}
	for i := from; i < to; i++ {
		p.text[i] = '0'
	}
	p.text[from], p.text[to-1] = '"', '"'
}

// blank takes a text out, but for its line ends.
func blank(text []byte) {
	for i, c := range text {
		if c != '\n' {
			text[i] = ' '
		}
	}
}

func leadingBlanks(text []byte) int { return len(text) - len(bytes.TrimLeft(text, " \t\r")) }

// offset returns where a line and column are.
func (p *patient) offset(line, column int) int {
	start := 0
	for range line - 1 {
		start += bytes.IndexByte(p.text[start:], '\n') + 1
	}
	offset := min(start+column-1, len(p.text))
	for offset > 0 && offset < len(p.text) && !utf8.RuneStart(p.text[offset]) {
		offset--
	}
	return offset
}

func (p *patient) place(offset int) place {
	before := p.text[:offset]
	return place{p.source, 1 + bytes.Count(before, []byte("\n")),
		offset - bytes.LastIndexByte(before, '\n')}
}

// mark gives the nodes of the slips what was meant there, or breaks them.
func (n *node) mark(slips []slip) {
	for _, s := range slips {
		if n.shape != scalar || s.broken != n.valueAt {
			continue
		}
		n.text, n.broken = s.word, true
		if s.remedy == "" {
			n.value = nil
		} else if meant, err := parseDocument(nil, []byte("v = "+s.remedy)); err == nil {
			n.broken, n.value = false, meant.children[0].value
		}
	}
	for _, c := range n.children {
		c.mark(slips)
	}
}

// find returns what keys lead to, by the last of each array's elements; nil if nothing is there.
func (n *node) find(keys []string) *node {
	for _, key := range keys {
		if n != nil && n.shape == array && len(n.children) > 0 {
			n = n.children[len(n.children)-1]
		}
		n = n.child(key)
	}
	return n
}
