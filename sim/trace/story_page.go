package trace

import (
	"bufio"
	"io"
	"strings"

	"raftkv/sim/vtime"
)

// pageWidth is the most columns that a line of a story takes.
const pageWidth = 100

// page sets a story in columns: when, the servers' roles, who, and what, which is wrapped.
// bufio.Writer keeps the first error for Close, and takes nothing more after it.
type page struct {
	w      *bufio.Writer
	line   []byte
	who    int        // the width of that column
	lastAt vtime.Time // of the last line: none is earlier than the one before
}

func (p *page) begin(w io.Writer, who int) { *p = page{w: bufio.NewWriter(w), who: who} }

// write writes one line, or several if what does not fit one. A moment before the last line's is
// that line's: what a fold tells was so by then, and still is.
func (p *page) write(at vtime.Time, roles, who, what string) {
	p.lastAt = max(p.lastAt, at)
	p.row(p.lastAt.String(), roles, who, what)
}

// row writes a line whose first column is any text, such as the head of the page.
func (p *page) row(when, roles, who, what string) {
	p.pad(when, 11-len(when))
	if roles != "" {
		p.pad(roles, 2)
	}
	p.pad(who, 2)
	p.line = append(p.line, strings.Repeat(" ", max(0, p.who-len(who)))...)
	p.wrap(what)
}

// pad appends the text with spaces before it.
func (p *page) pad(text string, spaces int) {
	p.line = append(p.line, strings.Repeat(" ", max(0, spaces))...)
	p.line = append(p.line, text...)
}

// wrap appends the last column, over as many lines as it needs, and writes them.
func (p *page) wrap(what string) {
	indent := len(p.line) + 2
	p.pad("", 2)
	for width := pageWidth - indent; len(what) > width; {
		head, rest := breakAt(what, width)
		p.line = append(p.line, head...)
		p.end()
		p.pad("", indent+2)
		what, width = rest, pageWidth-indent-2
	}
	p.line = append(p.line, what...)
	p.end()
}

// breakAt parts a text that is longer than width at a space, if there is one not too far to the
// left; else in the middle of a word.
func breakAt(text string, width int) (head, rest string) {
	space := strings.LastIndexByte(text[:width+1], ' ')
	if space < width/2 {
		return text[:width], text[width:]
	}
	return text[:space], text[space+1:]
}

func (p *page) end() {
	for len(p.line) > 0 && p.line[len(p.line)-1] == ' ' {
		p.line = p.line[:len(p.line)-1]
	}
	p.line = append(p.line, '\n')
	p.w.Write(p.line)
	p.line = p.line[:0]
}
