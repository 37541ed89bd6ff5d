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
		s.tell(clientName(r.Client), s.what(r)+s.returnText(r))
	case record.Missed:
		s.tellMissed(r, "")
	}
}

func (s *Story) onInvoked(r *record.Record) {
	what := request(r)
	s.commands.put(r.Digest, what)
	if int64(r.Client) < int64(len(s.clients)) {
		s.clients[r.Client] = asker{operation: r.Operation, what: what, at: r.At}
	}
	s.tell(clientName(r.Client), fmt.Sprintf("asks %v: %s", r.Server, what))
}

// returnText tells what the client knows in the end, and how long it took.
func (s *Story) returnText(r *record.Record) string {
	took := ""
	if a := s.asker(r); a != nil {
		span := r.At.Sub(a.at)
		took = (span - span%vtime.Microsecond).String()
		a.server = raft.None
	}
	switch r.Outcome {
	case record.Unknown:
		return fmt.Sprintf(": no answer from %v in %s; it may be done, or not", r.Server, took)
	case record.Rejected:
		return fmt.Sprintf(": refused by %v", r.Server)
	}
	return ": " + s.result(r) + ", after " + took
}

func (s *Story) result(r *record.Record) string {
	if r.Outcome == record.OK && r.Value != "" {
		return plain(r.Value)
	}
	return r.Outcome.String()
}

func (s *Story) tellMissed(r *record.Record, of string) {
	text := fmt.Sprintf("its request never reaches %v", r.Server)
	if of != "" {
		text = of
	}
	s.tell(clientName(r.Client), fmt.Sprintf("%s: %s: %s", s.what(r), text, plain(r.Text)))
}

func (s *Story) gatherRequest(r *record.Record) {
	c := &s.scene
	a := s.asker(r)
	switch r.Kind {
	case record.Proposed:
		c.proposed = *r
		if a != nil {
			a.server = r.Server
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
		text := fmt.Sprintf("refuses %s's %s: %s", clientName(r.Client), s.what(r), plain(r.Text))
		if r.Peer != raft.None {
			text += fmt.Sprintf("; it follows %v", r.Peer)
		}
		s.tellOf(c.server, text)
	}
	for i := range c.missed {
		r := &c.missed[i]
		of := ""
		if c.refused.Kind != 0 || c.answered.count > 0 {
			of = fmt.Sprintf("the answer of %v never arrives", r.Server)
		}
		s.tellMissed(r, of)
	}
}

// waiting tells which clients wait for an answer of the server.
func (s *Story) waiting(id raft.ServerID) string {
	var waiting answered
	for number := range s.clients {
		if s.clients[number].server == id {
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
