package scenario

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
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
	case len(data) > MaxBytes:
		return nil, r.refuse(n, "a file of at most %d bytes", MaxBytes)
	}
	return r.durationsIn(&source{name: path, order: otherFiles}, string(data))
}

// durationsIn reads a duration from each line of a file. The first line may be a heading instead,
// a word; blank lines and those that begin with # say nothing.
func (r *reader) durationsIn(from *source, text string) ([]vtime.Duration, bool) {
	before := len(r.mistakes)
	var list []vtime.Duration
	number := 0
	for line := range strings.Lines(strings.TrimPrefix(text, byteOrderMark)) {
		number++
		word := strings.TrimSpace(line)
		heading := number == 1 && strings.Trim(word[:min(1, len(word))], "0123456789.+-") != ""
		if word == "" || word[0] == '#' || heading {
			continue
		}
		d, err := vtime.ParseDuration(word)
		if err != nil {
			at := place{from, number, strings.Index(line, word) + 1}
			r.note(at, "%s", describe(err, word))
			if len(r.mistakes)-before >= MaxMistakes {
				return nil, false
			}
		}
		list = append(list, d)
	}
	if len(list) == 0 || len(list) > choice.MaxValues {
		r.note(place{from, 1, 1}, "%d durations in the file, want 1 to %d, a line each",
			len(list), choice.MaxValues)
	}
	return list, len(r.mistakes) == before
}

// describe says what is wrong with a line of durations.
func describe(err error, line string) string {
	if strings.ContainsAny(line, ",;\t") {
		return fmt.Sprintf("%q is several columns, want one, with a duration such as \"1.5ms\"",
			brief(line))
	}
	if len(line) > longestQuote {
		return fmt.Sprintf("%q is not a duration, want for example \"1.5ms\"", brief(line))
	}
	return err.Error()
}
