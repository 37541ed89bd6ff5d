package raft_test

import (
	"testing"

	"raftkv/raft"
)

// Figure 2, RequestVote RPC, receiver 1: reply false if term < currentTerm (§5.1), with the own
// term.
func TestRequestVote_1_RefusesALowerTerm(t *testing.T) {
	s := followerIn(t, 3)
	s.receives("n2->n1 RequestVote term=2 last=9:2")
	s.owes("n1->n2 RequestVoteResponse term=3 refused")
	s.is("follower term=3 vote=none leader=none commit=0")
	s.writes()
	s.arms("")
}

// Figure 2, RequestVote RPC, receiver 2: grant if votedFor is null or candidateId.
func TestRequestVote_2_GrantsTheFirstInATerm(t *testing.T) {
	s := followerIn(t, 2)
	s.receives("n2->n1 RequestVote term=2 last=0:0")
	s.owes("n1->n2 RequestVoteResponse term=2 granted")
	s.writes("term=2 vote=n2")
	s.arms("election")
}

// Term and vote are one write: between two, a crash could leave a vote for the wrong term.
func TestRequestVote_2_TakesOverATermAndVotesInOneWrite(t *testing.T) {
	s := startOf(t, 3, raft.Durable{HardState: raft.HardState{CurrentTerm: 1, VotedFor: 3}})
	s.receives("n2->n1 RequestVote term=4 last=0:0")
	s.owes("n1->n2 RequestVoteResponse term=4 granted")
	s.writes("term=4 vote=n2")
}

// §5.2: at most one candidate in a term, first come, first served.
func TestRequestVote_2_RefusesASecondCandidate(t *testing.T) {
	s := followerIn(t, 2)
	s.receives("n2->n1 RequestVote term=2 last=0:0")
	s.receives("n3->n1 RequestVote term=2 last=7:1")
	s.owes("n1->n3 RequestVoteResponse term=2 refused")
	s.writes()
	s.arms("")
	s.is("follower term=2 vote=n2 leader=none commit=0")
}

// The response may have been lost: who asks again gets the same answer.
func TestRequestVote_2_GrantsTheSameCandidateAgain(t *testing.T) {
	s := followerIn(t, 2)
	s.receives("n2->n1 RequestVote term=2 last=0:0")
	s.receives("n2->n1 RequestVote term=2 last=0:0")
	s.owes("n1->n2 RequestVoteResponse term=2 granted")
	s.writes()
}

// A vote belongs to the term, not to the role: no message of the same term clears it.
func TestRequestVote_2_IsRememberedForTheWholeTerm(t *testing.T) {
	s := followerIn(t, 1)
	s.receives("n2->n1 RequestVote term=2 last=0:0")
	s.receives("n3->n1 AppendEntries term=2 prev=0:0 commit=0 entries=[1:2 noop]")
	s.receives("n3->n1 AppendEntries term=1 prev=0:0 commit=0 entries=[]")
	s.persists()
	s.restarts()
	s.receives("n3->n1 RequestVote term=2 last=9:2")
	s.owes("n1->n3 RequestVoteResponse term=2 refused")
	s.is("follower term=2 vote=n2 leader=none commit=0")
}

// §5.2: candidates and leaders have voted, for themselves.
func TestRequestVote_2_IsRefusedByCandidatesAndLeaders(t *testing.T) {
	for _, s := range []*subject{candidateIn(t, 2, 1), leaderIn(t, 2, 1)} {
		before := stateText(&s.Node)
		s.receives("n3->n1 RequestVote term=2 last=9:1")
		s.owes("n1->n3 RequestVoteResponse term=2 refused")
		s.is(before)
		s.writes()
		s.arms("")
	}
}

// A candidate that crashed has still voted for itself; but it is a candidate no more.
func TestRequestVote_2_IsRefusedByACandidateThatCrashed(t *testing.T) {
	s := candidateIn(t, 2)
	s.restarts()
	s.receives("n3->n1 RequestVote term=2 last=0:0")
	s.owes("n1->n3 RequestVoteResponse term=2 refused")
	s.receives("n2->n1 RequestVoteResponse term=2 granted")
	s.is("follower term=2 vote=n1 leader=none commit=0")
}

// Figure 2, RequestVote RPC, receiver 2: the candidate's log must be at least as up to date as the
// own one: by the last term first, by length second (§5.4.1). What is committed plays no part.
func TestRequestVote_2_GrantsOnlyAnUpToDateLog(t *testing.T) {
	for _, c := range []struct {
		name string
		log  []raft.Term
		last string
		want string
	}{
		{"both empty", nil, "0:0", "granted"},
		{"empty against one entry", []raft.Term{1}, "0:0", "refused"},
		{"the same", []raft.Term{1, 2, 2}, "3:2", "granted"},
		{"longer", []raft.Term{1, 2, 2}, "4:2", "granted"},
		{"shorter", []raft.Term{1, 2, 2}, "2:2", "refused"},
		{"later term, shorter", []raft.Term{1, 2, 2}, "1:3", "granted"},
		{"earlier term, longer", []raft.Term{1, 2, 2}, "9:1", "refused"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := followerIn(t, 3, c.log...)
			s.receives("n2->n1 RequestVote term=4 last=" + c.last)
			s.owes("n1->n2 RequestVoteResponse term=4 " + c.want)
		})
	}
}

// §5.4.1, and §5.2: who refuses for the sake of the log has not voted, and may vote for another.
func TestRequestVote_2_ARefusalIsNoVote(t *testing.T) {
	s := followerIn(t, 2, 1, 2)
	s.receives("n2->n1 RequestVote term=3 last=1:1")
	s.writes("term=3 vote=none")
	s.receives("n3->n1 RequestVote term=3 last=2:2")
	s.owes("n1->n3 RequestVoteResponse term=3 granted")
	s.writes("term=3 vote=n3")
}
