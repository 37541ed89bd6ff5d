package check

import "raftkv/raft"

// replaces: n3 enters term 2, in which n2 leads, and has another entry 2 in place of its own. It
// has written so, and its disk may hold it.
func (s *story) replaces(id raft.ServerID) {
	s.follows(id, 2)
	s.saves(id, 2, n2)
	s.truncates(id, 1)
	s.appends(id, 2, 2, "")
	s.stores(id, 2, 1)
}

// replacedOnN3: n3 replaces entry 2, the disk holds that, and then it acknowledges what it had.
func (s *story) replacedOnN3() {
	s.replaces(n3)
	s.persists(n3)
	s.accepts(n3, n1, 1, 2, 1)
}

// openTwo is opens, and the command x on n1 and n3, committed by n1.
func (s *story) openTwo() {
	s.opens()
	s.keeps(2, 1, "x", n1, n3)
	s.commits(2, n1)
}

// votesAnew: n3 crashes, its disk has nothing of term 2, and it votes for n1 in it.
func (s *story) votesAnew() {
	s.crashes(n3)
	s.gives(n3, 1, n1, 1)
	s.recovers(n3, 1, 1, "")
	s.enters(n3, 2, n1)
	s.grants(n3, n1, 2)
}

// voteOf: a server is asked for its vote, and gives it, and it arrives.
func (s *story) voteOf(voter, candidate raft.ServerID, term raft.Term, index raft.Index, last raft.Term) {
	s.asks(candidate, voter, index, last)
	s.enters(voter, term, candidate)
	s.grants(voter, candidate, term)
	s.granted(voter, candidate, term)
}

// growsAfter: n3 gives n2 its vote; n1 elects n2, and n3 takes in an entry; then the vote leaves,
// and leaves again.
func (s *story) growsAfter(give func(from, to raft.ServerID, term raft.Term)) {
	s.follows(n3, 2)
	s.saves(n3, 2, n2)
	give(n3, n2, 2)
	s.voteOf(n1, n2, 2, 1, 1)
	s.leads(n2, 2)
	s.keeps(2, 2, "", n2, n3)
	s.grants(n3, n2, 2)
	s.grants(n3, n2, 2)
}

// secondTerm: n2 is elected in term 2, with x of term 1, which is not committed but on all disks.
func (s *story) secondTerm() {
	s.opens()
	s.keeps(2, 1, "x", n1, n2, n3)
	s.elects(n2, 2, 2, 1, n3)
}

// lateElection: n3 stands in term 4, and its vote from n2 is long under way; meanwhile n1 leads
// term 5, and commits.
func (s *story) lateElection() {
	s.starts(n1, n2, n3)
	s.stands(n3, 4)
	s.asks(n3, n2, 0, 0)
	s.enters(n2, 4, n3)
	s.grants(n2, n3, 4)
	s.elects(n1, 5, 0, 0, n2)
	s.keeps(1, 5, "", n1, n2)
	s.commits(1, n1)
	s.granted(n2, n3, 4)
}

// growsAfterTwo: n3 gives its vote to n1 in term 2 and to n2 in term 3, which n1 elects, and then
// takes in an entry; then the two votes leave.
func (s *story) growsAfterTwo(give func(from, to raft.ServerID, term raft.Term)) {
	s.stands(n1, 2)
	s.asks(n1, n3, 1, 1)
	s.follows(n3, 2)
	s.saves(n3, 2, n1)
	s.holdsGrant(n3, n1, 2)
	s.stands(n2, 3)
	s.asks(n2, n3, 1, 1)
	s.follows(n3, 3)
	s.saves(n3, 3, n2)
	give(n3, n2, 3)
	s.voteOf(n1, n2, 3, 1, 1)
	s.leads(n2, 3)
	s.keeps(2, 3, "", n2, n3)
	s.grants(n3, n1, 2)
	s.grants(n3, n2, 3)
}

// firstOfTwo: n3 issues a write of an entry and one of its vote, of which the first is durable; then
// it crashes.
func (s *story) firstOfTwo() {
	s.keeps(2, 1, "x", n1)
	s.appends(n3, 2, 1, "x")
	s.stores(n3, 2, 1)
	s.persists(n3)
	s.saves(n3, 1, n1)
	s.crashes(n3)
}

// losesAVote: n3 has its vote not on disk when it crashes; it restarts, and crashes again.
func (s *story) losesAVote() {
	s.follows(n3, 2)
	s.saves(n3, 2, n2)
	s.crashes(n3)
	s.gives(n3, 1, n1, 1)
	s.recovers(n3, 1, 1, "")
	s.crashes(n3)
}
