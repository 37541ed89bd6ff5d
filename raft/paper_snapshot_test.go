package raft_test

import (
	"testing"

	"raftkv/raft"
)

// The paper, 7, and Figure 13: a snapshot takes the place of the log through an entry that it names.

func (s *subject) saves(index raft.Index, term raft.Term, data string) {
	s.t.Helper()
	state := raft.LogState{Index: index, Term: term}
	s.happens(raft.Input{Type: raft.SnapshotTaken, Snapshot: raft.Snapshot{LogState: state, Data: data}})
}

// What is not committed is in no snapshot; one that says otherwise, or that is of another log, or older
// than the newest, changes nothing.
func TestSnapshot_7_StandsForCommittedEntriesAlone(t *testing.T) {
	s := settledLeader(t, raft.Options{})
	s.proposes("x")
	for _, of := range []raft.LogState{{Index: 2, Term: 1}, {Index: 1, Term: 2}, {Index: 3, Term: 1}, {}} {
		s.saves(of.Index, of.Term, "")
		s.doesNothing()
		s.hasLog("1 1")
	}
	s.persists()
	s.receives("n2->n1 AppendEntriesResponse term=1 prev=1 accepted match=2:1")
	s.saves(2, 1, "")
	s.hasLog("(snapshot through 2)")
	if s.out.CutThrough != 2 {
		t.Errorf("the log is cut through %d, want 2", s.out.CutThrough)
	}
	s.saves(1, 1, "")
	s.doesNothing()
	s.hasLog("(snapshot through 2)")
}

// slowFollower is n3 of a leader that has nothing left of what n3 lacks, and has sent it the first chunk.
func slowFollower(t *testing.T) *subject {
	t.Helper()
	s := leaderWith(t, raft.Options{SnapshotChunk: 3}, 1)
	s.persists()
	s.receives("n2->n1 AppendEntriesResponse term=1 prev=0 accepted match=1:1")
	s.saves(1, 1, "abcdefgh")
	s.timesOut(raft.HeartbeatTimer)
	s.sendsTo(3, "n1->n3 InstallSnapshot term=1 included=1:1 offset=0 data=[abc]")
	return s
}

// sendsTo is what the last step sent to one server.
func (s *subject) sendsTo(id raft.ServerID, want ...string) {
	s.t.Helper()
	var sent []string
	for _, m := range s.left {
		if m.To == id {
			sent = append(sent, messageText(m))
		}
	}
	if len(sent) != len(want) {
		s.t.Fatalf("sends %q, want %q", sent, want)
	}
	for i := range want {
		same(s.t, "message", sent[i], want[i])
	}
}

// A follower that has lost what had come, for it has restarted, is sent it again: its answer counts, not
// what the leader remembers.
func TestSnapshot_7_GoesOnWhereTheFollowerIs(t *testing.T) {
	s := slowFollower(t)
	s.receives("n3->n1 InstallSnapshotResponse term=1 included=1:1 offset=3")
	s.sendsTo(3, "n1->n3 InstallSnapshot term=1 included=1:1 offset=3 data=[def]")
	s.receives("n3->n1 InstallSnapshotResponse term=1 included=1:1 offset=3") // a copy
	s.sends()
	s.receives("n3->n1 InstallSnapshotResponse term=1 included=1:1 offset=0")
	s.sendsTo(3, "n1->n3 InstallSnapshot term=1 included=1:1 offset=0 data=[abc]")
	s.receives("n3->n1 InstallSnapshotResponse term=1 included=1:1 offset=6")
	s.sendsTo(3, "n1->n3 InstallSnapshot term=1 included=1:1 offset=6 done data=[gh]")
}

// A newer snapshot is sent from its start, and what is said of the older does not count.
func TestSnapshot_7_ANewerOneBeginsAnew(t *testing.T) {
	s := slowFollower(t)
	s.proposes("x")
	s.persists()
	s.receives("n2->n1 AppendEntriesResponse term=1 prev=1 accepted match=2:1")
	s.saves(2, 1, "ABCDEFGH")
	s.receives("n3->n1 InstallSnapshotResponse term=1 included=1:1 offset=3")
	s.sendsTo(3, "n1->n3 InstallSnapshot term=1 included=2:1 offset=0 data=[ABC]")
	s.receives("n3->n1 InstallSnapshotResponse term=1 included=1:1 offset=6")
	s.sendsTo(3)
}

// Chunks of two snapshots, or of two leaders, make none together.
func TestSnapshot_7_ChunksOfOneSnapshotOnly(t *testing.T) {
	for _, second := range []string{
		"n2->n1 InstallSnapshot term=2 included=2:1 offset=6 done data=[, 2:1 y]",
		"n2->n1 InstallSnapshot term=3 included=1:1 offset=6 done data=[]",
	} {
		s := followerIn(t, 2)
		s.receives("n2->n1 InstallSnapshot term=2 included=1:1 offset=0 data=[1:1 x,]")
		s.receives(second)
		if s.out.InstallSnapshot || s.CommitIndex() != 0 {
			t.Errorf("after %s a snapshot through %d is installed", second, s.CommitIndex())
		}
	}
}
