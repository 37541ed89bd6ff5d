package trace

import (
	"strconv"
	"strings"

	"raftkv/raft"
	"raftkv/sim/record"
	"raftkv/sim/vtime"
)

// writeRecord writes a record: time, event, kind, and each field that is not zero as name=value, in
// the order of [record.Record]. Texts are quoted, and long ones cut.
func (s *Story) writeRecord(r *record.Record) {
	s.followRole(r)
	p := &s.page
	putMoment(p, r.At, r.Event)
	what, paints := s.recordText(r)
	p.wrap(what, paints)
}

// putMoment appends the columns before a record's kind.
func putMoment(p *page, at vtime.Time, event uint64) {
	when, number := at.String(), "#"+strconv.FormatUint(event, 10)
	p.pad(whenWidth - len(when))
	p.put(dim, when)
	p.pad(eventWidth - len(number))
	p.put(dim, number)
	p.pad(2)
}

// The widths of the columns of events and kinds, at least.
const (
	eventWidth = 8
	kindWidth  = 20
)

// recordText returns what follows a record's moment, and what of it is coloured.
func (s *Story) recordText(r *record.Record) (string, []paint) {
	text, server := recordWords(r)
	if !s.page.colour {
		return text, nil
	}
	of := s.styleOf(r)
	server.style = s.roleOf(r.Server)
	return text, []paint{{0, len(r.Kind.String()), of}, server}
}

// recordWords returns the kind of a record and its fields, and which part of the text names the
// server, if any does.
func recordWords(r *record.Record) (string, paint) {
	var text strings.Builder
	var server paint
	kind := r.Kind.String()
	text.WriteString(kind)
	text.WriteString(strings.Repeat(" ", max(0, kindWidth-len(kind))))
	for _, f := range recordFields[columnFields:] {
		value := f.value(r)
		if value == "" {
			continue
		}
		if f.quote > 0 {
			value = `"` + clipped(value, f.quote) + `"`
		}
		text.WriteString(" ")
		from := text.Len()
		text.WriteString(f.name + "=" + value)
		if f.name == "server" {
			server = paint{from: from, to: text.Len()}
		}
	}
	return text.String(), server
}

// styleOf returns how a record's kind looks: red if something went wrong, else as its subject does.
func (s *Story) styleOf(r *record.Record) style {
	switch r.Kind {
	case record.Crashed, record.Lost, record.Missed, record.Panicked, record.FaultBegan:
		return alarming
	case record.Returned:
		if r.Outcome == record.Unknown {
			return alarming
		}
	}
	if r.Client != 0 {
		return asking
	}
	return s.roleOf(r.Server)
}

func (s *Story) roleOf(id raft.ServerID) style {
	if id == raft.None || id > raft.MaxServers {
		return plainly
	}
	return styleOfRole(s.servers[id].letter())
}

// followRole lets a server's shadow follow as far as its role goes: a line for each record needs no
// more of it.
func (s *Story) followRole(r *record.Record) {
	if r.Server == raft.None || r.Server > raft.MaxServers {
		return
	}
	server := &s.servers[r.Server]
	switch r.Kind {
	case record.Crashed:
		server.forget()
		server.life = down
	case record.Restarted:
		server.restart(r)
	case record.Paused:
		server.life = paused
	case record.Resumed:
		server.life = running
	case record.BecameFollower, record.LearnedLeader:
		server.follow(r.Term, r.Peer)
	case record.BecamePreCandidate:
		server.poll(r.Server, r.Term)
	case record.BecameCandidate:
		server.stand(r.Server, r.Term)
	case record.BecameLeader:
		server.lead(r.Server, r.Term)
	}
}
