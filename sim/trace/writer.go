package trace

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"raftkv/sim/record"
)

// Writer writes a run as a trace file, which [FormatText] describes. Give it each record, then call
// Close, without which the file counts as cut short.
type Writer struct {
	lines lines
	hash  Hash
	count uint64

	leaveFrom, leaveTo uint64 // the records to leave out; none if leaveTo is 0
	gap                gapLine
}

// NewWriter returns a writer of a trace to w. Write errors end it; Close reports the first.
func NewWriter(w io.Writer, h Header) *Writer {
	t := &Writer{lines: lines{w: w}}
	t.lines.write(h.line(Format, Version))
	return t
}

// LeaveOut makes the writer leave out the records number from to number to, both included and
// counted from 1: the middle of a run that nobody would read in full. One line stands for them.
// Call it before the first record.
func (t *Writer) LeaveOut(from, to uint64) { t.leaveFrom, t.leaveTo = max(from, 1), to }

// Observe writes the next record of the run: it is a [record.Sink].
func (t *Writer) Observe(r *record.Record) {
	before := t.hash
	t.count++
	t.hash = t.hash.Add(r)
	if t.leaveFrom <= t.count && t.count <= t.leaveTo {
		if t.gap.Skipped == 0 {
			t.gap.Before = before.String()
		}
		t.gap.Skipped++
		return
	}
	t.closeGap(before)
	line, err := lineOf(r)
	if err != nil {
		t.lines.fail(fmt.Errorf("trace: record %d cannot be written: %w", t.count, err))
	}
	t.lines.write(&line)
}

// closeGap writes the line for what was left out, if anything was; hash is that of all before.
func (t *Writer) closeGap(hash Hash) {
	if t.gap.Skipped == 0 {
		return
	}
	t.gap.Hash = hash.String()
	t.lines.write(&t.gap)
	t.gap = gapLine{}
}

// Close writes the last line, and returns the first error. It does not close what it writes to.
func (t *Writer) Close() error {
	t.closeGap(t.hash)
	t.lines.write(endLine{End: true, Records: t.count, Hash: t.hash.String()})
	return t.lines.flush()
}

// lines writes JSON objects, a line each, and keeps the first error, after which it writes no more.
type lines struct {
	w     io.Writer
	text  bytes.Buffer // not yet written
	coder *json.Encoder
	err   error
}

// flushAt is how many bytes are written at a time, or few more.
const flushAt = 1 << 16

func (l *lines) write(object any) {
	if l.err != nil {
		return
	}
	if l.coder == nil {
		l.coder = json.NewEncoder(&l.text)
		l.coder.SetEscapeHTML(false) // people read it, browsers do not
	}
	begin := l.text.Len()
	if err := l.coder.Encode(object); err != nil {
		panic("trace: " + err.Error()) // these structs have nothing that JSON has not
	}
	if length := l.text.Len() - begin - len("\n"); length > lineMax {
		l.text.Truncate(begin)
		l.fail(fmt.Errorf("trace: a line of %d bytes, want at most %d", length, lineMax))
		return
	}
	if l.text.Len() >= flushAt {
		l.flush()
	}
}

func (l *lines) fail(err error) {
	if l.err == nil {
		l.err = err
	}
}

// flush writes what there is, up to where an error made an end, and returns the first error.
func (l *lines) flush() error {
	if _, err := l.text.WriteTo(l.w); err != nil {
		l.text.Reset()
		l.fail(err)
	}
	return l.err
}
