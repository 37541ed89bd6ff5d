package check

import (
	"raftkv/raft"
	"raftkv/sim/history"
	"raftkv/sim/record"
)

// model is what the store must be, by all that leaders have committed, in the order of the log. It
// is written from what the store promises its clients (thesis §6.3), not from the store.
//
// It knows commands by their digests, as clients were seen to ask for them.
type model struct {
	commands map[uint64]command
	cells    map[string]written // by key
	sessions map[raft.Index]session

	// max is how many sessions there can be at once; 0 is any number. Then no session ends.
	max  int
	uses []use // of sessions, in order; what is before ended or was used again since
	past int   // so many of them say nothing any more

	// lost says that something is committed that nobody was seen to ask for. What comes of the log
	// from there on is not known, and not judged.
	lost bool
}

// written is what a key holds, and the entry that made it so; 0 if none did.
type written struct {
	cell
	by raft.Index
}

// command is what a client asked for.
type command struct {
	by         request // whoever asked, in a session; of a plain command, who asked last
	action     record.Action
	key, value string
	session    raft.Index // 0: it is in none
	sequence   uint64
}

// session is a session that is open: the last request in it, and what came of that.
type session struct {
	sequence uint64
	reply    reply
	used     raft.Index // by which entry, last
}

type use struct {
	session raft.Index
	at      raft.Index
}

// reply is what must come of a command at its place in the log. The zero reply is not known.
type reply struct {
	outcome record.Outcome
	value   string // that a get reads
	effect  bool   // it is carried out there, and not repeated or refused
}

func (m *model) reset() {
	if m.commands == nil {
		m.commands = make(map[uint64]command)
		m.cells = make(map[string]written)
		m.sessions = make(map[raft.Index]session)
	}
	clear(m.commands)
	clear(m.cells)
	clear(m.sessions)
	m.max, m.uses, m.past, m.lost = 0, m.uses[:0], 0, false
}

// apply returns what must come of the entry at that index, the next one.
func (m *model) apply(index raft.Index, e entry) reply {
	if e.kind != raft.Command || m.lost {
		return reply{}
	}
	c, known := m.commands[e.digest]
	switch {
	case !known:
		m.lost = true
		return reply{}
	case c.action == record.OpenSession:
		m.open(index)
		return reply{outcome: record.OK, effect: true}
	case c.session == 0:
		return m.do(index, &c)
	}
	return m.doOnce(index, &c)
}

// do carries out a command. What was deleted stays known: why a key is missing is told, too.
func (m *model) do(index raft.Index, c *command) reply {
	before := m.cells[c.key].cell
	after, outcome, read := before.do(&history.Operation{Action: c.action, Value: c.value})
	if after != before {
		m.cells[c.key] = written{cell: after, by: index}
	}
	return reply{outcome: outcome, value: read, effect: true}
}

// doOnce carries out a command of a session if it is the first time that the session meets it.
func (m *model) doOnce(index raft.Index, c *command) reply {
	s, open := m.sessions[c.session]
	if !open {
		return reply{outcome: record.NoSession}
	}
	var r reply
	switch {
	case c.sequence > s.sequence:
		r = m.do(index, c)
		s.sequence, s.reply = c.sequence, r
	case c.sequence == s.sequence:
		r = s.reply
		r.effect = false
	default:
		r = reply{outcome: record.Superseded}
	}
	m.use(c.session, s, index)
	return r
}

// open opens a session. If there are as many as there can be, the one ends that was not used for
// the longest part of the log.
func (m *model) open(index raft.Index) {
	for ended := false; !ended && m.max > 0 && len(m.sessions) >= m.max; m.past++ {
		u := m.uses[m.past]
		if s, open := m.sessions[u.session]; open && s.used == u.at {
			delete(m.sessions, u.session)
			ended = true
		}
	}
	m.use(index, session{}, index)
}

func (m *model) use(name raft.Index, s session, at raft.Index) {
	s.used = at
	m.sessions[name] = s
	if m.max == 0 {
		return
	}
	if m.past > len(m.uses)/2 { // so that the list costs no more than the sessions do
		m.uses = append(m.uses[:0], m.uses[m.past:]...)
		m.past = 0
	}
	m.uses = append(m.uses, use{name, at})
}
