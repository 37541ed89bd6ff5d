package trace

import (
	"slices"

	"raftkv/raft"
	"raftkv/sim/record"
)

// shadow is what the story knows of one server, from its records alone.
type shadow struct {
	life   life
	role   raft.Role
	term   raft.Term
	vote   raft.ServerID // in term
	leader raft.ServerID // of term, as far as it knows
	votes  raft.ServerSet

	log     outline
	durable raft.Index // through which the disk is known to hold the log as it is
	commit  raft.Index
	applied raft.Index

	// Of a leader: how far each server has attested to hold its log.
	matched [raft.MaxServers + 1]raft.Index

	successor raft.ServerID // of a leader: to whom it is to hand over

	gap       bool           // it missed something: its log may have to catch up
	behind    bool           // it was told that it begins to catch up
	unheard   bool           // nobody was reached by its last request for votes
	unreached raft.ServerSet // by its last message to many, as it was told

	reactions [8]reaction // the last that were told
}

// life tells whether a server runs.
type life uint8

const (
	running life = iota + 1
	paused
	down
)

// reaction is how a server answers another's request; told once, however often it is asked again.
type reaction struct {
	to      raft.MessageType
	peer    raft.ServerID
	term    raft.Term
	index   raft.Index
	granted bool
	lost    bool
}

// news tells whether the reaction is none of those told last, and remembers it. One that arrives is
// news after one that was lost, but not the other way round.
func (s *shadow) news(r reaction) bool {
	arrived := r
	arrived.lost = false
	if slices.Contains(s.reactions[:], r) || slices.Contains(s.reactions[:], arrived) {
		return false
	}
	copy(s.reactions[1:], s.reactions[:])
	s.reactions[0] = r
	return true
}

// letter is the role as the strip shows it.
func (s *shadow) letter() byte {
	switch {
	case s.life == down:
		return 'x'
	case s.life == paused:
		return 'z'
	case s.role == raft.Leader:
		return 'L'
	case s.role == raft.Candidate:
		return 'C'
	case s.role == raft.PreCandidate:
		return 'P'
	}
	return '.'
}

// enter takes the server into a term, if it is not there yet.
func (s *shadow) enter(term raft.Term) {
	if term > s.term {
		s.term, s.vote, s.leader, s.votes = term, raft.None, raft.None, 0
	}
}

func (s *shadow) start() {
	s.forget()
	s.log.clear()
	s.term, s.vote, s.durable = 0, raft.None, 0
}

// forget is what a crash takes. The log stays, to be compared with what the disk gives back.
func (s *shadow) forget() {
	s.life, s.role, s.leader, s.votes = running, raft.Follower, raft.None, 0
	s.commit, s.applied, s.successor = 0, 0, raft.None
	s.gap, s.behind, s.unheard, s.reactions = false, false, false, [8]reaction{}
}

func (s *shadow) restart(r *record.Record) {
	s.forget()
	s.log.clear()
	s.term, s.vote, s.durable = r.Term, r.Peer, r.Index
}

func (s *shadow) follow(term raft.Term, leader raft.ServerID) {
	s.enter(term)
	s.role, s.leader, s.votes, s.unheard = raft.Follower, leader, 0, false
	s.successor = raft.None
}

// poll: it asks whether it could win the next term.
func (s *shadow) poll(id raft.ServerID, term raft.Term) {
	s.enter(term)
	s.role, s.leader, s.votes = raft.PreCandidate, raft.None, raft.SetOf(id)
}

func (s *shadow) stand(id raft.ServerID, term raft.Term) {
	s.enter(term)
	s.role, s.vote, s.leader, s.votes = raft.Candidate, id, raft.None, 0
}

func (s *shadow) lead(id raft.ServerID, term raft.Term) {
	s.enter(term)
	s.role, s.leader, s.successor = raft.Leader, id, raft.None
	s.matched = [raft.MaxServers + 1]raft.Index{}
	s.matched[id] = s.durable
}

func (s *shadow) truncate(last raft.Index) {
	s.log.truncate(last)
	s.durable = min(s.durable, last)
}

// persist takes the news of the disk: what it holds, if that is the log's own, and the own vote.
func (s *shadow) persist(r *record.Record) {
	if s.log.term(r.Index) == r.EntryTerm && r.EntryTerm != 0 {
		s.durable = max(s.durable, r.Index)
	}
	if s.role == raft.Candidate && r.Term == s.term && r.Peer == r.Server {
		s.votes = s.votes.With(r.Server)
	}
	if s.role == raft.Leader {
		s.matched[r.Server] = max(s.matched[r.Server], s.durable)
	}
}

// hopeless tells whether the server is a candidate of whom nobody has heard.
func (s *shadow) hopeless(id raft.ServerID) bool {
	return s.role == raft.Candidate && s.unheard && s.votes.Without(id) == 0
}

// hear takes what a response tells a candidate or a leader of its own term, or a pre-candidate of
// the next.
func (s *shadow) hear(r *record.Record) {
	switch {
	case r.Message == raft.PreVoteResponse:
		if s.role == raft.PreCandidate && r.Success && r.Term == s.term+1 {
			s.votes = s.votes.With(r.Server)
		}
	case r.Term != s.term || !r.Success:
	case r.Message == raft.RequestVoteResponse && s.role == raft.Candidate:
		s.votes = s.votes.With(r.Server)
	case r.Message == raft.AppendEntriesResponse && s.role == raft.Leader:
		if s.log.term(r.Index) == r.EntryTerm {
			s.matched[r.Server] = max(s.matched[r.Server], r.Index)
		}
	}
}

// holders returns the servers known to the leader to hold its log through index.
func (s *shadow) holders(index raft.Index) raft.ServerSet {
	var set raft.ServerSet
	for id := range s.matched {
		if s.matched[id] >= index {
			set = set.With(raft.ServerID(id))
		}
	}
	return set.Without(raft.None)
}
