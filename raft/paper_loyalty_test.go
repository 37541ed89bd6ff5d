package raft_test

import (
	"testing"

	"raftkv/raft"
)

var checkQuorum = raft.Options{CheckQuorum: true}

// The thesis, 4.2.3: who hears of a leader within the shortest election timeout lets nobody depose it.
// It does not even take over the term.
func TestRequestVote_4_2_3_IsRefusedByWhoHearsOfALeader(t *testing.T) {
	s := followerWith(t, checkQuorum, 3, 1)
	s.receives("n3->n1 AppendEntries term=3 prev=1:1 commit=0 entries=[]")
	s.arms("election, minimum election")
	s.receives("n2->n1 RequestVote term=7 last=9:6")
	s.sends("n1->n2 RequestVoteResponse term=3 refused")
	s.changesNothing("follower term=3 vote=none leader=n3 commit=0")

	// A request of this term is refused for the same reason.
	s.receives("n2->n1 RequestVote term=3 last=9:3")
	s.sends("n1->n2 RequestVoteResponse term=3 refused")
	s.changesNothing("follower term=3 vote=none leader=n3 commit=0")

	s.timesOut(raft.MinElectionTimer)
	s.receives("n2->n1 RequestVote term=7 last=9:6")
	s.owes("n1->n2 RequestVoteResponse term=7 granted")
	s.is("follower term=7 vote=n2 leader=none commit=0")
}

// Any word of the leader renews loyalty, also one that is refused for the log; nothing else does.
func TestRequestVote_4_2_3_LoyaltyIsRenewedByTheLeaderAlone(t *testing.T) {
	const free = "term=7 granted"
	for _, c := range []struct{ message, vote string }{
		{"n3->n1 AppendEntries term=3 prev=1:1 commit=0 entries=[]", "term=3 refused"},
		{"n3->n1 AppendEntries term=3 prev=1:1 commit=0 entries=[2:3 x]", "term=3 refused"},
		{"n3->n1 AppendEntries term=3 prev=9:3 commit=0 entries=[]", "term=3 refused"},
		{"n3->n1 AppendEntries term=4 prev=1:1 commit=0 entries=[]", "term=4 refused"},
		{"n3->n1 AppendEntries term=2 prev=1:1 commit=0 entries=[]", free},
		{"n3->n1 RequestVote term=4 last=9:3", free},
		{"n3->n1 PreVote term=4 last=9:3", free},
		{"n3->n1 AppendEntriesResponse term=4 prev=0 refused", free},
		{"n3->n1 RequestVoteResponse term=4 refused", free},
	} {
		s := followerWith(t, checkQuorum, 3, 1)
		s.receives(c.message)
		s.persists()
		s.receives("n2->n1 RequestVote term=7 last=9:6")
		s.owes("n1->n2 RequestVoteResponse " + c.vote)
	}
}

// A leader is loyal to itself. It hears of a higher term from who answers it, and steps down then.
func TestRequestVote_4_2_3_IsRefusedByALeader(t *testing.T) {
	s := leaderWith(t, checkQuorum, 3, 1)
	s.receives("n2->n1 RequestVote term=7 last=9:6")
	s.sends("n1->n2 RequestVoteResponse term=3 refused")
	s.changesNothing("leader term=3 vote=n1 leader=n1 commit=0")
	s.receives("n2->n1 AppendEntriesResponse term=7 prev=1 refused")
	s.is("follower term=7 vote=none leader=none commit=0")
}

// What a server heard before a crash it does not know; but it may have heard of a leader.
func TestRequestVote_4_2_3_IsRefusedAfterARestart(t *testing.T) {
	s := followerWith(t, checkQuorum, 3, 1)
	s.restarts()
	s.arms("election anew, minimum election")
	s.receives("n2->n1 RequestVote term=7 last=9:6")
	s.sends("n1->n2 RequestVoteResponse term=3 refused")
	s.timesOut(raft.MinElectionTimer)
	s.receives("n2->n1 RequestVote term=7 last=9:6")
	s.owes("n1->n2 RequestVoteResponse term=7 granted")
}

// Not at the first start: nobody has led, and the first election need not wait.
func TestRequestVote_4_2_3_IsGrantedAtTheFirstStart(t *testing.T) {
	s := &subject{server: &server{}, t: t}
	s.start(1, raft.Membership{Voters: raft.Servers(3)}, checkQuorum)
	s.arms("election anew")
	s.receives("n2->n1 RequestVote term=1 last=0:0")
	s.owes("n1->n2 RequestVoteResponse term=1 granted")
}

// Without CheckQuorum a vote is free, though with PreVote a pre-vote is not: else a leader that nobody
// hears but one could never be deposed.
func TestRequestVote_4_2_3_IsForCheckQuorumAlone(t *testing.T) {
	for _, o := range []raft.Options{{}, {PreVote: true}} {
		s := followerWith(t, o, 3, 1)
		s.receives("n3->n1 AppendEntries term=3 prev=1:1 commit=0 entries=[]")
		s.receives("n2->n1 RequestVote term=4 last=9:3")
		s.owes("n1->n2 RequestVoteResponse term=4 granted")
	}
	s := followerIn(t, 3, 1)
	s.receives("n3->n1 AppendEntries term=3 prev=1:1 commit=0 entries=[]")
	s.arms("election")
	s.receives("n2->n1 PreVote term=4 last=9:3")
	s.owes("n1->n2 PreVoteResponse term=4 granted")
}

// The thesis, 6.2: a leader steps down if an election timeout elapses without a round of heartbeats to
// a majority.
func TestLeaders_6_2_StepDownWithoutAMajority(t *testing.T) {
	s := leaderWith(t, checkQuorum, 3, 1)
	s.arms("election, heartbeat")
	s.timesOut(raft.ElectionTimer)
	s.is("follower term=3 vote=n1 leader=none commit=0")
	s.writes()
	s.arms("election anew")
	s.hasLog("1 3")
	s.timesOut(raft.HeartbeatTimer)
	s.doesNothing()
}

// Any answer in its term is a sign of life, a refusal too; the own server counts, and each check begins
// anew.
func TestLeaders_6_2_GoOnWithAMajority(t *testing.T) {
	s := leaderWith(t, checkQuorum, 3, 1)
	for _, answer := range []string{
		"n2->n1 AppendEntriesResponse term=3 prev=1 refused conflict=1:0",
		"n3->n1 AppendEntriesResponse term=3 prev=1 accepted match=2:3",
		"n3->n1 AppendEntriesResponse term=3 prev=0 accepted match=0:0",
	} {
		s.receives(answer)
		s.timesOut(raft.ElectionTimer)
		s.changesToNothingBut("election")
	}
	s.timesOut(raft.ElectionTimer)
	s.is("follower term=3 vote=n1 leader=none commit=0")
}

// changesToNothingBut: the last step does nothing but start a timer.
func (s *subject) changesToNothingBut(timers string) {
	s.t.Helper()
	s.owes()
	s.writes()
	s.arms(timers)
}

// Two of five and the leader are a majority; one of them twice and the leader are none. What comes from
// elsewhere, or of an earlier term, is no sign.
func TestLeaders_6_2_CountServersNotAnswers(t *testing.T) {
	s := startWith(t, 5, checkQuorum, raft.Durable{})
	s.timesOut(raft.MinElectionTimer)
	s.timesOut(raft.ElectionTimer)
	s.persists()
	s.receives("n2->n1 RequestVoteResponse term=1 granted")
	s.receives("n3->n1 RequestVoteResponse term=1 granted")
	s.receives("n2->n1 AppendEntriesResponse term=1 prev=0 accepted match=1:1")
	s.receives("n3->n1 AppendEntriesResponse term=1 prev=0 accepted match=1:1")
	s.timesOut(raft.ElectionTimer)
	s.changesToNothingBut("election")
	s.receives("n2->n1 AppendEntriesResponse term=1 prev=0 accepted match=1:1")
	s.receives("n2->n1 AppendEntriesResponse term=1 prev=1 accepted match=1:1")
	s.receives("n3->n1 AppendEntriesResponse term=0 prev=1 refused")
	s.receives("n3->n1 RequestVoteResponse term=1 granted")
	s.receives("n4->n1 PreVote term=2 last=9:9")
	s.timesOut(raft.ElectionTimer)
	s.is("follower term=1 vote=n1 leader=none commit=0")
}

// What was heard in a reign before is nothing to this one.
func TestLeaders_6_2_EachReignBeginsWithSilence(t *testing.T) {
	s := leaderWith(t, checkQuorum, 3, 1)
	s.receives("n2->n1 AppendEntriesResponse term=3 prev=1 accepted match=2:3")
	s.receives("n3->n1 AppendEntriesResponse term=4 prev=1 refused")
	s.timesOut(raft.ElectionTimer)
	s.persists()
	s.receives("n2->n1 RequestVoteResponse term=5 granted")
	s.is("leader term=5 vote=n1 leader=n1 commit=0")
	s.timesOut(raft.ElectionTimer)
	s.is("follower term=5 vote=n1 leader=none commit=0")
}

func TestLeaders_6_2_AloneAreAMajorityOfOne(t *testing.T) {
	s := startWith(t, 1, checkQuorum, raft.Durable{})
	s.timesOut(raft.ElectionTimer)
	s.persists()
	s.timesOut(raft.ElectionTimer)
	s.changesToNothingBut("election")
}
