package check

import "raftkv/sim/record"

// tellsTerm is the kinds of records of a server that have its currentTerm, a bit each. A message
// has the term in which it was made: one that waited for the disk may leave in a later one.
const tellsTerm uint64 = 1<<record.TimerFired | 1<<record.BecameFollower |
	1<<record.BecameCandidate | 1<<record.BecameLeader | 1<<record.LearnedLeader |
	1<<record.Truncated | 1<<record.Appended | 1<<record.Committed | 1<<record.Applied |
	1<<record.Written | 1<<record.Refused

// judgeTerm: within a life currentTerm never falls (§5.1). Over a crash, Durability says the same
// of what was on disk; more was not promised to anybody.
func (j *Judges) judgeTerm(r *record.Record, s *server) {
	if r.Kind == record.Written && r.Term == 0 {
		return // only entries are written
	}
	j.exercised[Monotonic]++
	if r.Term < s.term {
		j.convict(Monotonic, "the term of %v falls from %d to %d", s.id, s.term, r.Term)
	}
	s.term = r.Term
}
