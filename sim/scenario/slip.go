package scenario

import (
	"bytes"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"raftkv/sim/vtime"
)

// slipSentences are what the library says, in part, and what is said instead.
var slipSentences = []struct{ theirs, sentence string }{
	{"array is incomplete", "the array has no end, want ]"},
	{"inline table is incomplete", "the table has no end, want }"},
	{"after array value",
		"no comma between two elements of an array, or no end of it, want , or ]"},
	{"after inline table key-value",
		"no comma between two keys of a table, or no end of it, want , or }"},
	{"unexpected comma in inline table", "a comma with no key before it, leave it out"},
	{"to close table name", "the header has no end, want ]"},
	{"to close array table name", "the header has no end, want ]]"},
	{"strings cannot have new lines", "the string has no end in its line, want "},
	{"unterminated basic string", `the string has no end, want "`},
	{"unterminated literal string", "the string has no end, want '"},
	{"too many quotes at the end of a multiline basic string", `too many quotes, want """`},
	{"too many quotes at the end of a multiline literal string", "too many quotes, want '''"},
	{"escape", `\ begins an escape, want \\ for a backslash, or a string in '...'`},
	{"strings cannot have control characters",
		`a control character in a string, want an escape such as \u0000`},
	{"control characters are not allowed in comments",
		"a control character in a comment, leave it out"},
	{"carriage return", "a carriage return ends no line, want a line feed"},
	{"newline but got U+000D", "a carriage return ends no line, want a line feed"},
	{"should be a table, not", "a header for what has a value above, want one of them"},
	{"expected newline but got", "text after the value, want one key = value in a line"},
	{"key but reached end of input", "the file ends in a key, want key = value"},
	{"nested more than", "the brackets are nested too deep, want at most 4 levels"},
	{"expected '=' after key", "no = after the key, want key = value"},
	{"expected digit", "a number without a digit, want one"},
}

// sentence says what the library does, in more helpful words.
func sentence(message string) string {
	for _, s := range slipSentences {
		if !strings.Contains(message, s.theirs) {
			continue
		}
		switch {
		case !strings.HasSuffix(s.sentence, "want "):
			return s.sentence
		case strings.Contains(message, "literal"):
			return s.sentence + "'"
		}
		return s.sentence + `"`
	}
	return ""
}

// lineSlips are beginnings of lines that are written for another reader.
var lineSlips = []struct{ beginning, sentence string }{
	{"```", "a Markdown fence, want only what is between the fences"},
	{"~~~", "a Markdown fence, want only what is between the fences"},
	{"<<<<<<<", "a merge marker, want one of the two versions"},
	{"=======", "a merge marker, want one of the two versions"},
	{">>>>>>>", "a merge marker, want one of the two versions"},
	{"|||||||", "a merge marker, want one of the two versions"},
	{"{", "{ begins JSON, want TOML: key = value in a line, without braces around all"},
	{"$", "$ begins a command, want only key = value"},
	{"//", "/ begins no key, want # before a comment"},
	{"/*", "/ begins no key, want # before a comment"},
	{";", "; begins no key, want # before a comment"},
	{"=", "no key before =, want key = value"},
	{"[]", "a header without a name, want for example [network]"},
	{"[[]]", "a header without a name, want for example [[fault]]"},
}

// explainKey says what is wrong in a key or a header, or where there should be one.
func explainKey(message string, text []byte, e expression, offset int) string {
	line := string(text[e.start:lineEnd(text, e.start)])
	trimmed := strings.TrimSpace(line)
	for _, s := range lineSlips {
		if strings.HasPrefix(trimmed, s.beginning) {
			return s.sentence
		}
	}
	if s := strangeBlank(text[offset:]); s != "" {
		return s
	}
	c, _ := utf8.DecodeRune(text[offset:])
	header := strings.HasPrefix(trimmed, "[")
	switch {
	case c >= utf8.RuneSelf && unicode.IsLetter(c):
		return string(c) + " in a key, want letters from a to z, digits and _"
	case strings.Contains(message, "expected '=' after key") && c == ':':
		return ": after the key, want key = value"
	case header && strings.Contains(message, "expected newline but got") && c != '\r':
		return "text after the header, want it in the next line"
	case header && strings.Contains(message, "start of key"):
		return "a header without a name, want for example [network]"
	case strings.Contains(message, "start of key") && strings.ContainsRune("]})", c):
		return string(c) + " closes nothing, leave it out"
	}
	if s := sentence(message); s != "" {
		return s
	}
	return character(c) + " begins no key, want key = value"
}

// explainValue says what is wrong at an offset of a value that is not only a word.
func explainValue(message string, text []byte, offset int) string {
	if s := strangeBlank(text[offset:]); s != "" {
		return s
	}
	c, _ := utf8.DecodeRune(text[offset:])
	if strings.Contains(message, "expected '=' after key") && c == ':' {
		return ": after the key, want key = value"
	}
	if s := sentence(message); s != "" {
		return s
	}
	if strings.Contains(message, "start of key") {
		return character(c) + " begins no key, want key = value"
	}
	if strings.ContainsRune(",]}", c) {
		return "no value before " + string(c) + ", want one"
	}
	return character(c) + " begins no value, want for example 5, true or \"text\""
}

// strangeBlank says what is wrong where a character is that nobody sees.
func strangeBlank(text []byte) string {
	c, _ := utf8.DecodeRune(text)
	switch {
	case len(text) == 0 || c < utf8.RuneSelf:
		return ""
	case unicode.IsSpace(c) || unicode.Is(unicode.Zs, c):
		return fmt.Sprintf("%U is no blank that TOML knows, want a plain one", c)
	case !unicode.IsPrint(c):
		return fmt.Sprintf("%U is invisible and means nothing, leave it out", c)
	}
	return ""
}

func character(c rune) string {
	if unicode.IsPrint(c) && c != ' ' {
		return string(c)
	}
	return fmt.Sprintf("%U", c)
}

// bareWord is a value that lacks its quotes, or nothing else but a comment.
var bareWord = regexp.MustCompile(`^[\pL\pN_.+:/-][\pL\pN_.+:/' -]*`)

const typographic = "\u201c\u201d\u2018\u2019\u201e"

// explainWord says what is wrong with a value, as far as its beginning tells, how much of it is the
// word that is wrong, and what was perhaps meant instead.
func explainWord(message, value string) (text, word, remedy string) {
	ofString := strings.Contains(message, "string") && !strings.Contains(message, "must be quoted")
	ofKey := strings.Contains(message, "key") && !strings.Contains(message, "keyword") &&
		!strings.Contains(message, "key-value") || strings.Contains(message, "comma in")
	if ofString || ofKey || strings.Contains(message, "escape") {
		return "", "", ""
	}
	if strings.HasPrefix(value, "=") {
		return "== sets nothing, want one =", value, strings.TrimSpace(strings.TrimLeft(value, "="))
	}
	if c, _ := utf8.DecodeRuneInString(value); value != "" && strings.ContainsRune(typographic, c) {
		word, _, _ = strings.Cut(value, "#")
		word = strings.TrimSpace(word)
		remedy = quote(strings.Trim(word, typographic))
		return "a typographic quotation mark, want \" or '", word, remedy
	}
	word = strings.TrimSpace(bareWord.FindString(value))
	rest := strings.TrimSpace(strings.TrimPrefix(value, word))
	if word == "" || rest != "" && rest[0] != '#' || twoValues(message, word) {
		return "", "", ""
	}
	if _, err := parseDocument(nil, []byte("v = "+word)); err == nil {
		return "", "", "" // it is not what is wrong
	}
	text, remedy = explainBare(message, word)
	return text, word, remedy
}

// twoValues tells whether a comma is missing, rather than quotes.
func twoValues(message, word string) bool {
	first, _, two := strings.Cut(word, " ")
	_, err := vtime.ParseDuration(strings.ReplaceAll(word, " ", ""))
	return two && err != nil && strings.Contains(message, "expected ','") &&
		(numeric(first) || first == "true" || first == "false")
}

// explainBare says what is wrong with a word without quotes, and what was perhaps meant instead.
func explainBare(message, word string) (text, remedy string) {
	switch {
	case strings.EqualFold(word, "true"), strings.EqualFold(word, "false"):
		return word + " is no value, want " + strings.ToLower(word), strings.ToLower(word)
	case numeric(word) && strings.Contains(message, "leading zero"):
		remedy = strings.TrimLeft(word, "0_")
		return "a number begins with 0, want " + remedy, remedy
	case numeric(word) && strings.HasPrefix(word, "."):
		return "a number begins with a point, want 0" + brief(word), "0" + word
	case numeric(word) && strings.HasSuffix(word, "."):
		return "no digit after the decimal point, want " + brief(word) + "0", word + "0"
	case strings.Contains(message, "too large"), strings.Contains(message, "parse float"):
		return "the number is too large, want it in quotes", quote(word)
	}
	if joined := strings.ReplaceAll(word, " ", ""); joined != word {
		if _, err := vtime.ParseDuration(joined); err == nil {
			return brief(word) + " is no value, want " + strconv.Quote(joined), quote(joined)
		}
	}
	return brief(word) + " has no quotes, want " + strconv.Quote(brief(word)), quote(word)
}

// numeric tells whether a word is meant to be a number.
func numeric(word string) bool {
	return strings.Trim(word, "0123456789_+-.eExXoObBaAcCdDfF") == "" &&
		strings.ContainsAny(word[:1], "0123456789+-.") &&
		bytes.ContainsAny([]byte(word), "0123456789")
}
