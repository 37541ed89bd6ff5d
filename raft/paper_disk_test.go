package raft_test

import (
	"testing"

	"raftkv/raft"
)

// The thesis, 10.2.1: the leader's disk works while its followers' do. What it sends does not wait for
// it; what it counts does.

func TestDisk_10_2_1_NothingThatALeaderAsksWaits(t *testing.T) {
	s := settledLeader(t, leaseReads)
	s.proposes("x")
	s.sends(
		"n1->n2 AppendEntries term=1 prev=1:1 commit=1 entries=[2:1 x]",
		"n1->n3 AppendEntries term=1 prev=1:1 commit=1 entries=[2:1 x]",
	)
	s.reads()
	s.sends(
		"n1->n2 AppendEntries term=1 prev=1:1 commit=1 round=1 entries=[]",
		"n1->n3 AppendEntries term=1 prev=1:1 commit=1 round=1 entries=[]",
	)
	s.receives("n2->n1 AppendEntriesResponse term=1 prev=1 round=1 accepted match=2:1")
	s.answers(1, 1) // a round is answered without the disk
	s.handsOverTo(2)
	s.sends("n1->n2 TimeoutNow term=1")
	if len(s.disk.pending) != 1 || len(s.held) != 0 {
		t.Errorf("%d writes are pending, %d messages held", len(s.disk.pending), len(s.held))
	}
}

// Its own log is one of those that count, as far as the disk holds it. Two writes, of which one is done,
// are one entry.
func TestDisk_10_2_1_ALeaderCountsWhatItsDiskHolds(t *testing.T) {
	s := settledLeader(t, raft.Options{})
	s.proposes("x")
	s.proposes("y")
	s.receives("n2->n1 AppendEntriesResponse term=1 prev=2 accepted match=3:1")
	s.appliesThrough(0)
	s.sync(1)
	s.hear()
	s.appliesThrough(2)
	s.persists()
	s.appliesThrough(3)
}

// A majority of the others is enough: it may apply before its own disk holds what it applies.
func TestDisk_10_2_1_OthersAreEnough(t *testing.T) {
	s := settledLeader(t, raft.Options{})
	s.proposes("x")
	s.receives("n2->n1 AppendEntriesResponse term=1 prev=1 accepted match=2:1")
	s.receives("n3->n1 AppendEntriesResponse term=1 prev=1 accepted match=2:1")
	s.appliesThrough(2)
	s.persists()
	s.appliesThrough(0)
}

// A pre-vote does not wait for the disk either, in neither direction; nor does a refusal.
func TestDisk_10_2_1_PreVotesWaitForNothing(t *testing.T) {
	s := followerWith(t, raft.Options{PreVote: true}, 2, 1)
	s.receives("n2->n1 AppendEntriesResponse term=3 prev=0 refused") // a term to write
	s.timesOut(raft.ElectionTimer)
	s.sends("n1->n2 PreVote term=4 last=1:1", "n1->n3 PreVote term=4 last=1:1")
	s.receives("n3->n1 PreVote term=4 last=1:1")
	s.sends("n1->n3 PreVoteResponse term=4 granted")
	s.receives("n3->n1 PreVote term=4 last=0:0")
	s.sends("n1->n3 PreVoteResponse term=3 refused")
}
