package trace

import (
	"fmt"

	"raftkv/raft"
	"raftkv/sim/record"
	"raftkv/sim/vtime"
)

// asker is a client's last request.
type asker struct {
	operation uint32 // 0: none so far
	what      string
	at        vtime.Time
	server    raft.ServerID // that has it in its log and owes the answer
	entry     raft.LogState // that was made of it, if any was
	missed    bool          // it never arrived
}

// asker returns what is known of the request, or nil.
func (s *Story) asker(r *record.Record) *asker {
	if int64(r.Client) >= int64(len(s.clients)) {
		return nil
	}
	if a := &s.clients[r.Client]; a.operation == r.Operation && a.what != "" {
		return a
	}
	return nil
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
		s.clients[r.Client] = asker{operation: r.Operation, what: what, at: r.At}
	}
	s.tell(ofClient(r.Client, fmt.Sprintf("asks %v: %s", r.Server, what)))
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
		a.server = raft.None
	}
	switch r.Outcome {
	case record.Unknown:
		return fmt.Sprintf(": no answer from %v%s; %s", r.Server,
			pick(took == "", "", " in "+took), s.fate(clientName(r.Client), s.asker(r)))
	case record.Rejected:
		return fmt.Sprintf(": refused by %v", r.Server)
	}
	return ": " + s.result(r) + pick(took == "", "", ", after "+took)
}

// fate tells what came of a request to which its client heard no answer, so that it cannot know.
func (s *Story) fate(client string, a *asker) string {
	unknown := client + " cannot know whether it was done"
	if a == nil {
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
			a.server, a.missed = r.Server, false
			a.entry = raft.LogState{Index: r.Index, Term: r.EntryTerm}
		}
	case record.Refused:
		c.refused = *r
	case record.Answered:
		c.answered.add(r.Client)
		if a != nil {
			a.server = raft.None
		}
	}
}

// tellRequests: a request is refused; answers are lost.
func (s *Story) tellRequests(c *scene) {
	if r := &c.refused; r.Kind != 0 {
		text := fmt.Sprintf("refuses %s's %s: %s", clientName(r.Client), s.what(r), worded(r.Text))
		if r.Peer != raft.None {
			text += fmt.Sprintf("; it follows %v", r.Peer)
		}
		s.tellOf(c.server, text)
	}
	for i := range c.missed {
		if c.refused.Kind != 0 || c.answered.count > 0 {
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
	for number := range s.clients {
		if a := &s.clients[number]; a.server == id && a.entry.Index >= from {
			a.server = raft.None
			waiting.add(uint32(number))
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
