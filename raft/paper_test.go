package raft_test

import (
	"testing"

	"raftkv/raft"
)

// The paper tests: a test for each rule of Figure 2, named after the rule. Here: the rules for
// servers. The RPCs follow in paper_requestvote_test.go and paper_appendentries_test.go, the rules
// for leaders in paper_leader_test.go.

// Figure 2, State.
func TestState_StartsWithNothing(t *testing.T) {
	s := startOf(t, 3, raft.Durable{})
	s.is("follower term=0 vote=none leader=none commit=0")
	s.hasLog("")
	s.arms("election anew")
}

// Figure 2, State: the log, currentTerm and votedFor survive; all else is volatile.
func TestState_OnlyThePersistentSurvives(t *testing.T) {
	s := leaderIn(t, 2, 1)
	s.persists()
	s.receives("n2->n1 AppendEntriesResponse term=2 prev=1 accepted match=2:2")
	s.is("leader term=2 vote=n1 leader=n1 commit=2")
	s.restarts()
	s.is("follower term=2 vote=n1 leader=none commit=0")
	s.hasLog("1 2")
	s.arms("election anew")
}

// Figure 2, All Servers: if commitIndex > lastApplied, apply (§5.3). Each entry once, in order.
func TestAllServers_ApplyWhatIsCommitted(t *testing.T) {
	s := followerIn(t, 1)
	s.receives("n2->n1 AppendEntries term=1 prev=0:0 commit=1 entries=[1:1 noop, 2:1 x]")
	s.appliesThrough(1)
	s.receives("n2->n1 AppendEntries term=1 prev=2:1 commit=2 entries=[]")
	s.appliesThrough(2)
	s.receives("n2->n1 AppendEntries term=1 prev=2:1 commit=2 entries=[]")
	s.appliesThrough(0)
	same(t, "applied", entriesText(1, s.applied), "1:1 noop, 2:1 x")
}

// Figure 2, All Servers: a higher term in any request or response is taken over, and makes its
// receiver a follower (§5.1). No vote of an earlier term binds it.
func TestAllServers_TakeOverAHigherTerm(t *testing.T) {
	receivers := map[string]func(*testing.T, raft.Term, ...raft.Term) *subject{
		"follower": followerIn, "candidate": candidateIn, "leader": leaderIn,
	}
	// (A request for a vote from a poor log: so that no vote is granted on the way.)
	for _, message := range []string{
		"n3->n1 RequestVote term=5 last=0:0",
		"n3->n1 RequestVoteResponse term=5 refused",
		"n3->n1 AppendEntries term=5 prev=9:4 commit=0 entries=[]",
		"n3->n1 AppendEntriesResponse term=5 prev=0 refused",
	} {
		m, err := parseMessage(message)
		if err != nil {
			t.Fatal(err)
		}
		for role, receiver := range receivers {
			t.Run(role+"_"+m.Type.String(), func(t *testing.T) {
				s := receiver(t, 3, 1)
				s.receives(message)
				leader := "none"
				if m.Type == raft.AppendEntries {
					leader = "n3"
				}
				s.is("follower term=5 vote=none leader=" + leader + " commit=0")
				s.writes("term=5 vote=none")
			})
		}
	}
}

// Figure 2, Followers: the election timeout elapses without a leader or a vote given (§5.2).
func TestFollowers_BecomeCandidatesWhenTheElectionTimerRunsOut(t *testing.T) {
	s := followerIn(t, 1, 1)
	s.timesOut(raft.ElectionTimer)
	s.is("candidate term=2 vote=n1 leader=none commit=0")
}

// Figure 2, Candidates: increment currentTerm, vote for self, reset the timer, ask all others
// (§5.2).
func TestCandidates_StartAnElection(t *testing.T) {
	s := followerIn(t, 1, 1, 1)
	s.timesOut(raft.ElectionTimer)
	s.writes("term=2 vote=n1")
	s.arms("election anew")
	s.owes(
		"n1->n2 RequestVote term=2 last=2:1",
		"n1->n3 RequestVote term=2 last=2:1",
	)
}

// Figure 2, Candidates: votes from a majority make a leader (§5.2).
func TestCandidates_BecomeLeaderWithAMajority(t *testing.T) {
	s := startOf(t, 5, raft.Durable{})
	s.timesOut(raft.ElectionTimer)
	s.persists()
	s.receives("n2->n1 RequestVoteResponse term=1 granted")
	s.is("candidate term=1 vote=n1 leader=none commit=0")
	s.receives("n3->n1 RequestVoteResponse term=1 refused")
	s.is("candidate term=1 vote=n1 leader=none commit=0")
	s.receives("n4->n1 RequestVoteResponse term=1 granted")
	s.is("leader term=1 vote=n1 leader=n1 commit=0")
}

// §5.2: a majority of servers, not of messages. The network may copy a vote.
func TestCandidates_CountAVoteOnce(t *testing.T) {
	s := startOf(t, 5, raft.Durable{})
	s.timesOut(raft.ElectionTimer)
	s.persists()
	for range 5 {
		s.receives("n2->n1 RequestVoteResponse term=1 granted")
	}
	s.is("candidate term=1 vote=n1 leader=none commit=0")
}

// §5.2: votes count in the term for which they were given.
func TestCandidates_DoNotCountVotesOfAnEarlierTerm(t *testing.T) {
	s := candidateIn(t, 3)
	s.receives("n2->n1 RequestVoteResponse term=2 granted")
	s.doesNothing()
	s.is("candidate term=3 vote=n1 leader=none commit=0")
}

// §5.2: nor do votes that come when the election is over.
func TestCandidates_DoNotCountVotesOfAnEarlierElection(t *testing.T) {
	s := candidateIn(t, 2)
	s.timesOut(raft.ElectionTimer)
	s.persists()
	s.receives("n2->n1 RequestVoteResponse term=2 granted")
	s.is("candidate term=3 vote=n1 leader=none commit=0")
	s.receives("n3->n1 AppendEntries term=3 prev=0:0 commit=0 entries=[]")
	s.receives("n2->n1 RequestVoteResponse term=3 granted")
	s.doesNothing()
	s.is("follower term=3 vote=n1 leader=n3 commit=0")
}

// Figure 2, Candidates: an AppendEntries from the new leader ends the candidacy (§5.2). The term
// may be the own one; and then the vote stands.
func TestCandidates_FollowALeaderOfTheirTerm(t *testing.T) {
	s := candidateIn(t, 2, 1)
	s.receives("n3->n1 AppendEntries term=2 prev=1:1 commit=0 entries=[2:2 noop]")
	s.is("follower term=2 vote=n1 leader=n3 commit=0")
	s.hasLog("1 2")
	s.arms("election")
	s.receives("n2->n1 RequestVote term=2 last=9:1")
	s.owes("n1->n2 RequestVoteResponse term=2 refused")
}

// §5.2: but an AppendEntries of an earlier term does not.
func TestCandidates_GoOnWhenAnOldLeaderSpeaks(t *testing.T) {
	s := candidateIn(t, 3, 1)
	s.receives("n3->n1 AppendEntries term=2 prev=1:1 commit=1 entries=[2:2 x]")
	s.is("candidate term=3 vote=n1 leader=none commit=0")
	s.owes("n1->n3 AppendEntriesResponse term=3 prev=1 refused")
}

// Figure 2, Candidates: an election that nobody wins is followed by the next (§5.2).
func TestCandidates_StartAgainWhenTheElectionTimerRunsOut(t *testing.T) {
	s := candidateIn(t, 2)
	s.receives("n2->n1 RequestVoteResponse term=2 refused")
	s.timesOut(raft.ElectionTimer)
	s.is("candidate term=3 vote=n1 leader=none commit=0")
	s.writes("term=3 vote=n1")
	s.arms("election anew")
	s.owes(
		"n1->n2 RequestVote term=3 last=0:0",
		"n1->n3 RequestVote term=3 last=0:0",
	)
}

// Thesis §4.2.2: who is no voter, or not yet, starts no election.
func TestFollowers_OutsideTheConfigurationStartNoElection(t *testing.T) {
	var s server
	s.start(3, raft.Membership{Voters: raft.SetOf(1, 2)}, raft.Options{})
	in := raft.Input{Type: raft.Timeout, Timer: raft.ElectionTimer}
	if err := s.step(in); err != nil {
		t.Fatal(err)
	}
	same(t, "state", stateText(&s.Node), "follower term=0 vote=none leader=none commit=0")
	same(t, "owed", texts(s.out.Messages), "")
}
