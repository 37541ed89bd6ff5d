package trace

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"

	"raftkv/sim/record"
)

// Reader reads a trace file, which [FormatText] describes. Its errors are sentences for who made
// the file, and name the line; whatever the file holds, it does not panic.
type Reader struct {
	lines  *bufio.Scanner
	line   int // the number of the last line that was read, from 1
	header Header

	position uint64 // of the last record, read or left out
	hash     Hash
	end      bool
}

// Gap is what a trace leaves out.
type Gap struct {
	Skipped       uint64 // so many records, at least 1
	Before, After Hash   // the running hash at both ends
}

// NewReader reads the header of a trace from r.
func NewReader(r io.Reader) (*Reader, error) {
	t := &Reader{lines: bufio.NewScanner(r)}
	t.lines.Buffer(nil, lineMax+len("\r\n"))
	if !t.next() {
		if err := t.scanError(); err != nil {
			return nil, err
		}
		return nil, errors.New("line 1: the file is empty, want a trace")
	}
	header, mistake := parseHeader(t.lines.Bytes())
	if mistake != "" {
		return nil, t.wrong("%s", mistake)
	}
	t.header = header
	return t, nil
}

// Header tells of what run the trace is.
func (t *Reader) Header() Header { return t.header }

// Play reads the records and hands each to sink, and what is left out between them to gap, unless
// that is nil. The record is the reader's and is overwritten. Whether the file is whole and its
// hash right shows only at its end: an error can follow records. Play it once.
func (t *Reader) Play(sink record.Sink, gap func(Gap)) error {
	var r record.Record
	for t.next() {
		line, err := t.parse()
		switch {
		case err != nil:
			return err
		case t.end:
			return t.wrong("there is more after the end of the trace")
		case line.Kind != "":
			err = t.playRecord(line, &r, sink)
		case line.Skipped != 0:
			err = t.playGap(line, gap)
		case line.End:
			err = t.playEnd(line)
		default:
			err = t.wrong("kind is missing")
		}
		if err != nil {
			return err
		}
	}
	if err := t.scanError(); err != nil {
		return err
	}
	if !t.end {
		return t.wrong("the trace is cut short after this line: no line tells its end")
	}
	return nil
}

func (t *Reader) next() bool {
	if !t.lines.Scan() {
		return false
	}
	t.line++
	return true
}

// scanError returns why there is no next line; nil if the file is over.
func (t *Reader) scanError() error {
	err := t.lines.Err()
	if err == nil {
		return nil
	}
	t.line++
	if errors.Is(err, bufio.ErrTooLong) {
		return t.wrong("it is longer than %d bytes", lineMax)
	}
	return t.wrong("%w", err)
}

// wrong returns an error about the present line.
func (t *Reader) wrong(format string, args ...any) error {
	return fmt.Errorf("line %d: "+format, append([]any{t.line}, args...)...)
}

func (t *Reader) parse() (*anyLine, error) {
	text := t.lines.Bytes()
	if len(text) > lineMax {
		return nil, t.wrong("it is longer than %d bytes", lineMax)
	}
	var line anyLine
	object := json.NewDecoder(bytes.NewReader(text))
	object.DisallowUnknownFields()
	if err := object.Decode(&line); err != nil {
		if broken := t.lines.Err(); broken != nil {
			return nil, t.wrong("%w", broken) // and what had come of the line makes no sense
		}
		return nil, t.wrong("%s", jsonMistake(err, lineFields()))
	}
	if _, err := object.Token(); err != io.EOF {
		return nil, t.wrong("there is more than one JSON object")
	}
	return &line, nil
}

func (t *Reader) playRecord(line *anyLine, r *record.Record, sink record.Sink) error {
	if line.Skipped != 0 || line.End || line.Records != 0 || line.Hash != "" || line.Before != "" {
		return t.wrong("a record has no skipped, before, end, records or hash")
	}
	if mistake := line.into(r); mistake != "" {
		return t.wrong("%s", mistake)
	}
	t.position++
	t.hash = t.hash.Add(r)
	sink(r)
	return nil
}

func (t *Reader) playGap(line *anyLine, gap func(Gap)) error {
	if line.recordLine != (recordLine{}) || line.End || line.Records != 0 {
		return t.wrong("a line with skipped has before and hash, and nothing else")
	}
	if line.Skipped > math.MaxInt64-t.position {
		return t.wrong("skipped = %d is more than any run has", line.Skipped)
	}
	if err := t.checkHash("before", line.Before); err != nil {
		return err
	}
	after, err := t.parseHash("hash", line.Hash)
	if err != nil {
		return err
	}
	skipped := Gap{Skipped: line.Skipped, Before: t.hash, After: after}
	t.position += line.Skipped
	t.hash = after
	if gap != nil {
		gap(skipped)
	}
	return nil
}

func (t *Reader) playEnd(line *anyLine) error {
	t.end = true
	switch {
	case line.recordLine != (recordLine{}) || line.Before != "":
		return t.wrong("a line with end has records and hash, and nothing else")
	case line.Records != t.position:
		return t.wrong("records = %d, but there are %d", line.Records, t.position)
	}
	return t.checkHash("hash", line.Hash)
}

// checkHash compares a running hash of the file with the one of its records.
func (t *Reader) checkHash(field, digits string) error {
	hash, err := t.parseHash(field, digits)
	if err == nil && hash != t.hash {
		return t.wrong("%s = \"%v\" is not the hash of the records before it, \"%v\": "+
			"the file was changed", field, hash, t.hash)
	}
	return err
}

func (t *Reader) parseHash(field, digits string) (Hash, error) {
	if digits == "" {
		return 0, t.wrong("%s is missing", field)
	}
	mistake := ""
	hash := parseDigest(&mistake, field, digits)
	if mistake != "" {
		return 0, t.wrong("%s", mistake)
	}
	return Hash(hash), nil
}
