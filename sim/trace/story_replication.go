package trace

import (
	"fmt"

	"raftkv/raft"
)

// tellLog: what a leader appends and sends, what a follower drops and takes instead. What a
// follower just appends is told when its disk holds it.
func (s *Story) tellLog(c *scene, server *shadow) {
	if !c.dropped.empty() {
		s.tellOf(c.server, s.dropText(c))
	}
	if c.appended.empty() {
		return
	}
	if server.role == raft.Leader {
		s.tellOf(c.server, s.appendText(c, server)+c.sendText(server))
		return
	}
	s.tellCatchUp(c, server)
}

func (s *Story) dropText(c *scene) string {
	terms := fmt.Sprintf("of term %d", c.firstTerm)
	if c.firstTerm != c.lastTerm {
		terms = fmt.Sprintf("of terms %d-%d", c.firstTerm, c.lastTerm)
	}
	what := fmt.Sprintf("drops %v %s", c.dropped, terms)
	if c.dropped.one() {
		what += s.label(c.dropped.from, c.firstTerm)
	}
	if c.delivered.Server != raft.None {
		what += fmt.Sprintf(": %v, leader of term %d, has others there",
			c.delivered.Server, c.delivered.Term)
	}
	return what
}

// label tells in brackets what the entry asks for, if that is known.
func (s *Story) label(index raft.Index, term raft.Term) string {
	text := s.entries.get(raft.LogState{Index: index, Term: term})
	if text == "" {
		return ""
	}
	return " (" + text + ")"
}

func (s *Story) appendText(c *scene, server *shadow) string {
	if c.proposed.Kind != 0 {
		return fmt.Sprintf("takes %s's %s as entry %d", clientName(c.proposed.Client),
			s.command(c.proposed.Digest), c.proposed.Index)
	}
	text := fmt.Sprintf("appends %v", c.appended)
	if c.appended.one() {
		text += s.label(c.appended.from, server.log.lastTerm())
	}
	return text
}

// sendText tells to whom a leader sends what it has just appended.
func (c *scene) sendText(server *shadow) string {
	if c.sent.to == 0 {
		return ""
	}
	what := c.appended.it()
	more := ""
	switch sent := c.sent.entries(); {
	case sent.differ:
		more = ", more to some"
	case sent.from < c.appended.from:
		what = sent.String()
	}
	return fmt.Sprintf(", sends %s to %s%s%s", what, names(c.sent.reached()), more,
		c.sent.lossText(server))
}

// tellCatchUp: a follower appends what others have committed long since, or what replaces its own.
// Of many batches the first and the last are told.
func (s *Story) tellCatchUp(c *scene, server *shadow) {
	if s.crowd() || c.appended.from > s.committed && c.dropped.empty() {
		return
	}
	begun := server.behind
	server.behind = server.log.last < s.committed
	if begun && server.behind {
		return
	}
	s.tellOf(c.server, fmt.Sprintf("%s: appends %v from %v",
		pick(server.behind, "begins to catch up", "catches up"), c.appended, c.delivered.Server))
}

// tellDurable: the disk holds more of the log. Where that is committed already, or commits now,
// other lines tell enough.
func (s *Story) tellDurable(c *scene, server *shadow) {
	news := span{c.before.durable + 1, server.durable}
	if s.crowd() || c.life.Kind != 0 || news.empty() || news.to <= s.committed {
		return
	}
	news.from = max(news.from, s.committed+1)
	what := fmt.Sprintf("has %v on disk", news)
	if c.ack.Kind != 0 && c.ack.Success {
		what += fmt.Sprintf(", tells %v%s", c.ack.Peer, c.ack.lossText())
	}
	s.tellOf(c.server, what)
}

// tellCommit: a leader commits. The followers' part is told with what they apply.
func (s *Story) tellCommit(c *scene, server *shadow) {
	if c.committed.empty() || server.role != raft.Leader {
		return
	}
	holders := server.holders(c.committed.to)
	s.tellOf(c.server, fmt.Sprintf("%v %s on %s, %s: commits%s%s%s", c.committed, c.committed.is(),
		names(holders), s.share(holders), earlier(c, server),
		pick(server.applied >= c.committed.to, ", applies", ""), c.answered.text()))
}

// earlier tells of entries of earlier terms: they commit with one of the leader's own, never by
// themselves (§5.4.2).
func earlier(c *scene, server *shadow) string {
	old := c.committed
	old.to = min(old.to, server.log.begin(server.term)-1)
	if old.empty() || old.to == c.committed.to {
		return ""
	}
	return fmt.Sprintf(" (%v %s of an earlier term)", old, old.is())
}

func (a *answered) text() string {
	switch {
	case a.count == 0:
		return ""
	case a.count > len(a.clients):
		return fmt.Sprintf(", answers %d clients", a.count)
	}
	text := ", answers"
	for _, client := range a.clients[:a.count] {
		text += " " + clientName(client)
	}
	return text
}

// tellReplication: entries are refused, and the leader goes back.
func (s *Story) tellReplication(c *scene, server *shadow) {
	m := &c.delivered
	switch {
	case c.ack.Kind != 0 && !c.ack.Success && m.Message == raft.AppendEntries:
		s.tellRefusedEntries(c, server)
	case m.Message == raft.AppendEntriesResponse && !m.Success && c.sent.to.Has(m.Server):
		s.tellBackOff(c, server)
	}
}

func (s *Story) tellRefusedEntries(c *scene, server *shadow) {
	m := &c.delivered
	told := reaction{to: m.Message, peer: m.Server, term: m.Term}
	why := fmt.Sprintf("term %d is over, this is term %d", m.Term, server.term)
	if m.Term >= server.term {
		told.index = m.Index
		why = whyNoEntries(m.Index, m.EntryTerm, &server.log)
	}
	if s.crowd() || !server.news(told) {
		return
	}
	s.tellOf(c.server, fmt.Sprintf("refuses %v: %s%s", m.Server, why, c.ack.lossText()))
}

// whyNoEntries finds out what is missing before the new entries (§5.3).
func whyNoEntries(previous raft.Index, term raft.Term, log *outline) string {
	want := position(previous, term)
	if previous > log.last {
		return fmt.Sprintf("has no %s, its log ends with entry %d", want, log.last)
	}
	return fmt.Sprintf("has no %s, its own is of term %d", want, log.term(previous))
}

func (s *Story) tellBackOff(c *scene, server *shadow) {
	if s.crowd() {
		return
	}
	again := c.sent.entries()
	what := fmt.Sprintf("goes back for %v to after entry %d", c.delivered.Server, again.from-1)
	if !again.empty() {
		what = fmt.Sprintf("goes back for %v: sends %v", c.delivered.Server, again)
	}
	s.tellOf(c.server, what+c.sent.lossText(server))
}
