package check

import (
	"raftkv/raft"
	"raftkv/sim/record"
)

// onHeld: a message is made, and waits for the disk. Whether it may be made at all is judged now:
// later the server's log may be another.
func (j *Judges) onHeld(r *record.Record, s *server) {
	s.letters.hold(r)
	switch {
	case !r.Success:
	case r.Message == raft.RequestVoteResponse:
		j.judgeGrant(r, s)
	case r.Message == raft.AppendEntriesResponse:
		j.judgeAttested(r, s)
	}
}

// onSent is Durability where a message leaves: its receiver will rely on it after a crash of the
// sender, so the disk must hold what it promises, or have held it. What needs no promise, such as a
// refusal or a leader's request, is not looked at.
func (j *Judges) onSent(r *record.Record, s *server) {
	j.judgeLife(r, s)
	switch {
	case r.Message == raft.RequestVote:
		own := vote{term: r.Term, candidate: s.id}
		if !j.keeps(s, own) {
			j.convict(Durability, "%v asks for votes in term %d, but its disk holds %v",
				s.id, r.Term, s.disk.durable.vote)
		}
		j.cast(s, own)
	case !r.Success:
	case r.Message == raft.RequestVoteResponse:
		j.judgeGrant(r, s)
		granted := vote{term: r.Term, candidate: r.Peer}
		if !j.keeps(s, granted) {
			j.convict(Durability, "%v votes for %v in term %d, but its disk holds %v",
				s.id, r.Peer, r.Term, s.disk.durable.vote)
		}
		j.cast(s, granted)
	case r.Message == raft.AppendEntriesResponse:
		j.judgeAttested(r, s)
		j.judgeAcknowledgement(r, s)
	}
}

// keeps tells whether the disk of s holds what was promised. A later term makes it no lie: in that
// of the promise s will never vote again.
func (j *Judges) keeps(s *server, promised vote) bool {
	j.exercised[Durability]++
	held := s.disk.durable.vote
	if held.term != promised.term {
		return held.term > promised.term
	}
	return promised.candidate == raft.None || promised.candidate == held.candidate
}

// judgeAcknowledgement: who accepts an append has its term and the log through the entry that it
// attests on disk. That the log was rewritten since, for a later term, makes it no lie.
func (j *Judges) judgeAcknowledgement(r *record.Record, s *server) {
	if !j.keeps(s, vote{term: r.Term}) {
		j.convict(Durability, "%v accepts entries in term %d, but its disk holds %v",
			s.id, r.Term, s.disk.durable.vote)
	}
	if r.Index != 0 && !j.dark.Has(s.id) && !j.hasKept(s, r.Index, r.EntryTerm) {
		j.convict(Durability, "%v acknowledges entry %d of term %d, but its disk never held it",
			s.id, r.Index, r.EntryTerm)
	}
}

// hasKept tells whether the disk of s ever held the entry.
func (j *Judges) hasKept(s *server, index raft.Index, term raft.Term) bool {
	if index <= s.last() {
		if n := &j.tree.nodes[s.log[index]]; n.term == term {
			return n.disks.Has(s.id)
		}
	}
	return j.tree.kept(index, term, s.id)
}
