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
	for id, want := range map[raft.ServerID][3]raft.Index{1: {2, 1, 1}, 2: {3, 2, 3}, 3: {2, 0, 3}} {
		if next, match, sent := s.Progress(id); [3]raft.Index{next, match, sent} != want {
			t.Errorf("of %v: next %d, match %d, sent %d, want %v", id, next, match, sent, want)
		}
	}
	s.receives("n2->n1 AppendEntries term=3 prev=0:0 commit=0 entries=[]")
	if next, match, sent := s.Progress(2); next+match+sent != 0 || s.Votes() != 0 {
		t.Errorf("a follower still has votes %b, next %d", s.Votes(), next)
	}
}
