package trace

import (
	"fmt"
	"strings"

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
		s.tellOf(c.server, s.appendText(c, server)+s.sendText(c, server))
		return
	}
	s.tellCatchUp(c, server)
}

func (s *Story) dropText(c *scene) string {
	what := fmt.Sprintf("drops %v%s%s", c.dropped, terms(c.firstTerm, c.lastTerm),
		s.labelOne(c.dropped, c.firstTerm))
	if c.delivered.Server != raft.None {
		what += fmt.Sprintf(": %v, leader of term %d, has %s there", c.delivered.Server,
			c.delivered.Term, pick(c.dropped.one(), "another", "others"))
	}
	return what + s.waiting(c.server, c.dropped.from)
}

// labelOne tells in brackets what an entry asks for, if there is but one, and that is known.
func (s *Story) labelOne(entries span, term raft.Term) string {
	if !entries.one() {
		return ""
	}
	return s.label(entries.from, term)
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
		return fmt.Sprintf("takes %s's %s %sas entry %d", clientName(c.proposed.Client),
			s.command(c.proposed.Digest), pick(c.takenOnce, "again, ", ""), c.proposed.Index)
	}
	return fmt.Sprintf("appends %v%s", c.appended, s.labelOne(c.appended, server.log.lastTerm()))
}

// sendText tells to whom a leader sends what it has just appended. That waits where enough is on
// its way to all others.
func (s *Story) sendText(c *scene, server *shadow) string {
	if c.sent.to == 0 {
		return pick(s.options.Servers > 1, ", to be sent later", "")
	}
	what := c.appended.it()
	more := ""
	switch sent := c.sent.entries(); {
	case sent.least < c.appended.to:
		what, more = sent.String(), " (to some in part)"
	case sent.differ:
		more = fmt.Sprintf(" (to some %d-%d)", sent.from, sent.to)
	case sent.from < c.appended.from:
		what = sent.String()
	}
	return fmt.Sprintf(", sends %s to %s%s%s", what, names(c.sent.reached()), more,
		c.sent.lossText(server, "to "))
}

// tellCatchUp: a follower that missed something appends what others have committed, or what
// replaces its own. Of many batches the first and the last are told. A follower that is only late,
// since a majority was faster, is told with what it applies.
func (s *Story) tellCatchUp(c *scene, server *shadow) {
	late := c.appended.from <= s.committed
	catchesUp := late && server.gap || !c.dropped.empty()
	server.gap = server.gap && server.log.last < s.committed
	if s.crowd() || !catchesUp {
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

// tellDurable: the disk holds more of the log. That is folded, unless the leader does not hear of
// it. Where it is committed already, or commits now, other lines tell enough.
func (s *Story) tellDurable(c *scene, server *shadow) {
	news := span{c.before.durable + 1, server.durable}
	if s.crowd() || c.life.Kind != 0 || news.empty() || news.to <= s.committed {
		return
	}
	if c.ack.lost == "" || !c.ack.Success {
		s.noteDurable(c.server)
		return
	}
	news.from = max(news.from, s.committed+1)
	s.disks.who = s.disks.who.Without(c.server)
	s.tellOf(c.server, fmt.Sprintf("has %v on disk, tells %v%s", news, c.ack.Peer,
		c.ack.lossText()))
}

// tellCommit: a leader commits. The followers' part is told with what they apply.
func (s *Story) tellCommit(c *scene, server *shadow) {
	if c.committed.empty() || server.role != raft.Leader {
		return
	}
	own, old := c.committed, c.committed
	old.to = min(old.to, server.log.begin(server.term)-1)
	earlier := ""
	if !old.empty() && old.to < own.to {
		own.from = old.to + 1
		earlier = s.earlierText(own, old, server)
	}
	holders := server.holders(own.to)
	s.tellOf(c.server, fmt.Sprintf("knows %v on %s, %s: commits%s%s%s", own, names(holders),
		s.share(holders), earlier, pick(server.applied >= own.to, ", applies", ""),
		c.answered.text()))
}

// earlierText tells of entries of earlier terms: they commit with one of the leader's own, never by
// themselves (§5.4.2).
func (s *Story) earlierText(own, old span, server *shadow) string {
	first, last := server.log.term(old.from), server.log.term(old.to)
	return fmt.Sprintf(" %s, and with %s %v%s%s", own.it(), own.it(), old, terms(first, last),
		s.labelOne(old, last))
}

func (a *answered) text() string {
	switch {
	case a.count == 0:
		return ""
	}
	return ", answers " + a.names()
}

// names lists the clients, or counts them.
func (a *answered) names() string {
	if a.count > len(a.clients) {
		return fmt.Sprintf("%d clients", a.count)
	}
	var all []string
	for _, client := range a.clients[:a.count] {
		all = append(all, clientName(client))
	}
	return strings.Join(all, " ")
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
	told := reaction{to: m.Message, peer: m.Server, term: m.Term, lost: c.ack.lost != ""}
	why := fmt.Sprintf("term %d is over, this is term %d", m.Term, server.term)
	if m.Term >= server.term {
		told.index = m.Index
		server.gap = true
		why = whyNoEntries(m.Index, m.EntryTerm, &server.log)
	}
	if s.crowd() || !server.news(told) {
		return
	}
	s.tellOf(c.server, fmt.Sprintf("refuses %v's AppendEntries: %s%s", m.Server, why,
		c.ack.lossText()))
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
	s.tellOf(c.server, what+c.sent.lossText(server, "to "))
}
