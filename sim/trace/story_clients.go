package trace

import (
	"fmt"

	"raftkv/raft"
	"raftkv/sim/record"
	"raftkv/sim/vtime"
)

// asker is a client's open request, or one that it had open, if no later one has its place.
type asker struct {
	operation uint32
	returned  bool
	attempts  uint64
	opens     bool // a session
	what      string
	at        vtime.Time
	server    raft.ServerID // that has it in its log and owes the answer
	entry     raft.LogState // that was made of it, if any was
	missed    bool          // it never arrived
	reading   bool          // that server is to read for it, without an entry
}

// asker returns what is known of the request, or nil.
func (s *Story) asker(r *record.Record) *asker {
	if int64(r.Client) >= int64(len(s.clients)) {
		return nil
	}
	all := s.clients[r.Client]
	for i := range all {
		if a := &all[i]; a.operation == r.Operation && a.what != "" {
			return a
		}
	}
	return nil
}

// askersMax is how many open requests of one client a story remembers.
const askersMax = 1 << 10

// remembered puts a request in the place of one that has returned, if there is one.
func remembered(all []asker, a asker) []asker {
	for i := range all {
		if all[i].returned || len(all) == askersMax {
			all[i] = a
			return all
		}
	}
	return append(all, a)
}

// what returns what the request asks for.
func (s *Story) what(r *record.Record) string {
	if a := s.asker(r); a != nil {
		return a.what
	}
	if text := s.commands.get(r.Digest); text != "" {
		return text
	}
	return fmt.Sprintf("request %d", r.Operation)
}

// command returns what the command asks for.
func (s *Story) command(digest uint64) string {
	if text := s.commands.get(digest); text != "" {
		return text
	}
	return "command"
}

func (s *Story) onClient(r *record.Record) {
	if r.Kind == record.Missed && s.scene.server == r.Server && r.Server != raft.None {
		if len(s.scene.missed) < missedMax {
			s.scene.missed = append(s.scene.missed, *r)
		}
		return
	}
	s.closeScene()
	switch r.Kind {
	case record.Invoked:
		s.onInvoked(r)
	case record.Retried:
		s.onRetried(r)
	case record.Returned:
		s.onReturned(r)
	case record.Missed:
		s.tellMissed(r)
	}
}

func (s *Story) onInvoked(r *record.Record) {
	what := request(r)
	s.commands.put(r.Digest, what)
	if int64(r.Client) < int64(len(s.clients)) {
		s.clients[r.Client] = remembered(s.clients[r.Client],
			asker{operation: r.Operation, attempts: 1, what: what, at: r.At,
				opens: r.Action == record.OpenSession})
	}
	s.tell(ofClient(r.Client, fmt.Sprintf("asks %v: %s", r.Server, what)))
}

func (s *Story) onRetried(r *record.Record) {
	if a := s.asker(r); a != nil {
		a.attempts = r.Number
		a.server, a.missed = raft.None, false
	}
	s.tell(ofClient(r.Client, fmt.Sprintf("asks again, now %v: %s (attempt %d)", r.Server,
		s.what(r), r.Number)))
}

func (s *Story) onReturned(r *record.Record) {
	line := ofClient(r.Client, s.what(r)+s.returnText(r))
	if r.Outcome == record.Unknown {
		line = line.wrong()
	}
	s.tell(line)
}

// returnText tells what the client knows in the end, and how long it took, if the story knows when
// it began: records of a trace may be left out.
func (s *Story) returnText(r *record.Record) string {
	took := ""
	if a := s.asker(r); a != nil {
		took = lasting(r.At.Sub(a.at))
		a.server, a.returned = raft.None, true
	}
	switch r.Outcome {
	case record.Unknown:
		text := fmt.Sprintf(": no answer from %v%s", r.Server, pick(took == "", "", " in "+took))
		if r.Index != 0 {
			text = fmt.Sprintf(": refused by %v, as its session has ended%s", r.Server,
				pick(took == "", "", ", after "+took))
		}
		return text + "; " + s.fate(clientName(r.Client), s.asker(r))
	case record.Rejected:
		return fmt.Sprintf(": refused by %v", r.Server)
	case record.NoSession, record.Superseded:
		return fmt.Sprintf(": refused by %v, %v", r.Server, r.Outcome)
	}
	return ": " + s.result(r) + pick(took == "", "", ", after "+took)
}

// fate tells what came of a request to which its client heard no answer, so that it cannot know.
func (s *Story) fate(client string, a *asker) string {
	unknown := client + " cannot know whether it was done"
	if a == nil || a.attempts > 1 {
		return unknown
	}
	index, term := a.entry.Index, a.entry.Term
	switch committed := s.committedTerm(index); {
	case a.missed:
		return client + " cannot know that it never arrived"
	case index > s.committed:
		return fmt.Sprintf("nobody knows yet whether it will be done, as %s", position(index, term))
	case committed == 0:
		return unknown
	case committed == term:
		return fmt.Sprintf("%s cannot know that it was done, as entry %d", client, index)
	}
	return fmt.Sprintf("%s cannot know that it was never done: another entry %d is committed",
		client, index)
}

// committedTerm returns the term of the committed entry at index, 0 if no server knows it to be
// committed.
func (s *Story) committedTerm(index raft.Index) raft.Term {
	for id := range s.servers {
		if server := &s.servers[id]; server.commit >= index {
			return server.log.term(index)
		}
	}
	return 0
}

func (s *Story) result(r *record.Record) string {
	if r.Outcome == record.OK && r.Value != "" {
		return plain(r.Value)
	}
	if a := s.asker(r); r.Outcome == record.OK && a != nil && a.opens {
		return fmt.Sprintf("session %d", r.Index)
	}
	return r.Outcome.String()
}

// tellMissed tells that a request never arrives.
func (s *Story) tellMissed(r *record.Record) {
	s.tell(ofClient(r.Client, fmt.Sprintf("%s: never reaches %v (%s)", s.what(r), r.Server,
		worded(r.Text))).wrong())
	if a := s.asker(r); a != nil {
		a.missed = true
	}
}

// tellMissedAnswer tells that an answer never arrives.
func (s *Story) tellMissedAnswer(r *record.Record) {
	s.tell(ofClient(r.Client, fmt.Sprintf("%s: the answer of %v never arrives (%s)", s.what(r),
		r.Server, worded(r.Text))).wrong())
}

func (s *Story) gatherRequest(r *record.Record) {
	c := &s.scene
	a := s.asker(r)
	switch r.Kind {
	case record.Proposed:
		c.proposed = *r
		if a != nil {
			c.takenOnce = a.entry.Index != 0
			a.server, a.missed = r.Server, false
			a.entry = raft.LogState{Index: r.Index, Term: r.EntryTerm}
		}
	case record.Refused:
		if a != nil && a.reading && a.server == r.Server {
			a.server, a.reading = raft.None, false
			c.unread.add(r.Client)
			return
		}
		c.refused = *r
	case record.Answered:
		c.noteAnswer(r)
		if a != nil {
			a.server, a.reading = raft.None, false
		}
	}
}

// noteAnswer: what a leader reads from its store is of no term.
func (c *scene) noteAnswer(r *record.Record) {
	if r.EntryTerm != 0 {
		c.answered.add(r.Client)
		return
	}
	c.read.add(r.Client)
	c.readThrough = r.Index
}

// tellRequests: a request is refused; answers are lost.
func (s *Story) tellRequests(c *scene) {
	if r := &c.refused; r.Kind != 0 {
		text := fmt.Sprintf("refuses %s's %s: %s", clientName(r.Client), s.what(r), worded(r.Text))
		if r.Peer != raft.None && r.Peer != r.Server {
			text += fmt.Sprintf("; it follows %v", r.Peer)
		}
		s.tellOf(c.server, text)
	}
	for i := range c.missed {
		if c.refused.Kind != 0 || c.answered.count+c.read.count+c.unread.count > 0 {
			s.tellMissedAnswer(&c.missed[i])
		} else {
			s.tellMissed(&c.missed[i])
		}
	}
}

// waiting tells which clients wait for an answer of the server to what it has in its log from an
// entry on, and forgets that they do.
func (s *Story) waiting(id raft.ServerID, from raft.Index) string {
	var waiting answered
	for number, all := range s.clients {
		for i := range all {
			if a := &all[i]; a.server == id && a.entry.Index >= from {
				a.server = raft.None
				waiting.add(uint32(number))
			}
		}
	}
	switch {
	case waiting.count == 0:
		return ""
	case waiting.count > len(waiting.clients):
		return fmt.Sprintf("; %d clients wait in vain", waiting.count)
	}
	text := ";"
	for _, client := range waiting.clients[:waiting.count] {
		text += " " + clientName(client)
	}
	return text + pick(waiting.count == 1, " waits in vain", " wait in vain")
}
