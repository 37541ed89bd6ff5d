// Package wrap sets text in lines.
package wrap

import (
	"strings"
	"unicode/utf8"
)

// Hanging returns the words of a text behind a label, in lines of at most width columns unless a
// word is longer: the text begins, and goes on, indent columns from the left. A label that leaves
// no room has a line of its own. Each line ends with a line feed.
func Hanging(label string, indent, width int, text string) string {
	var b strings.Builder
	blank := strings.Repeat(" ", indent)
	line := label
	if utf8.RuneCountInString(label) >= indent {
		b.WriteString(label + "\n")
		line = ""
	}
	line += blank[min(indent, utf8.RuneCountInString(line)):]
	for i, word := range strings.Fields(text) {
		if i > 0 && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width {
			b.WriteString(line + "\n")
			line = blank
		} else if i > 0 {
			line += " "
		}
		line += word
	}
	b.WriteString(strings.TrimRight(line, " ") + "\n")
	return b.String()
}
