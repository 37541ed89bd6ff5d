package moment

import (
	"slices"
	"strconv"
	"strings"
)

// sheet is a text of lines and tables, at most width columns wide.
type sheet struct {
	text  strings.Builder
	width int
}

// How wide a sheet is if nobody says it, and at least.
const (
	sheetWidth    = 100
	sheetWidthMin = 48
)

// sheetOf returns an empty sheet of that width; 0 is for nobody says it.
func sheetOf(width int) sheet {
	if width == 0 {
		width = sheetWidth
	}
	return sheet{width: max(width, sheetWidthMin)}
}

// line writes a line, without the part of it for which there is no room. What may be longer than a
// line is for list and words.
func (s *sheet) line(text string) {
	text = strings.TrimRight(strings.Map(printable, text), " ")
	if len(text) > s.width {
		text = text[:s.width-3] + "..."
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
// are indented as far as the head is long. A head that leaves too little room has lines of its own.
func (s *sheet) list(head string, parts []string, separator string) {
	line := head
	if len(head) > s.width/2 {
		s.words("  ", head)
		line = "    "
	}
	indent := len(line)
	for i, part := range parts {
		if i < len(parts)-1 {
			part += separator
		}
		if len(line) > indent && len(line)+len(strings.TrimRight(part, " ")) > s.width {
			s.line(line)
			line = strings.Repeat(" ", indent)
		}
		line = s.fill(line+part, indent)
	}
	s.line(line)
}

// fill writes lines of a text until the rest has room in one, which it returns.
func (s *sheet) fill(text string, indent int) (rest string) {
	for len(strings.TrimRight(text, " ")) > s.width {
		s.line(text[:s.width])
		text = strings.Repeat(" ", indent) + text[s.width:]
	}
	return text
}

// words writes a text like list, and breaks it between words.
func (s *sheet) words(head, text string) { s.list(head, strings.Fields(text), " ") }

// table writes rows in columns with two spaces between them. In align stands l or r for each
// column; the last is for all that follow. Where there is no room for the last column, it goes on
// below.
func (s *sheet) table(align string, rows [][]string) {
	for i, line := range aligned(align, rows) {
		if last := rows[i][len(rows[i])-1]; len(line) > s.width {
			s.words(strings.TrimSuffix(line, last), last)
		} else {
			s.line(line)
		}
	}
}

// records writes a table whose first row says what is in the columns. Where it has no room, each
// row is a list in which that stands before each value.
func (s *sheet) records(align string, rows [][]string) {
	lines := aligned(align, rows)
	if slices.ContainsFunc(lines, func(line string) bool { return len(line) > s.width }) {
		s.recordsBelow(rows[0], rows[1:])
		return
	}
	for _, line := range lines {
		s.line(line)
	}
}

func (s *sheet) recordsBelow(names []string, rows [][]string) {
	s.line(names[0])
	for _, row := range rows {
		var parts []string
		for i, cell := range row[1:] {
			parts = append(parts, names[i+1]+" "+cell)
		}
		s.list(row[0]+"  ", parts, ", ")
	}
}

// aligned returns the lines of a table.
func aligned(align string, rows [][]string) (lines []string) {
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
		lines = append(lines, strings.TrimRight(strings.Join(cells, "  "), " "))
	}
	return lines
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
