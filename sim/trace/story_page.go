package trace

import (
	"bufio"
	"io"
	"strings"

	"raftkv/sim/vtime"
)

// The columns that a line takes at most: where nobody says how many, and what is too few to say.
// All columns before the last one fit into the latter, whatever stands in them.
const (
	pageWidth    = 100
	pageWidthMin = 48
)

// lastColumnMin is how wide the last column is at least: a line whose others leave it less goes on
// below them.
const lastColumnMin = 16

// page sets a story in columns: when, the servers' roles, who, and what, which is wrapped.
// bufio.Writer keeps the first error for Close, and takes nothing more after it.
type page struct {
	w      *bufio.Writer
	width  int
	colour bool
	who    int        // the width of that column
	lastAt vtime.Time // of the last line: none is earlier than the one before

	line   []byte  // in the making, as it is without colour
	paints []paint // what of it is coloured; in order, apart from one another
}

func (p *page) begin(w io.Writer, width int, colour bool, who int) {
	*p = page{w: bufio.NewWriter(w), width: width, colour: colour, who: who}
}

// row is a line of the page. The styles are plain if zero.
type row struct {
	when, roles, who, what string
	whoStyle, whatStyle    style
}

// wrong marks a row that tells that something went wrong.
func (r row) wrong() row {
	r.whatStyle = alarming
	return r
}

// write writes a row, on several lines if what does not fit one. A moment before the last line's is
// that line's: what a fold tells was so by then, and still is.
func (p *page) write(at vtime.Time, r row) {
	p.lastAt = max(p.lastAt, at)
	r.when = p.lastAt.String()
	p.row(r)
}

// whenWidth is the width of the first column.
const whenWidth = 11

// row writes a row whose first column is any text, such as the head of the page.
func (p *page) row(r row) {
	p.pad(whenWidth - len(r.when))
	p.put(dim, r.when)
	if r.roles != "" {
		p.pad(2)
		p.putRoles(r.roles)
	}
	p.pad(2)
	p.put(r.whoStyle, r.who)
	p.pad(p.who - len(r.who) + 2)
	p.wrap(r.what, []paint{{0, len(r.what), r.whatStyle}})
}

func (p *page) pad(spaces int) {
	p.line = append(p.line, strings.Repeat(" ", max(0, spaces))...)
}

// putRoles appends the letters of the servers' roles, each in its colour.
func (p *page) putRoles(letters string) {
	for i := range len(letters) {
		p.put(styleOfRole(letters[i]), letters[i:i+1])
	}
}

// put appends a text in a style.
func (p *page) put(s style, text string) {
	from := len(p.line)
	p.line = append(p.line, text...)
	if s != plainly && p.colour {
		p.paints = append(p.paints, paint{from, len(p.line), s})
	}
}

// wrap appends the last column with its paints, over as many lines as it needs, and writes them.
func (p *page) wrap(what string, paints []paint) {
	indent := len(p.line)
	if p.width-indent < lastColumnMin {
		p.end()
		indent = 2
		p.pad(indent)
	}
	from, room := 0, p.width-indent
	for len(what)-from > room {
		to, next := breakAt(what, from, room)
		p.putPart(what, from, to, paints)
		p.end()
		p.pad(indent + 2)
		from, room = next, p.width-indent-2
	}
	p.putPart(what, from, len(what), paints)
	p.end()
}

// putPart appends what[from:to] in its part of the paints.
func (p *page) putPart(what string, from, to int, paints []paint) {
	for _, part := range paints {
		begin, end := max(part.from, from), min(part.to, to)
		if begin >= end {
			continue
		}
		p.put(plainly, what[from:begin])
		p.put(part.style, what[begin:end])
		from = end
	}
	p.put(plainly, what[from:to])
}

// breakAt parts a text that does not fit into the room at a space, if there is one not too far to
// the left; else in the middle of a word. It returns where the line ends and the next begins.
func breakAt(text string, from, room int) (to, next int) {
	space := strings.LastIndexByte(text[from:from+room+1], ' ')
	if space < room/2 {
		return from + room, from + room
	}
	return from + space, from + space + 1
}

// end writes the line, without spaces at its end.
func (p *page) end() {
	for len(p.line) > 0 && p.line[len(p.line)-1] == ' ' {
		p.line = p.line[:len(p.line)-1]
	}
	at := 0
	for _, part := range p.paints {
		to := min(part.to, len(p.line))
		if part.from >= to {
			continue
		}
		p.w.Write(p.line[at:part.from])
		p.w.WriteString(part.style.sequence())
		p.w.Write(p.line[part.from:to])
		p.w.WriteString(resetSequence)
		at = to
	}
	p.w.Write(p.line[at:])
	p.w.WriteByte('\n')
	p.line, p.paints = p.line[:0], p.paints[:0]
}
