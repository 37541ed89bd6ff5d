package server

import (
	"fmt"
	"slices"

	"raftkv/kv"
	"raftkv/raft"
	"raftkv/sim/record"
	"raftkv/sim/vtime"
)

// Effect is one action of a server as far as it concerns the world around it.
type Effect struct {
	Kind    EffectKind
	Message *raft.Message  // Sent: the server's own, until it acts again
	Takes   vtime.Duration // SyncBegun
	Sync    uint64         // SyncBegun: its number
	Answer  Answer         // Answered
}

// EffectKind tells what the world has to do about an action.
type EffectKind uint8

// The kinds of effects.
const (
	Nothing   EffectKind = iota + 1 // the action concerned the server alone
	SyncBegun                       // to be done after Takes
	Sent                            // a message to another server
	Answered                        // an answer to a client
)

// Answer is what a server tells a client of a request.
type Answer struct {
	Request  Request
	Outcome  record.Outcome
	Value    string
	Position raft.LogState // of the entry that was applied; zero for a refusal
	Leader   raft.ServerID // whom a refusal names as the leader, or None
	Why      raft.Refusal  // of a refusal
}

// agenda is what a server owes, in the order in which it carries it out: promises that the disk now
// keeps, a write, a sync, messages, reads that can be answered, and entries to apply, each with its
// answer.
type agenda struct {
	stable   uint64 // the last write that the server knows to be durable
	write    bool
	messages int // of the output's, still to be sent
	answer   Answer
}

func (a *agenda) begin(out *raft.Output) {
	a.write = out.SaveHardState || out.SaveFrom != 0
	a.messages = len(out.Messages)
}

// Act carries out the next action that the server owes, and returns false if there is none.
func (s *Server) Act() (Effect, bool) {
	s.busy = true
	effect, any := s.act()
	s.busy = false
	return effect, any
}

func (s *Server) act() (Effect, bool) {
	a := &s.agenda
	switch {
	case s.owesRelease():
		return s.release(), true
	case a.write:
		return s.write(), true
	case s.disk.WantsSync():
		return s.sync(), true
	case a.messages > 0:
		return s.send(), true
	case a.answer.Outcome != 0:
		return s.answer(), true
	case s.owesRead():
		return s.read(), true
	case s.applied < s.through:
		return s.apply(), true
	}
	return Effect{}, false
}

// Owes tells whether an action is left that the server owes.
func (s *Server) Owes() bool { return s.owes() || s.disk.WantsSync() }

// owes tells whether something is left to carry out of what the last step owed. A sync is not among
// it: the end of one makes the next due before the server has learned of it.
func (s *Server) owes() bool {
	a := &s.agenda
	return s.owesRelease() || a.write || a.messages > 0 || a.answer.Outcome != 0 ||
		s.owesRead() || s.applied < s.through
}

func (s *Server) owesRelease() bool {
	return len(s.held) > 0 && s.held[0].write <= s.agenda.stable
}

// release sends a message whose promise the disk now keeps.
func (s *Server) release() Effect {
	s.released = s.held[0].message
	s.held = slices.Delete(s.held, 0, 1)
	return Effect{Kind: Sent, Message: &s.released}
}

func (s *Server) write() Effect {
	s.agenda.write = false
	out := &s.out
	s.emit(record.Record{
		Kind: record.Written, Number: s.disk.Write(out),
		Term: out.HardState.CurrentTerm, Peer: out.HardState.VotedFor,
		Index: out.SaveFrom, Count: uint32(len(out.Entries)),
	})
	return Effect{Kind: Nothing}
}

func (s *Server) sync() Effect {
	takes, number := s.disk.Sync()
	return Effect{Kind: SyncBegun, Takes: takes, Sync: number}
}

// send sends a message, or holds it while it promises what the disk does not hold yet.
func (s *Server) send() Effect {
	messages := s.out.Messages
	m := &messages[len(messages)-s.agenda.messages]
	s.agenda.messages--
	if s.node.Keeps(m.Promise()) {
		return Effect{Kind: Sent, Message: m}
	}
	if s.disk.Issued() == s.agenda.stable {
		panic(fmt.Sprintf("server: %v waits to send a %v, and nothing is written", s.id, m.Type))
	}
	write := s.disk.Issued()
	s.held = append(s.held, promise{message: *m, write: write})
	r := record.OfMessage(record.Held, m)
	r.Number = write
	s.emit(r)
	return Effect{Kind: Nothing}
}

func (s *Server) apply() Effect {
	s.applied++
	e := s.node.Entry(s.applied)
	var result kv.Result
	if e.Kind == raft.Command {
		result = s.store.Apply(uint64(s.applied), e.Command)
	}
	r := record.Record{
		Kind: record.Applied, Index: s.applied, EntryTerm: e.Term, Entry: e.Kind,
		Digest: record.Digest(e.Command), State: s.store.Digest(), Term: s.node.Hard().CurrentTerm,
	}
	if e.Kind == raft.Command && kv.InSession(e.Command) {
		r.Outcome, r.Value = outcomeOf(result.Status), result.Value
		r.Success = !result.Repeated && !result.Refused()
	}
	s.emit(r)
	s.settle(raft.LogState{Index: s.applied, Term: e.Term}, result)
	return Effect{Kind: Nothing}
}

// settle owes an answer to who waits for the entry that was applied.
func (s *Server) settle(applied raft.LogState, result kv.Result) {
	if len(s.waiting) == 0 || s.waiting[0].position != applied {
		return
	}
	s.agenda.answer = Answer{
		Request:  s.waiting[0].request,
		Outcome:  outcomeOf(result.Status),
		Value:    result.Value,
		Position: applied,
	}
	s.waiting = slices.Delete(s.waiting, 0, 1)
}

// outcomeOf translates what the store says.
func outcomeOf(status kv.Status) record.Outcome {
	switch status {
	case kv.OK:
		return record.OK
	case kv.KeyExists:
		return record.KeyExists
	case kv.KeyMissing:
		return record.KeyMissing
	case kv.NoSession:
		return record.NoSession
	case kv.Superseded:
		return record.Superseded
	}
	panic(fmt.Sprintf("server: a client sent a %v", status))
}

// answer lets an answer leave. Whatever answer it is has its record here, and no other way out.
func (s *Server) answer() Effect {
	answer := s.agenda.answer
	s.agenda.answer = Answer{}
	return s.answerWith(answer)
}

func (s *Server) answerWith(answer Answer) Effect {
	if answer.Outcome == record.Rejected {
		refused := answer.Request.record(record.Refused)
		refused.Term, refused.Peer = s.node.Hard().CurrentTerm, answer.Leader
		refused.Text = answer.Why.String()
		s.emit(refused)
		return Effect{Kind: Answered, Answer: answer}
	}
	s.emit(record.Record{
		Kind: record.Answered, Client: answer.Request.Client,
		Operation: answer.Request.Operation, Outcome: answer.Outcome, Value: answer.Value,
		Index: answer.Position.Index, EntryTerm: answer.Position.Term,
		Digest: record.Digest(answer.Request.Command),
	})
	return Effect{Kind: Answered, Answer: answer}
}
