package check

import (
	"slices"
	"sort"

	"raftkv/raft"
	"raftkv/sim/record"
)

// reign is an election and what followed from it. The slice of reigns is in the order of terms, not
// of moments: delayed votes may elect the leader of term 4 after that of term 5.
type reign struct {
	term   raft.Term
	leader raft.ServerID

	// log is what the leader held when it was elected. What lower terms commit must be in it, even
	// if they do so later: later the leader has added entries of its own term only, and the tree
	// remembers this log after the server has long rewritten it.
	log   prefix
	known bool // the shadow knew the log

	// highest is the commit that reached furthest in this term or a lower one.
	highest commit
}

// commit is how far the leader of a term has committed. The zero commit is none.
type commit struct {
	index  raft.Index
	log    prefix // through index
	term   raft.Term
	leader raft.ServerID
}

func (j *Judges) onBecameLeader(r *record.Record, s *server) {
	s.reign = r.Term
	j.judgeMajority(s, r.Term)
	j.cast(s, vote{term: r.Term, candidate: s.id})
	first, after := j.reignsOf(r.Term)
	j.judgeElection(s, j.reigns[first:after])
	elected := reign{term: r.Term, leader: s.id, log: s.tip(), known: !s.lost}
	if first > 0 {
		j.judgeCompleteness(&elected, j.reigns[first-1].highest)
	}
	if after > 0 {
		elected.highest = j.reigns[after-1].highest
	}
	j.reigns = slices.Insert(j.reigns, after, elected)
}

// reignsOf returns where the reigns of the term stand, or would stand: from first to before after.
func (j *Judges) reignsOf(term raft.Term) (first, after int) {
	first = len(j.reigns)
	// The question is nearly always about the newest term or one still newer.
	for first > 0 && j.reigns[first-1].term == term {
		first--
	}
	if first > 0 && j.reigns[first-1].term > term {
		first = sort.Search(first, func(i int) bool { return j.reigns[i].term >= term })
	}
	after = first
	for after < len(j.reigns) && j.reigns[after].term == term {
		after++
	}
	return first, after
}

// judgeElection is Election Safety. A server does not win its own term twice either: who stands
// again does so in a new term, and remembers that through a crash.
func (j *Judges) judgeElection(s *server, others []reign) {
	j.exercised[ElectionSafety]++
	if len(others) == 0 {
		return
	}
	if other := others[0]; other.leader != s.id {
		j.convict(ElectionSafety, "%v and %v both lead term %d", other.leader, s.id, other.term)
		return
	}
	j.convict(ElectionSafety, "%v is elected in term %d a second time", s.id, s.reign)
}

// noteCommit is Leader Completeness when a leader commits: who leads a higher term already must
// have held it when it was elected. For the newest leader there is nobody to look at.
//
// It stops where a commit that reaches as far has been held against all leaders further on. Were
// this one on another log, then two of the terms up to there contradict each other, and the higher
// of the two has been convicted.
func (j *Judges) noteCommit(c commit) {
	_, after := j.reignsOf(c.term)
	for i := after - 1; i < len(j.reigns) && j.reigns[i].highest.index < c.index; i++ {
		j.reigns[i].highest = c
		if i+1 < len(j.reigns) {
			j.judgeCompleteness(&j.reigns[i+1], c)
		}
	}
}

// judgeCompleteness is Leader Completeness by term, not by moment: the leader holds what was
// committed in a lower term, whenever that happens.
func (j *Judges) judgeCompleteness(elected *reign, c commit) {
	if c.index == 0 || !elected.known {
		return
	}
	j.exercised[LeaderCompleteness]++
	if j.tree.begins(elected.log, c.log) {
		return
	}
	lacked := j.tree.name(j.tree.missing(elected.log, c.log))
	j.convict(LeaderCompleteness, "%v was elected in term %d without %s, which %v committed in "+
		"term %d", elected.leader, elected.term, lacked, c.leader, c.term)
}
