package scenario

import (
	"bytes"
	"regexp"
	"strings"
)

// expression is a part of a file, which may be no TOML: a key and its value with all lines of it, a
// header, or a line with neither.
type expression struct {
	start, end int // offsets; the end is that of a line
	equals     int // -1 if there is none
	open       int // where a bracket or a string begins that has no end; -1 if none does
	resumes    int // the line that seems to begin another expression in the open bracket; 0 if none
	keys       int // its own and, of the inline tables in it, those of the largest
}

// key is what stands before the equals sign.
func (e expression) key(text []byte) string {
	return strings.TrimSpace(string(text[e.start:e.equals]))
}

// expressionAt returns the expression that an offset is in.
func expressionAt(text []byte, offset int) expression {
	e := scanExpression(text, 0)
	for e.end < offset && e.end < len(text) {
		e = scanExpression(text, e.end+1)
	}
	return e
}

// keyBegins is a line that is hardly an element of an array.
var keyBegins = regexp.MustCompile(
	`^\n[ \t]*([A-Za-z0-9_.-]+[ \t]*=|\[\[?[A-Za-z0-9_.-]+\]\]?[ \t\r]*(\n|$))`)

// headerBegins is a line that is hardly a member of an inline table.
var headerBegins = regexp.MustCompile(`^\n[ \t]*\[\[?[A-Za-z_.-]+\]\]?[ \t\r]*(\n|$)`)

// unclosed says what a bracket lacks.
func unclosed(bracket byte) string {
	if bracket == '[' {
		return "the array has no end, want ]"
	}
	return "the table has no end, want }"
}

// scanExpression finds where the expression that begins at start ends: it follows strings, comments
// and brackets, whatever else is there.
func scanExpression(text []byte, start int) expression {
	e := expression{start: start, equals: -1, open: -1, keys: 1}
	var brackets []int
	inner := 0 // keys in the present inline table
	for i := start; i < len(text); i++ {
		switch c := text[i]; c {
		case '\n':
			if len(brackets) == 0 {
				e.end = i
				return e
			}
			innermost := brackets[len(brackets)-1]
			begins := keyBegins
			if text[innermost] == '{' {
				begins = headerBegins
			}
			if e.resumes == 0 && begins.Match(text[i:]) {
				e.open, e.resumes = innermost, i+1
			}
		case '#':
			i = lineEnd(text, i) - 1
		case '"', '\'':
			end, closed := stringEnd(text, i)
			if !closed {
				e.open, e.end = i, len(text)
				return e
			}
			i = end - 1
		case '=':
			if e.equals < 0 {
				e.equals = i
			} else {
				inner++
				e.keys = max(e.keys, 1+inner)
			}
		case '[', '{':
			if e.equals >= 0 {
				brackets = append(brackets, i)
			}
			if len(brackets) > 1 && text[brackets[len(brackets)-2]] == '[' {
				inner = 0 // the library forgets the keys of the element before
			}
		case ']', '}':
			brackets = brackets[:max(0, len(brackets)-1)]
		}
	}
	e.end = len(text)
	if len(brackets) > 0 && e.open < 0 {
		e.open = brackets[0]
	}
	return e
}

// maxKeys is how many keys a file can have, those of one element of each array counted. The library
// compares each key with all others: very many would take it minutes.
const maxKeys = 10_000

// tooManyKeys returns the offset of the expression with which a file has more than maxKeys, -1 if
// it has not so many.
func tooManyKeys(text []byte) (offset int) {
	all := 0
	in := map[string]int{} // by header, the keys of the last element
	header := ""
	for start := 0; start < len(text); {
		e := scanExpression(text, start)
		line := bytes.TrimSpace(text[e.start:e.end])
		keys := e.keys
		if e.equals < 0 && bytes.HasPrefix(line, []byte("[[")) {
			header = string(line)
			all -= in[header]
			in[header] = 0
		}
		if len(line) == 0 || line[0] == '#' {
			keys = 0
		}
		all += keys
		in[header] += keys
		if all > maxKeys {
			return e.start
		}
		start = e.end + 1
	}
	return -1
}

func lineEnd(text []byte, offset int) int {
	if length := bytes.IndexByte(text[offset:], '\n'); length >= 0 {
		return offset + length
	}
	return len(text)
}

// stringEnd returns the offset behind a string. One that is of one line ends with it at the latest;
// one that may have several and has no end is not closed.
func stringEnd(text []byte, offset int) (end int, closed bool) {
	quote, quotes := text[offset], 1
	if bytes.HasPrefix(text[offset:], bytes.Repeat(text[offset:offset+1], 3)) {
		quotes = 3
	}
	delimiter := text[offset : offset+quotes]
	for i := offset + quotes; i < len(text); i++ {
		switch {
		case text[i] == '\n' && quotes == 1:
			return i, true
		case text[i] == '\\' && quote == '"':
			i++
		case bytes.HasPrefix(text[i:], delimiter):
			return i + quotes, true
		}
	}
	return len(text), quotes == 1
}

// wordAt returns where the value or the element is that an offset of an expression is in.
func wordAt(text []byte, e expression, offset int) (from, to int) {
	from = e.equals + 1
	value := bytes.TrimLeft(text[from:e.end], " \t\r\n")
	nested := len(value) > 0 && (value[0] == '[' || value[0] == '{')
	for i := from; nested && i < offset; i++ {
		switch text[i] {
		case '"', '\'':
			end, _ := stringEnd(text, i)
			i = end - 1
		case '#':
			i = lineEnd(text, i) - 1
		case '=', ',', '[', '{', '\n':
			from = i + 1
		}
	}
	from += leadingBlanks(text[from:e.end])
	ends := "\n"
	if nested {
		ends = ",]}\n"
	}
	to = e.end
	if length := bytes.IndexAny(text[from:e.end], ends); length >= 0 {
		to = from + length
	}
	return from, from + len(bytes.TrimRight(text[from:to], " \t\r"))
}
