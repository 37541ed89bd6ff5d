package raft_test

import (
	"testing"

	"raftkv/raft"
)

// Figure 2, Followers: "election timeout elapses without receiving AppendEntries RPC from current
// leader or granting vote". Exactly that starts the timer again; its length is drawn anew only
// where a wait of another kind begins (§5.2: so that split votes are rare).

func TestElectionTimer_StartsAgainWhenTheLeaderSpeaks(t *testing.T) {
	s := followerIn(t, 2, 1)
	for _, message := range []string{
		"n2->n1 AppendEntries term=2 prev=1:1 commit=0 entries=[]",
		"n2->n1 AppendEntries term=2 prev=1:1 commit=0 entries=[2:2 noop]",
		"n2->n1 AppendEntries term=2 prev=1:1 commit=0 entries=[2:2 noop]", // a copy
		"n2->n1 AppendEntries term=2 prev=7:2 commit=0 entries=[]",         // refused for its log
		"n3->n1 AppendEntries term=3 prev=1:1 commit=0 entries=[]",
	} {
		s.receives(message)
		s.arms("election")
	}
}

func TestElectionTimer_StartsAgainWhenAVoteIsGranted(t *testing.T) {
	s := followerIn(t, 2, 1)
	s.receives("n2->n1 RequestVote term=2 last=1:1")
	s.arms("election")
	s.receives("n3->n1 RequestVote term=3 last=1:1")
	s.arms("election")
}

// A candidate with a poor log must not keep a better one from its own election; nor an old leader.
func TestElectionTimer_RunsOnWhateverElseComes(t *testing.T) {
	receivers := map[string]*subject{
		"follower": followerIn(t, 3, 1, 2), "candidate": candidateIn(t, 3, 1, 2),
	}
	for name, s := range receivers {
		t.Run(name, func(t *testing.T) {
			for _, message := range []string{
				"n2->n1 RequestVote term=2 last=9:2",                            // an earlier term
				"n2->n1 RequestVote term=4 last=1:1",                            // a poor log
				"n2->n1 RequestVoteResponse term=5 refused",                     // a higher term
				"n2->n1 RequestVoteResponse term=5 granted",                     // not asked for
				"n2->n1 AppendEntries term=4 prev=2:2 commit=0 entries=[]",      // an old leader
				"n2->n1 AppendEntriesResponse term=6 prev=0 refused",            // a higher term
				"n2->n1 AppendEntriesResponse term=6 prev=2 accepted match=2:2", // not asked for
			} {
				s.receives(message)
				s.arms("")
			}
			s.persists()
			s.arms("")
			s.proposes("x")
			s.arms("")
			s.timesOut(raft.HeartbeatTimer)
			s.arms("")
		})
	}
}

func TestElectionTimer_IsDrawnAnewForEachElection(t *testing.T) {
	s := followerIn(t, 1)
	for range 3 {
		s.timesOut(raft.ElectionTimer)
		s.arms("election anew")
	}
}

// A follower that grants a vote or hears its leader waits as long as before; so does a candidate
// that meets the winner.
func TestElectionTimer_KeepsItsLengthWhileOneWaits(t *testing.T) {
	s := candidateIn(t, 2, 1)
	s.receives("n2->n1 RequestVote term=3 last=1:1")
	s.arms("election")
	s.receives("n2->n1 AppendEntries term=3 prev=1:1 commit=0 entries=[]")
	s.arms("election")
}

// A leader waited for nobody, so nothing is running when it steps down.
func TestElectionTimer_StartsAnewWhenALeaderStepsDown(t *testing.T) {
	for _, message := range []string{
		"n2->n1 RequestVote term=4 last=0:0",
		"n2->n1 RequestVote term=4 last=9:3", // granted
		"n2->n1 RequestVoteResponse term=4 refused",
		"n2->n1 AppendEntries term=4 prev=0:0 commit=0 entries=[]",
		"n2->n1 AppendEntriesResponse term=4 prev=1 refused",
	} {
		s := leaderIn(t, 3, 1)
		s.receives(message)
		s.arms("election anew")
	}
}

func TestHeartbeatTimer_StartsWithTheReign(t *testing.T) {
	s := leaderIn(t, 2)
	s.arms("heartbeat")
	s.timesOut(raft.HeartbeatTimer)
	s.arms("heartbeat")
}

// While a leader leads, only heartbeats start the timer again: a busy leader sends them too.
func TestHeartbeatTimer_RunsOnWhateverElseHappens(t *testing.T) {
	s := leaderIn(t, 2)
	s.proposes("x")
	s.arms("")
	s.receives("n2->n1 AppendEntriesResponse term=2 prev=0 accepted match=1:2")
	s.arms("")
	s.receives("n3->n1 AppendEntriesResponse term=2 prev=0 accepted match=2:2")
	s.arms("")
	s.receives("n3->n1 RequestVote term=2 last=0:0")
	s.arms("")
	s.persists()
	s.arms("")
	s.timesOut(raft.ElectionTimer)
	s.arms("")
}

// The timer of a reign that is over runs out once more, for nobody.
func TestHeartbeatTimer_EndsWithTheReign(t *testing.T) {
	s := leaderIn(t, 2)
	s.receives("n2->n1 AppendEntriesResponse term=3 prev=0 refused")
	s.timesOut(raft.HeartbeatTimer)
	s.doesNothing()
}
