package raft_test

import (
	"testing"

	"raftkv/raft"
)

// What a candidate or leader knows of the others, for who looks at it; a follower knows nothing.
func TestVotesAndProgressCanBeSeen(t *testing.T) {
	s := candidateIn(t, 2, 1)
	if s.Votes() != raft.SetOf(1) {
		t.Errorf("the votes are %b, want n1's own", s.Votes())
	}
	s = leaderIn(t, 2, 1)
	s.receives("n2->n1 AppendEntriesResponse term=2 prev=1 accepted match=2:2")
	s.proposes("x")
	for id, want := range map[raft.ServerID]raft.Progress{
		1: {NextIndex: 2, MatchIndex: 1},
		2: {NextIndex: 4, MatchIndex: 2, Replicating: true, Inflight: 1, InflightBytes: 1},
		3: {NextIndex: 2},
	} {
		if got := s.Progress(id); got != want {
			t.Errorf("of %v: %+v, want %+v", id, got, want)
		}
	}
	s.receives("n2->n1 AppendEntries term=3 prev=0:0 commit=0 entries=[]")
	if got := s.Progress(2); got != (raft.Progress{}) || s.Votes() != 0 {
		t.Errorf("a follower still has votes %b, progress %+v", s.Votes(), got)
	}
}
