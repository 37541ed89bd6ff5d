package mark

import (
	"raftkv/raft"
	"raftkv/sim/record"
)

func (w *Watch) observeRole(r *record.Record, s *server) {
	switch r.Kind {
	case record.BecameFollower:
		w.onFollower(r, s)
	case record.BecamePreCandidate:
		w.is(r, s, raft.PreCandidate)
	case record.BecameCandidate:
		w.onCandidate(r, s)
	case record.BecameLeader:
		w.onLeader(r, s)
	}
	s.term = r.Term
}

// is gives the server of the record a role.
func (w *Watch) is(r *record.Record, s *server, role raft.Role) {
	s.role = role
	w.leaders = w.leaders.Without(r.Server)
	if role == raft.Leader {
		w.leaders = w.leaders.With(r.Server)
	}
}

func (w *Watch) onFollower(r *record.Record, s *server) {
	switch {
	case s.role == raft.Candidate:
		w.mark(CandidateYielded)
	case s.role == raft.PreCandidate:
		w.mark(PreVoteLost)
	case s.role == raft.Leader:
		w.onReignOver(r, s)
	}
	s.stands = false
	w.is(r, s, raft.Follower)
}

func (w *Watch) onReignOver(r *record.Record, s *server) {
	if r.Term > s.term {
		w.mark(LeaderDeposed)
	} else {
		w.mark(QuorumLost)
	}
	if s.last.Index > s.commit {
		w.mark(DeposedUncommitted)
	}
	s.deposed, s.successor = true, raft.None
	s.reads.drop()
}

func (w *Watch) onCandidate(r *record.Record, s *server) {
	if s.role == raft.PreCandidate {
		w.mark(PreVoteWon)
	}
	if s.stands {
		w.mark(StoodAgain)
		if w.wasSplit(s.stood) {
			w.mark(SplitVote)
		}
	}
	s.stood, s.stands = r.Term, true
	s.told = w.delivered.event == r.Event && w.delivered.kind == raft.TimeoutNow
	w.is(r, s, raft.Candidate)
}

// wasSplit tells whether several servers stood for election in the term, and none won.
func (w *Watch) wasSplit(term raft.Term) bool {
	stood := 0
	for id := w.members.Next(raft.None); id != raft.None; id = w.members.Next(id) {
		if w.servers[id].led == term {
			return false
		}
		if w.servers[id].stood == term {
			stood++
		}
	}
	return stood > 1
}

func (w *Watch) onLeader(r *record.Record, s *server) {
	w.mark(LeaderElected)
	if w.elected != raft.None && w.elected != r.Server {
		w.mark(LeaderChanged)
	}
	if s.led != 0 {
		w.mark(LeaderReelected)
	}
	if r.Term < w.reign {
		w.mark(ElectedLate)
	}
	if w.leaders.Without(r.Server) != 0 {
		w.mark(TwoLeaders)
	}
	if s.told {
		w.mark(TransferDone)
	}
	s.stands, s.successor = false, raft.None
	w.elected, w.reign = r.Server, max(w.reign, r.Term)
	s.led, s.deposed, s.inherited = r.Term, false, s.last.Index
	w.is(r, s, raft.Leader)
}
