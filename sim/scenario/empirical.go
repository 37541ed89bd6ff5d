package scenario

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"raftkv/sim/choice"
	"raftkv/sim/vtime"
)

// empirical is {dist = "empirical", file = "rtt.csv"}, or with the values themselves, as a resolved
// scenario has them: that one is complete without its file.
func empirical() kind[params] {
	k := tableOf([]field[params]{
		needed(key("dist", "", "", word(choice.Empirical.String()), shapeOf)),
		key("file", "", "", optional(kind[string]{form: text.form, read: text.read}), fileOf),
		key("values", "", "", durations, valuesOf),
	}, oneSource)
	read := k.read
	k.read = func(r *reader, n *node) (params, bool) {
		p, ok := read(r, n)
		if file := n.child("file"); ok && file != nil {
			p.values, ok = r.durationsOf(file, p.file)
		}
		return p, ok
	}
	return k
}

// oneSource checks that there is a file or a list of values, and not both.
func oneSource(r *reader, n *node, _ *params) bool {
	file, values := n.child("file"), n.child("values")
	if file != nil && values != nil {
		return r.refuse(file, "either file or values")
	}
	if file == nil && values == nil {
		r.note(n.valueAt, "%s has no file, want for example file = \"rtt.csv\"", n.label())
		return false
	}
	return true
}

// durations is a list of durations.
var durations = kind[[]vtime.Duration]{
	form: form{
		want: `a list of durations, such as ["1ms", "2ms"]`, example: `["1ms", "2ms"]`,
		schema: jsonSchema{
			"type": "array", "minItems": 1, "maxItems": choice.MaxValues, "items": anySpan.schema},
	},
	read: func(r *reader, n *node) ([]vtime.Duration, bool) {
		if n.shape != array || len(n.children) == 0 || len(n.children) > choice.MaxValues {
			return nil, r.refuse(n, `1 to %d durations, such as ["1ms", "2ms"]`, choice.MaxValues)
		}
		var list []vtime.Duration
		fine := true
		for _, c := range n.children {
			d, ok := anySpan.read(r, c)
			fine = fine && ok
			list = append(list, d)
		}
		return list, fine
	},
	write: func(list []vtime.Duration) string {
		var texts []string
		for _, d := range list {
			texts = append(texts, quote(d.String()))
		}
		return "[" + strings.Join(texts, ", ") + "]"
	},
}

// measuredMax is the longest file of durations.
const measuredMax = 1 << 20

// durationsOf reads the file that a node names; its path is seen from the scenario's folder.
func (r *reader) durationsOf(n *node, path string) ([]vtime.Duration, bool) {
	if r.open == nil {
		return nil, r.refuse(n, "values: no file can be read here")
	}
	if !filepath.IsAbs(path) {
		path = filepath.Join(n.at.source.folder, path)
	}
	data, err := r.open(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, r.refuse(n, "a file with a duration a line: there is no %s", path)
	case err != nil:
		r.note(n.valueAt, "%s cannot be read: %v", said(n), err)
		return nil, false
	case len(data) > measuredMax:
		return nil, r.refuse(n, "a file of at most %d bytes", measuredMax)
	}
	return r.measured(path, string(data))
}

// measurement is a file that a scenario names, as it was read.
type measurement struct {
	path string
	list []vtime.Duration
	fine bool
}

// measured reads a file once, however often it is named: so its mistakes are told once.
func (r *reader) measured(path, text string) ([]vtime.Duration, bool) {
	for _, m := range r.measurements {
		if m.path == path {
			return m.list, m.fine
		}
	}
	list, fine := r.durationsIn(&source{name: path, order: otherFiles}, text)
	r.measurements = append(r.measurements, measurement{path, list, fine})
	return list, fine
}

// durationsIn reads a duration from each line of a file, in quotes or without. The first may be a
// heading instead; blank lines and those that begin with # say nothing.
func (r *reader) durationsIn(from *source, text string) ([]vtime.Duration, bool) {
	var list []vtime.Duration
	first, wrong, number := true, 0, 0
	for line := range strings.Lines(strings.TrimPrefix(text, byteOrderMark)) {
		number++
		word := strings.TrimSpace(line)
		if word == "" || word[0] == '#' {
			continue
		}
		heading := first && isHeading(unquoted(word))
		first = false
		if heading {
			continue
		}
		d, err := parseSpan(unquoted(word), 0)
		if err != nil {
			wrong++
			r.noteLine(place{from, number, strings.Index(line, word) + 1}, wrong, err, word)
		}
		list = append(list, d)
	}
	if len(list) == 0 || len(list) > choice.MaxValues {
		wrong++
		r.note(place{from, 1, 1}, "%d durations in the file, want 1 to %d, a line each",
			len(list), choice.MaxValues)
	}
	return list, wrong == 0
}

// noteLine notes that a line is no duration. Those beyond MaxMistakes are only counted in the end.
func (r *reader) noteLine(at place, which int, err *vtime.DurationError, word string) {
	text := ""
	if which <= MaxMistakes {
		text = describe(err, word)
	}
	r.note(at, "%s", text)
}

// heading is a word above a column of durations.
var heading = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]*$`)

// almost is a duration with a letter in the place of a digit.
var almost = regexp.MustCompile(`[0-9](ns|us|ms|s|m|h)$`)

// isHeading tells whether a line is a heading, and not something that is no number: nan, inf, l5ms.
func isHeading(line string) bool {
	_, err := strconv.ParseFloat(line, 64)
	return heading.MatchString(line) && err != nil && !almost.MatchString(line)
}

// unquoted is a line without the quotes that some programs put around every field.
func unquoted(line string) string {
	if len(line) > 2 && line[0] == '"' && line[len(line)-1] == '"' {
		return line[1 : len(line)-1]
	}
	return line
}

// describe says what is wrong with a line of durations.
func describe(err *vtime.DurationError, line string) string {
	if strings.ContainsAny(line, ",;\t") {
		return fmt.Sprintf("%q is several columns, want one, with a duration such as \"1.5ms\"",
			brief(line))
	}
	if len(line) > longestQuote {
		return fmt.Sprintf("%q is not a duration, want for example \"1.5ms\"", brief(line))
	}
	return err.Error()
}
