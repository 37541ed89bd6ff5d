package check

import (
	"slices"

	"raftkv/raft"
	"raftkv/sim/record"
)

// voteRequest is the request for a vote that reached a server last.
type voteRequest struct {
	vote
	lastIndex raft.Index // of the candidate's log
	lastTerm  raft.Term
}

// electors are who granted a server their votes in a term, and it has heard of it.
type electors struct {
	term raft.Term
	ids  raft.ServerSet
}

// cast takes notice of a vote that has left a server, and can elect somebody, now or late: in one
// term all its votes name one candidate, whatever it forgets (§5.2). A vote that never left harms
// nobody.
func (j *Judges) cast(s *server, v vote) {
	j.exercised[VoteOnce]++
	i := len(s.votes)
	for i > 0 && s.votes[i-1].term > v.term {
		i-- // it was held while later ones left; that is rare
	}
	if i == 0 || s.votes[i-1].term != v.term {
		s.votes = slices.Insert(s.votes, i, v)
		return
	}
	if first := s.votes[i-1]; first.candidate != v.candidate {
		j.convict(VoteOnce, "%v votes for %v in term %d, but in that term it has voted for %v",
			s.id, v.candidate, v.term, first.candidate)
	}
}

// judgeVoteKept: what is written of a vote stays as it is for as long as the term does (§5.2),
// whether the vote has left or not.
func (j *Judges) judgeVoteKept(s *server, before, now vote) {
	j.exercised[VoteOnce]++
	if now.term == before.term && now != before && before.candidate != raft.None {
		j.convict(VoteOnce, "%v writes %v, but in that term it has voted for %v",
			s.id, now, before.candidate)
	}
}

// judgeGrant: the candidate's log is at least as up to date as the voter's (§5.4.1). It is judged
// when the vote is given. When it leaves, the voter's log may have grown; and so it may have when
// the vote is repeated, which gives nothing new to anybody.
func (j *Judges) judgeGrant(r *record.Record, s *server) {
	v := vote{term: r.Term, candidate: r.Peer}
	if v == s.granted || v.term < s.granted.term {
		return
	}
	s.granted = v
	asked := &s.asked
	if asked.vote != v || s.lost {
		return // what the candidate said of its log is not known, or what the voter's is
	}
	j.exercised[VoteUpToDate]++
	last := &j.tree.nodes[s.tip()]
	if asked.lastTerm > last.term || asked.lastTerm == last.term && asked.lastIndex >= last.index {
		return
	}
	j.convict(VoteUpToDate, "%v votes in term %d for %v, whose log ends with entry %d of term %d, "+
		"but its own ends with %s", s.id, v.term, v.candidate, asked.lastIndex, asked.lastTerm,
		j.tree.name(s.tip()))
}

// count takes notice of a vote that has arrived.
func (e *electors) count(voter raft.ServerID, term raft.Term) {
	if term > e.term {
		*e = electors{term: term}
	}
	if term == e.term {
		e.ids = e.ids.With(voter)
	}
}

// judgeMajority: a leader has the votes of a majority (§5.2), each server's once. Its own counts
// when its disk holds it: before, a crash could make it vote for another.
func (j *Judges) judgeMajority(s *server, term raft.Term) {
	j.exercised[ElectedByMajority]++
	var ids raft.ServerSet
	if s.electors.term == term {
		ids = s.electors.ids
	}
	if own := (vote{term: term, candidate: s.id}); s.disk.durable.vote == own {
		ids = ids.With(s.id)
	} else {
		ids = ids.Without(s.id)
	}
	if !j.isMajority(ids) {
		j.convict(ElectedByMajority, "%v leads term %d with the votes of %d of %d servers",
			s.id, term, ids.Len(), j.started.Len())
	}
}

// isMajority tells whether the servers are a majority of all that have ever started.
func (j *Judges) isMajority(ids raft.ServerSet) bool { return 2*ids.Len() > j.started.Len() }
