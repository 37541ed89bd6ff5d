package check

import (
	"sort"

	"raftkv/raft"
	"raftkv/sim/record"
)

// commitment is the entry that a leader was the first to commit at an index. Leaders define what is
// committed, followers hear of it: so a follower may not know of more than its leaders did.
type commitment struct {
	log    prefix // through the index
	leader raft.ServerID
	told   bool // a client has the answer that came of it
	reply  reply
	met    raft.Index // the entry that had last changed its key, if it has one; 0 if none had
}

// committedLast returns the highest index that a leader has committed.
func (j *Judges) committedLast() raft.Index { return raft.Index(len(j.committed) - 1) }

// onCommitted judges commits. That they contradict none before, on whichever server, is State
// Machine Safety: what is committed is as good as applied. That a leader's commit reaches all later
// leaders is Leader Completeness. That a commit index does not fall is Monotonic.
func (j *Judges) onCommitted(r *record.Record, s *server) {
	from, leads := s.commit, s.leads(r.Term)
	s.commit = r.Index
	if s.lost || !j.canCommit(r, s, from) {
		j.blind = j.blind || leads
		return
	}
	if leads {
		j.judgeCounting(r, s)
		j.noteCommit(commit{index: r.Index, log: s.log[r.Index], term: r.Term, leader: s.id})
	} else {
		j.judgeHearsay(r, s)
	}
	j.compareCommitted(s, from, min(r.Index, j.committedLast()))
	for i := j.committedLast() + 1; leads && i <= r.Index; i++ {
		must, met := j.carryOut(i, s.log[i])
		j.committed = append(j.committed, commitment{
			log: s.log[i], leader: s.id, reply: must, met: met,
		})
	}
}

// judgeCounting: a leader commits by counting only entries of its own term (§5.4.2), and counts who
// has the log through there on disk.
func (j *Judges) judgeCounting(r *record.Record, s *server) {
	last := s.log[r.Index]
	j.exercised[CommitOwnTerm]++
	if j.tree.nodes[last].term == r.Term {
		s.ruled = r.Term
	} else {
		j.convict(CommitOwnTerm, "%v, which leads term %d, commits through %s",
			s.id, r.Term, j.tree.name(last))
	}
	j.exercised[CommitDurable]++
	// Of a disk that nobody knows it may be true.
	if disks := j.tree.nodes[last].disks | j.dark; !j.isMajority(disks) {
		j.convict(CommitDurable, "%v commits %s, but only %d of %d disks have held it",
			s.id, j.tree.name(last), disks.Len(), j.started.Len())
	}
}

// judgeHearsay: who does not lead commits what its leader told it, as far as the message has
// verified that their logs agree (Figure 2); and no more than a leader has committed.
func (j *Judges) judgeHearsay(r *record.Record, s *server) {
	j.exercised[CommitVerified]++
	var told heard
	if s.heard.term == r.Term {
		told = s.heard
	}
	if r.Index > min(told.commit, told.verified) {
		j.convict(CommitVerified, "%v commits through entry %d, but its leader told it that %d is "+
			"committed, and verified its log through %d", s.id, r.Index, told.commit, told.verified)
	}
	if r.Index > j.committedLast() && !j.blind {
		j.convict(StateMachineSafety, "%v commits through entry %d, "+
			"but no leader has got beyond %d", s.id, r.Index, j.committedLast())
	}
}

// canCommit: the commit index does not fall, and does not leave the log.
func (j *Judges) canCommit(r *record.Record, s *server, from raft.Index) bool {
	if r.Index < from {
		j.convict(Monotonic, "the commit index of %v falls from %d to %d",
			s.id, from, r.Index)
		return false
	}
	if r.Index > s.last() {
		j.convict(StateMachineSafety, "%v commits through entry %d, but its log ends with entry %d",
			s.id, r.Index, s.last())
		return false
	}
	return true
}

// compareCommitted holds what s commits after from against what is committed already, which has the
// same indexes through that one. To compare the last is to compare all.
func (j *Judges) compareCommitted(s *server, from, through raft.Index) {
	if through == 0 {
		return
	}
	j.exercised[StateMachineSafety]++
	if s.log[through] == j.committed[through].log {
		return
	}
	i := j.firstUnlike(s, through)
	other := &j.committed[i]
	j.convict(StateMachineSafety, "%v commits %s, but %v committed %s, another one",
		s.id, j.tree.name(s.log[i]), other.leader, j.tree.name(other.log))
	for i := from + 1; i <= through; i++ {
		if j.committed[i].told && s.log[i] != j.committed[i].log {
			j.convictUntrue(s, "commits", i)
			return
		}
	}
}

// firstUnlike returns the first index at which the log of s is not what is committed, knowing that
// it is not at through. From the first difference on, all prefixes differ.
func (j *Judges) firstUnlike(s *server, through raft.Index) raft.Index {
	unlike := func(i int) bool { return s.log[i+1] != j.committed[i+1].log }
	return raft.Index(sort.Search(int(through)-1, unlike)) + 1
}
