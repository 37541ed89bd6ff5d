package scenario

import (
	"bytes"
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/pelletier/go-toml/v2"

	"raftkv/sim/vtime"
)

// slip is a place at which a file is no TOML, and what is wrong there.
type slip struct {
	at   place
	text string
}

const byteOrderMark = "\ufeff"

// parseFile returns the table that a file is, and where it is no TOML. It goes on after a slip as
// far as that is safe: a value that cannot be read is taken out and its node is broken, a key set
// again is left out. Where a slip leaves open what the lines below it belong to, the root is nil.
func parseFile(from *source, data []byte) (root *node, slips []slip) {
	if at, text := notText(from, data); text != "" {
		return nil, []slip{{at, text}}
	}
	p := patient{source: from, text: bytes.TrimPrefix(data, []byte(byteOrderMark))}
	for len(p.slips) < MaxMistakes {
		root, err := parseDocument(from, p.text)
		if err == nil {
			root.breakLines(p.broken)
			return root, p.slips
		}
		if !p.mend(err) {
			break
		}
	}
	return nil, p.slips
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

// patient is a file that is being mended, one slip at a time.
type patient struct {
	source *source
	text   []byte
	slips  []slip
	broken []int // lines whose value was taken out
	open   int   // the line in which a string has no end: the next may be its rest
}

// mend notes a slip, and takes out of the text what is wrong; false if that would leave open what
// the rest means.
func (p *patient) mend(err error) bool {
	var decode *toml.DecodeError
	if !errors.As(err, &decode) {
		p.slips = append(p.slips, slip{place{p.source, 1, 1}, explain(err.Error(), "", 0)})
		return false
	}
	line, column := decode.Position()
	at := place{p.source, line, column}
	if last := len(p.slips) - 1; last >= 0 && p.slips[last].at == at {
		return false // what was taken out was not it
	}
	start, end := p.line(line)
	text := string(bytes.TrimSuffix(p.text[start:end], []byte("\r")))
	if strings.Contains(decode.Error(), "already") {
		what := p.setTwice(decode, start)
		p.slips = append(p.slips, slip{at, what})
		return p.blank(start, end, start)
	}
	equals := strings.IndexByte(text, '=')
	inKey := equals < 0 || column-1 < equals || strings.TrimSpace(text[:equals]) == ""
	if inKey && p.open != 0 && line == p.open+1 {
		return false
	}
	what := explain(decode.Error(), text, column)
	p.slips = append(p.slips, slip{at, what})
	if inKey {
		return false
	}
	if strings.Contains(what, "no end") {
		p.open = line
	}
	p.broken = append(p.broken, line)
	return p.blank(start, end, start+equals+1)
}

// line returns where a line starts and where it ends.
func (p *patient) line(number int) (start, end int) {
	for range number - 1 {
		start += bytes.IndexByte(p.text[start:], '\n') + 1
	}
	if length := bytes.IndexByte(p.text[start:], '\n'); length >= 0 {
		return start, start + length
	}
	return start, len(p.text)
}

// blank takes out a line from some place on; what is left of it gets the value 0. It returns false
// if the line is no whole one, but part of a value, or if it is a header.
func (p *patient) blank(start, end, from int) bool {
	line := string(p.text[start:end])
	if _, err := parseDocument(p.source, p.text[:start]); err != nil || open(line) ||
		strings.HasPrefix(strings.TrimSpace(line), "[") {
		return false
	}
	value := ""
	if from > start {
		value = "0"
	}
	p.text = slices.Concat(p.text[:from], []byte(value), p.text[end:])
	return true
}

// open tells whether what a line begins may go on below it.
func open(line string) bool {
	return strings.Count(line, "[") != strings.Count(line, "]") ||
		strings.Count(line, "{") != strings.Count(line, "}") ||
		strings.Contains(line, `"""`) || strings.Contains(line, `'''`)
}

// breakLines marks the nodes whose values were taken out of those lines.
func (n *node) breakLines(lines []int) {
	n.broken = n.shape == scalar && slices.Contains(lines, n.at.line)
	for _, c := range n.children {
		c.breakLines(lines)
	}
}

// setTwice is what is wrong where something is defined again.
func (p *patient) setTwice(err *toml.DecodeError, before int) string {
	key := err.Key()
	what := brief(strings.Join(key, ".")) + " is there already"
	d, wrong := parse(p.source, p.text[:before])
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

// slipSentences are what the library says, in part, and what is said instead.
var slipSentences = []struct{ library, sentence string }{
	{"array is incomplete", "the array has no end, want ]"},
	{"inline table is incomplete", "the table has no end, want }"},
	{"after array value",
		"no comma between two elements of an array, or no end of it, want , or ]"},
	{"to close table name", "the header has no end, want ]"},
	{"to close array table name", "the header has no end, want ]]"},
	{"basic strings cannot have new lines", `the string has no end in its line, want "`},
	{"literal strings cannot have new lines", "the string has no end in its line, want '"},
	{"unterminated basic string", `the string has no end, want "`},
	{"unterminated literal string", "the string has no end, want '"},
	{"unable to parse float", "the number is too large"},
	{"too large to fit", "the number is too large, want at most 9223372036854775807; " +
		"a seed may be a string"},
	{"leading zero", "a number begins with 0, want it without"},
	{"escape character", `\ begins an escape, want \\ for a backslash, or a string in '...'`},
	{"decimal point must be followed", "no digit after the decimal point, want for example 1.0"},
	{"U+002E '.' at start of value", "a number begins with a point, want for example 0.5"},
	{"strings cannot have control characters",
		`a control character in a string, want an escape such as \u0000`},
	{"should be a table, not a value", "a header for what has a value above, want one of them"},
	{"newline but got U+000D", "a carriage return ends no line, want a line feed"},
	{"expected newline but got", "text after the value, want one key = value in a line"},
	{"at start of key: U+003D", "no key before =, want key = value"},
	{"at start of key: U+002F", "/ begins no key, want # before a comment"},
	{"nested more than", "the brackets are nested too deep, want at most 4 levels"},
}

// explain says what is wrong in a line from a column on, in more helpful words than the library's.
func explain(message, line string, column int) string {
	if strings.Contains(message, "expected '=' after key") {
		return explainKey(line, column)
	}
	equals := strings.IndexByte(line, '=')
	if key := strings.TrimSpace(line[:max(equals, 0)]); key != "" && column-1 >= equals {
		if value := strings.TrimSpace(line[equals+1:]); value == "" || value[0] == '#' {
			return "no value, want " + brief(key) + " = value"
		}
		if text := explainValue(key, wordAt(line, equals+1, column-1)); text != "" {
			return text
		}
	}
	for _, s := range slipSentences {
		if strings.Contains(message, s.library) {
			return s.sentence
		}
	}
	return strings.TrimPrefix(message, "toml: ")
}

func explainKey(line string, column int) string {
	rest := strings.TrimSpace(line[min(column-1, len(line)):])
	if strings.HasPrefix(rest, ":") {
		return ": after the key, want key = value"
	}
	return "no = after the key, want key = value"
}

// wordAt returns the value or the element that an offset of a line is in; values begin at start.
func wordAt(line string, start, offset int) string {
	offset = max(start, min(offset, len(line)))
	if begin := strings.LastIndexAny(line[start:offset], "=,[{"); begin >= 0 {
		start += begin + 1
	}
	word := line[start:]
	if strings.ContainsAny(line[:start], "[{") {
		if end := strings.IndexAny(word, ",]}"); end >= 0 {
			word = word[:end]
		}
	}
	return strings.TrimSpace(word)
}

// bareWord is a value that lacks its quotes, or nothing else but a comment.
var bareWord = regexp.MustCompile(`^[\pL\pN_.+-][\pL\pN_.+ -]*`)

// explainValue says what is wrong with a value, as far as its beginning tells.
func explainValue(key, value string) string {
	switch {
	case strings.HasPrefix(value, "="):
		return "== sets nothing, want " + brief(key) + " = value"
	case strings.ContainsAny(value[:min(len(value), 3)], "\u201c\u201d\u2018\u2019\u201e"):
		return "a typographic quotation mark, want \" or '"
	}
	word := strings.TrimSpace(bareWord.FindString(value))
	switch rest := strings.TrimSpace(strings.TrimPrefix(value, word)); {
	case word == "" || rest != "" && !strings.HasPrefix(rest, "#") || numeric(word):
		return ""
	case strings.EqualFold(word, "true"), strings.EqualFold(word, "false"):
		return word + " is no value, want " + strings.ToLower(word)
	}
	if joined := strings.ReplaceAll(word, " ", ""); joined != word {
		if _, err := vtime.ParseDuration(joined); err == nil {
			return brief(word) + " is no value, want " + strconv.Quote(joined)
		}
	}
	return brief(word) + " has no quotes, want " + strconv.Quote(brief(word))
}

// numeric tells whether a word is meant to be a number: then quotes are not what it lacks.
func numeric(word string) bool {
	return strings.Trim(word, "0123456789_+-.eExXoObBaAcCdDfF") == "" &&
		strings.ContainsAny(word[:1], "0123456789+-.")
}
