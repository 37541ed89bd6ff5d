package scenario

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// MaxMistakes is how many mistakes of a file are told; who corrects these sees the others then.
const MaxMistakes = 20

// maxMistakeBytes bounds a line, whatever a hostile file has in it.
const maxMistakeBytes = 600

// Error is what is wrong in a scenario file.
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
		lines = append(lines, last.String())
	}
	return strings.Join(lines, "\n")
}

func newError(mistakes []Mistake) *Error {
	slices.SortStableFunc(mistakes, func(a, b Mistake) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	told := min(len(mistakes), MaxMistakes)
	return &Error{Mistakes: mistakes[:told], More: len(mistakes) - told}
}

// Mistake is one thing that is wrong in a file.
type Mistake struct {
	File         string
	Line, Column int    // from 1; the column counts bytes
	Text         string // what is wrong, what is allowed, what was perhaps meant
}

// String returns "file:line:column: text".
func (m Mistake) String() string {
	return m.File + ":" + place{m.Line, m.Column}.String() + ": " + m.Text
}

// mistake makes one whose text is one line, though it quotes keys, which may hold anything.
func mistake(file string, at place, text string) Mistake {
	if len(text) > maxMistakeBytes {
		text = strings.ToValidUTF8(text[:maxMistakeBytes], "") + "..."
	}
	text = strings.Map(func(c rune) rune {
		if !unicode.IsPrint(c) {
			return unicode.ReplacementChar
		}
		return c
	}, text)
	return Mistake{File: file, Line: at.line, Column: at.column, Text: text}
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
	best, least := "", 0
	for _, candidate := range allowed {
		limit := max(2, len(candidate)/3)
		if gap := len(candidate) - len(word); gap > limit || -gap > limit {
			continue
		}
		edits := distance(strings.ToLower(word), candidate)
		if edits <= limit && edits < len(word) && (best == "" || edits < least) {
			best, least = candidate, edits
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf(", did you mean %q?", best)
}

// distance counts the bytes to insert, drop or replace that make b of a.
func distance(a, b string) int {
	row := make([]int, len(b)+1) // from a's first i bytes to b's first j
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replaced := diagonal
			if a[i] != b[j] {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
