package moment

import (
	"slices"
	"strconv"
	"strings"
)

// sheet is a text of lines and tables, at most sheetWidth columns wide.
type sheet struct{ text strings.Builder }

const sheetWidth = 100

// line writes a line, without the part of it for which there is no room.
func (s *sheet) line(text string) {
	text = strings.TrimRight(strings.Map(printable, text), " ")
	if len(text) > sheetWidth {
		text = text[:sheetWidth-3] + "..."
	}
	s.text.WriteString(text)
	s.text.WriteByte('\n')
}

// printable returns the character that stands for r in a line.
func printable(r rune) rune {
	if r < ' ' || r > '~' {
		return '?'
	}
	return r
}

// list writes parts one after the other, over as many lines as they need; all but the first line
// are indented as far as the head is long.
func (s *sheet) list(head string, parts []string, separator string) {
	line := head
	for i, part := range parts {
		if i < len(parts)-1 {
			part += separator
		}
		if len(line) > len(head) && len(line)+len(strings.TrimRight(part, " ")) > sheetWidth {
			s.line(line)
			line = strings.Repeat(" ", len(head))
		}
		line += part
	}
	s.line(line)
}

// words writes a text like list, and breaks it between words.
func (s *sheet) words(head, text string) { s.list(head, strings.Fields(text), " ") }

// table writes rows in columns with two spaces between them. In align stands l or r for each
// column; the last is for all that follow.
func (s *sheet) table(align string, rows [][]string) {
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], len(cell))
		}
	}
	for _, row := range rows {
		cells := make([]string, len(row))
		for i, cell := range row {
			gap := strings.Repeat(" ", widths[i]-len(cell))
			if align[min(i, len(align)-1)] == 'r' {
				cells[i] = gap + cell
			} else {
				cells[i] = cell + gap
			}
		}
		s.line(strings.Join(cells, "  "))
	}
}

// wordsMax is how many bytes of a user's text are told.
const wordsMax = 40

// plain returns a text of the user's as it can stand in a line.
func plain(text string) string {
	quoted := strconv.QuoteToASCII(text)
	text = quoted[1 : len(quoted)-1]
	if len(text) > wordsMax {
		return text[:wordsMax-3] + "..."
	}
	return text
}

// namesMax is how many servers are told by name; of more, neighbours are told as n3-n9.
const namesMax = 6

// joined lists names of servers, which are in the order of all.
func joined(names, all []string) string {
	var parts []string
	for i := 0; i < len(names); i++ {
		first, at := i, slices.Index(all, names[i])
		for i+1 < len(names) && at+1 < len(all) && names[i+1] == all[at+1] {
			i, at = i+1, at+1
		}
		if len(names) > namesMax && i > first+1 {
			parts = append(parts, names[first]+"-"+names[i])
		} else {
			parts = append(parts, names[first:i+1]...)
		}
	}
	return strings.Join(parts, " ")
}

// or returns the text, or the other if it is empty.
func or(text, other string) string {
	if text == "" {
		return other
	}
	return text
}

func decimal(n uint64) string { return strconv.FormatUint(n, 10) }
