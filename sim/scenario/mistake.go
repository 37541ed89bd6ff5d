package scenario

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"raftkv/sim/spelling"
)

// MaxMistakes is how many mistakes of a file are told; who corrects these sees the others then.
const MaxMistakes = 20

// maxMistakeBytes bounds a line, whatever a hostile file has in it.
const maxMistakeBytes = 600

// Error is what is wrong in a scenario file, and in what is set besides it.
type Error struct {
	Mistakes []Mistake // in the order of the file; at least one, at most [MaxMistakes]
	More     int       // mistakes that are left out
}

// Error returns the mistakes, a line each.
func (e *Error) Error() string {
	var lines []string
	for _, m := range e.Mistakes {
		lines = append(lines, m.String())
	}
	if e.More > 0 {
		last := e.Mistakes[len(e.Mistakes)-1]
		last.Text = fmt.Sprintf("from here on there are %d more mistakes", e.More)
		if e.More == 1 {
			last.Text = "from here on there is 1 more mistake"
		}
		lines = append(lines, last.String())
	}
	return strings.Join(lines, "\n")
}

func newError(mistakes []Mistake) *Error {
	slices.SortStableFunc(mistakes, func(a, b Mistake) int {
		return cmp.Or(cmp.Compare(a.order, b.order), cmp.Compare(a.Source, b.Source),
			cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	told := min(len(mistakes), MaxMistakes)
	return &Error{Mistakes: mistakes[:told], More: len(mistakes) - told}
}

// Mistake is one thing that is wrong in a scenario.
type Mistake struct {
	Source string // the file, or the assignment, such as -set network.loss=2
	// Line and Column are from 1; the column counts bytes. They are 0 in an assignment.
	Line, Column int
	Text         string // what is wrong, what is allowed, what was perhaps meant

	order  int  // of the source
	notYet bool // it tells that the world does not simulate something
}

// String returns "file:line:column: text", or "-set a.b=c: text".
func (m Mistake) String() string {
	if m.Line == 0 {
		return m.Source + ": " + m.Text
	}
	return fmt.Sprintf("%s:%d:%d: %s", m.Source, m.Line, m.Column, m.Text)
}

// mistake makes one whose text is one line, though it quotes keys, which may hold anything.
func mistake(at place, text string) Mistake {
	return Mistake{
		Source: printable(at.source.name), Line: at.line, Column: at.column,
		Text: printable(text), order: at.source.order,
	}
}

// printable returns a text that fits a line and shows what is in it.
func printable(text string) string {
	if len(text) > maxMistakeBytes {
		text = strings.ToValidUTF8(text[:maxMistakeBytes], "") + "..."
	}
	return strings.Map(func(c rune) rune {
		if !unicode.IsPrint(c) {
			return unicode.ReplacementChar
		}
		return c
	}, text)
}

// longestQuote is how much of a file, in bytes, a mistake quotes.
const longestQuote = 60

// brief cuts a key that is too long to quote.
func brief(key string) string {
	if len(key) > longestQuote {
		return strings.ToValidUTF8(key[:longestQuote], "") + "..."
	}
	return key
}

// said returns how a mistake quotes the value of n: as it was written, unless that is long.
func said(n *node) string {
	unprintable := func(c rune) bool { return !unicode.IsPrint(c) }
	if n.text != "" && len(n.text) <= longestQuote && !strings.ContainsFunc(n.text, unprintable) {
		return n.label() + " = " + n.text
	}
	switch n.shape {
	case array:
		return n.label() + " is an array"
	case table:
		return n.label() + " is a table"
	}
	if s, ok := n.value.(string); ok {
		return n.label() + " is a string of " + strconv.Itoa(len(s)) + " bytes"
	}
	return n.label() + " is a long number"
}

// either joins words to "a, b or c".
func either(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

func quoted(words []string) []string {
	list := make([]string, len(words))
	for i, word := range words {
		list[i] = strconv.Quote(word)
	}
	return list
}

// didYouMean returns the last part of a mistake about a word: the allowed word that it resembles
// most, or "" if it resembles none.
func didYouMean(word string, allowed []string) string {
	if best := spelling.Nearest(word, allowed); best != "" {
		return fmt.Sprintf(", did you mean %q?", best)
	}
	return ""
}
