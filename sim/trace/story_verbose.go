package trace

import (
	"strconv"

	"raftkv/raft"
	"raftkv/sim/record"
)

// writeRecord writes a record on one line: time, event, kind, and each field that is not zero as
// name=value, in the order of [record.Record]. Texts are quoted, and long ones cut.
func (s *Story) writeRecord(r *record.Record) {
	l := fields{s.page.line[:0]}
	l.column(r.At.String(), 11)
	l.column("#"+strconv.FormatUint(r.Event, 10), 8)
	l.text = append(l.text, "  "...)
	l.text = append(l.text, r.Kind.String()...)
	for n := len(r.Kind.String()); n < 16; n++ {
		l.text = append(l.text, ' ')
	}
	l.of(r)
	s.page.line = l.text
	s.page.end()
}

// fields is a line in the making.
type fields struct{ text []byte }

func (l *fields) column(text string, width int) {
	for n := len(text); n < width; n++ {
		l.text = append(l.text, ' ')
	}
	l.text = append(l.text, text...)
}

func (l *fields) of(r *record.Record) {
	l.server("server", r.Server)
	l.server("peer", r.Peer)
	l.number("term", uint64(r.Term))
	if r.Message != 0 {
		l.name("message")
		l.text = append(l.text, r.Message.String()...)
	}
	l.number("index", uint64(r.Index))
	l.number("entry_term", uint64(r.EntryTerm))
	if r.Entry != 0 {
		l.name("entry")
		l.text = append(l.text, r.Entry.String()...)
	}
	l.number("count", uint64(r.Count))
	l.number("commit", uint64(r.Commit))
	if r.Success {
		l.name("success")
		l.text = append(l.text, "true"...)
	}
	l.ofClient(r)
	l.number("number", r.Number)
	l.digest("digest", r.Digest)
	l.digest("state", r.State)
	l.quoted("text", r.Text, 60)
}

func (l *fields) ofClient(r *record.Record) {
	if r.Client != 0 {
		l.name("client")
		l.text = append(l.text, clientName(r.Client)...)
	}
	l.number("operation", uint64(r.Operation))
	if r.Outcome != 0 {
		l.quoted("outcome", r.Outcome.String(), wordMax)
	}
	if r.Ending != 0 {
		l.quoted("ending", r.Ending.String(), wordMax)
	}
	if r.Action != 0 {
		l.name("action")
		l.text = append(l.text, r.Action.String()...)
	}
	l.quoted("key", r.Key, wordMax)
	l.quoted("value", r.Value, wordMax)
}

func (l *fields) name(name string) {
	l.text = append(l.text, ' ')
	l.text = append(l.text, name...)
	l.text = append(l.text, '=')
}

func (l *fields) server(name string, id raft.ServerID) {
	if id != raft.None {
		l.name(name)
		l.text = append(l.text, id.String()...)
	}
}

func (l *fields) number(name string, value uint64) {
	if value != 0 {
		l.name(name)
		l.text = strconv.AppendUint(l.text, value, 10)
	}
}

func (l *fields) digest(name string, value uint64) {
	if value != 0 {
		l.name(name)
		l.text = append(l.text, Hash(value).String()...)
	}
}

func (l *fields) quoted(name, value string, limit int) {
	if value == "" {
		return
	}
	l.name(name)
	l.text = append(l.text, '"')
	l.text = append(l.text, clipped(value, limit)...)
	l.text = append(l.text, '"')
}
