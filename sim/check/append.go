package check

import (
	"raftkv/raft"
	"raftkv/sim/record"
)

// heard is what the last AppendEntries told a server.
type heard struct {
	term     raft.Term
	commit   raft.Index // leaderCommit
	verified raft.Index // where the two logs agree, if it is accepted
}

// onDelivered takes notice of what a server is told, for the records in which it acts on it.
func (j *Judges) onDelivered(r *record.Record) {
	if r.Peer == raft.None || r.Peer > raft.MaxServers {
		return
	}
	s := &j.servers[r.Peer]
	s.letters.deliver(r)
	switch r.Message {
	case raft.RequestVote:
		s.asked = voteRequest{
			vote:      vote{term: r.Term, candidate: r.Server},
			lastIndex: r.Index, lastTerm: r.EntryTerm,
		}
	case raft.RequestVoteResponse:
		if r.Success {
			s.electors.count(r.Server, r.Term)
		}
	case raft.AppendEntries:
		s.heard = heard{term: r.Term, commit: r.Commit, verified: r.Index + raft.Index(r.Count)}
	}
}

// leaderOf returns the server that leads the term now, if its log is known; else nil. Who no longer
// leads the term may hold another log than it did then.
func (j *Judges) leaderOf(term raft.Term) *server {
	first, after := j.reignsOf(term)
	for i := first; i < after; i++ {
		if s := &j.servers[j.reigns[i].leader]; s.leads(term) && !s.lost {
			return s
		}
	}
	return nil
}

// judgeTaken: what a follower takes into its log stands in that of the leader of its term (§5.3).
func (j *Judges) judgeTaken(r *record.Record, s *server) {
	leader := j.leaderOf(r.Term)
	if leader == nil || leader == s || s.lost {
		return
	}
	j.exercised[AppendAgrees]++
	if !leader.holds(s.tip(), r.Index) {
		j.convict(AppendAgrees, "%v takes in %s, but not from the log of %v, which leads term %d",
			s.id, j.tree.name(s.tip()), leader.id, r.Term)
	}
}

// judgeDropped: a follower drops nothing that the leader of its term holds, however old, short or
// late the message is for which it does so (§5.3).
func (j *Judges) judgeDropped(r *record.Record, s *server) {
	leader := j.leaderOf(r.Term)
	if leader == nil || leader == s {
		return
	}
	j.exercised[AppendAgrees]++
	if dropped := s.log[r.Index+1]; leader.holds(dropped, r.Index+1) {
		j.convict(AppendAgrees, "%v drops %s, but %v, which leads term %d, holds it",
			s.id, j.tree.name(dropped), leader.id, r.Term)
	}
}

// judgeAttested: what a follower attests to the leader of its term stands in that leader's log.
func (j *Judges) judgeAttested(r *record.Record, s *server) {
	leader := j.leaderOf(r.Term)
	if leader == nil || leader == s || r.Index == 0 {
		return
	}
	j.exercised[AppendAgrees]++
	if r.Index > leader.last() || j.tree.nodes[leader.log[r.Index]].term != r.EntryTerm {
		j.convict(AppendAgrees, "%v attests entry %d of term %d, but %v, which leads term %d, "+
			"does not hold it", s.id, r.Index, r.EntryTerm, leader.id, r.Term)
	}
}
