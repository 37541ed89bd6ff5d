package server

import (
	"slices"

	"raftkv/kv"
	"raftkv/raft"
	"raftkv/sim/record"
)

// Receive gives the server a message of another.
func (s *Server) Receive(m *raft.Message) {
	s.step(&raft.Input{Type: raft.Receive, Message: m})
}

// TimerEvent takes an event of a timer from the queue, and tells whether it made the timer run out.
// Then it is to fire, or to be overdue while the server cannot take notice of it.
func (s *Server) TimerEvent(timer raft.Timer) bool {
	return s.timers.pop(timer, s.recorder.Now())
}

// Postpone makes a timer that has run out overdue.
func (s *Server) Postpone(timer raft.Timer) { s.timers.overdue |= 1 << timer }

// FireOverdue fires the first of the timers that are overdue, of which there must be one.
func (s *Server) FireOverdue() {
	timer := raft.Timer(1)
	for !s.timers.overdue.Has(timer) {
		timer++
	}
	s.timers.overdue &^= 1 << timer
	s.Fire(timer)
}

// Fire gives the server the timeout of a timer.
func (s *Server) Fire(timer raft.Timer) {
	s.emit(record.Record{
		Kind: record.TimerFired, Number: uint64(timer), Term: s.node.Hard().CurrentTerm,
	})
	s.step(&raft.Input{Type: raft.Timeout, Timer: timer})
}

// Propose gives the server a client's request.
func (s *Server) Propose(r Request) {
	if s.config.Reads != ReadLog && kv.IsGet(r.Command) {
		s.takeToRead(r)
		return
	}
	s.step(&raft.Input{Type: raft.Propose, Command: r.Command})
	if s.out.Proposed == (raft.LogState{}) {
		s.agenda.answer = s.refusal(r, s.out.Refusal)
		return
	}
	told := r.record(record.Proposed)
	told.Index, told.EntryTerm = s.out.Proposed.Index, s.out.Proposed.Term
	told.Digest = record.Digest(r.Command)
	s.emit(told)
	s.waiting = append(s.waiting, proposal{request: r, position: s.out.Proposed})
}

// refusal is the answer of a server that does not do what it was asked for.
func (s *Server) refusal(r Request, why raft.Refusal) Answer {
	return Answer{Request: r, Outcome: record.Rejected, Leader: s.node.Leader(), Why: why}
}

// TransferLeadership asks the server, if it leads, to hand over to another.
func (s *Server) TransferLeadership(to raft.ServerID) {
	s.step(&raft.Input{Type: raft.TransferLeadership, Target: to})
	r := record.Record{
		Kind: record.TransferAsked, Peer: to, Term: s.node.Hard().CurrentTerm,
		Success: s.out.Refusal == 0,
	}
	if !r.Success {
		r.Number, r.Text = uint64(s.out.Refusal), s.out.Refusal.String()
	}
	s.emit(r)
}

// record returns a record of what becomes of this delivery of the request.
func (r *Request) record(kind record.Kind) record.Record {
	told := record.Record{Kind: kind, Client: r.Client, Operation: r.Operation, Count: r.Copy}
	if r.Attempt > 1 {
		told.Number = uint64(r.Attempt)
	}
	return told
}

// SyncDone tells the disk that the sync of that number is done. A disk works during a pause too;
// the sync of a server that crashed meanwhile is done for nobody.
func (s *Server) SyncDone(number uint64) {
	s.busy = true
	s.disk.Completed(number)
	s.busy = false
}

// HasNews tells whether the server runs, and does not know yet of writes that are durable.
func (s *Server) HasNews() bool {
	return s.state == Running && s.disk.Stable() > s.agenda.stable
}

// LearnPersisted gives the server the news of what its disk holds.
func (s *Server) LearnPersisted() {
	s.busy = true
	stable := s.disk.Stable()
	p := s.disk.Persistence()
	s.busy = false
	s.emit(record.Record{
		Kind: record.Persisted, Number: stable, Term: p.CurrentTerm, Peer: p.VotedFor,
		Index: p.Index, EntryTerm: p.LogState.Term,
	})
	s.step(&raft.Input{Type: raft.Persisted, Persistence: p})
	s.agenda.stable = stable
}

// step lets the node take one step, tells what changed, and puts what it owes on the agenda.
func (s *Server) step(in *raft.Input) {
	s.busy = true
	if s.owes() {
		panic("server: a step before all was carried out that the last one owed")
	}
	before := s.view()
	s.node.Step(in, &s.out)

	s.tellRole(before)
	s.tellLog(before)
	s.timers.follow(&s.out, s.recorder.Now())
	s.through = max(s.through, s.out.ApplyThrough)
	s.confirmReads()
	s.agenda.begin(&s.out)
	s.busy = false
}

// view is what of a node a step may change in a way worth telling.
type view struct {
	hard   raft.HardState
	role   raft.Role
	leader raft.ServerID
	last   raft.Index
	commit raft.Index
}

func (s *Server) view() view {
	return view{
		hard:   s.node.Hard(),
		role:   s.node.Role(),
		leader: s.node.Leader(),
		last:   s.node.LastIndex(),
		commit: s.node.CommitIndex(),
	}
}

func (s *Server) tellRole(before view) {
	after := s.view()
	newTerm := after.hard.CurrentTerm != before.hard.CurrentTerm
	r := record.Record{Term: after.hard.CurrentTerm}
	switch {
	case newTerm && after.role == raft.Candidate:
		r.Kind = record.BecameCandidate
	case after.role == raft.PreCandidate && (newTerm || before.role != raft.PreCandidate):
		r.Kind = record.BecamePreCandidate
	case after.role == raft.Leader && before.role != raft.Leader:
		r.Kind = record.BecameLeader
	case newTerm || after.role != before.role:
		r.Kind, r.Peer = record.BecameFollower, after.leader
	case after.leader != before.leader:
		r.Kind, r.Peer = record.LearnedLeader, after.leader
	default:
		return
	}
	s.emit(r)
}

func (s *Server) tellLog(before view) {
	term := s.node.Hard().CurrentTerm
	if from := s.out.SaveFrom; from != 0 && from <= before.last {
		s.forgetProposals(from)
		s.emit(record.Record{Kind: record.Truncated, Index: from - 1, Term: term})
	}
	for i, e := range s.out.Entries {
		s.emit(record.Record{
			Kind: record.Appended, Index: s.out.SaveFrom + raft.Index(i), EntryTerm: e.Term,
			Entry: e.Kind, Digest: record.Digest(e.Command), Term: term,
		})
	}
	if commit := s.node.CommitIndex(); commit != before.commit {
		s.emit(record.Record{Kind: record.Committed, Index: commit, Term: term})
	}
}

// forgetProposals: the entries from that index on are gone, and who waits for one of them will wait
// in vain. Another leader may still have it; that is why nobody is told that it failed.
func (s *Server) forgetProposals(from raft.Index) {
	s.waiting = slices.DeleteFunc(s.waiting, func(p proposal) bool {
		return p.position.Index >= from
	})
}
