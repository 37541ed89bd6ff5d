package raft_test

import (
	"fmt"
	"testing"

	"raftkv/raft"
)

// The thesis, 10.2.2: a leader does not wait for what is on its way.
func TestPipeline_10_2_2_EntriesFollowEachOther(t *testing.T) {
	s := settledLeader(t, raft.Options{BatchMax: 1})
	for i, command := range []string{"x", "y", "z"} {
		s.proposes(command)
		s.owes(
			fmt.Sprintf("n1->n2 AppendEntries term=1 prev=%d:1 commit=1 entries=[%d:1 %s]",
				i+1, i+2, command),
			fmt.Sprintf("n1->n3 AppendEntries term=1 prev=%d:1 commit=1 entries=[%d:1 %s]",
				i+1, i+2, command),
		)
	}
	s.progresses(2, raft.Progress{
		NextIndex: 5, MatchIndex: 1, Replicating: true, Inflight: 3, InflightBytes: 3,
	})
	s.receives("n2->n1 AppendEntriesResponse term=1 prev=2 accepted match=3:1") // x's is implied
	s.progresses(2, raft.Progress{
		NextIndex: 5, MatchIndex: 3, Replicating: true, Inflight: 1, InflightBytes: 1,
	})
}

// As far as a batch has room, what is not acknowledged goes along again: so a request is of use also
// where the one before it is late or lost.
func TestPipeline_10_2_2_EntriesGoAlongAgain(t *testing.T) {
	s := settledLeader(t, raft.Options{BatchMax: 3})
	for _, want := range []string{
		"prev=1:1 commit=1 entries=[2:1 a]",
		"prev=1:1 commit=1 entries=[2:1 a, 3:1 b]",
		"prev=1:1 commit=1 entries=[2:1 a, 3:1 b, 4:1 c]",
		"prev=2:1 commit=1 entries=[3:1 b, 4:1 c, 5:1 d]",
	} {
		s.proposes(want[len(want)-2 : len(want)-1])
		s.owes("n1->n2 AppendEntries term=1 "+want, "n1->n3 AppendEntries term=1 "+want)
	}
	s.receives("n2->n1 AppendEntriesResponse term=1 prev=1 accepted match=4:1")
	s.proposes("e")
	s.owes(
		"n1->n2 AppendEntries term=1 prev=4:1 commit=1 entries=[5:1 d, 6:1 e]",
		"n1->n3 AppendEntries term=1 prev=3:1 commit=1 entries=[4:1 c, 5:1 d, 6:1 e]",
	)
}

// progresses: what the leader knows of a server.
func (s *subject) progresses(id raft.ServerID, want raft.Progress) {
	s.t.Helper()
	if got := s.Progress(id); got != want {
		s.t.Errorf("of %v: %+v, want %+v", id, got, want)
	}
}

// But first it must know where the logs agree: one request at a time until then, whatever is proposed.
func TestPipeline_10_2_2_ANewLeaderProbes(t *testing.T) {
	s := leaderIn(t, 2, 1, 1)
	s.progresses(2, raft.Progress{NextIndex: 3})
	s.proposes("x")
	s.owes()
	s.receives("n2->n1 AppendEntriesResponse term=2 prev=2 refused conflict=2:0")
	s.owes("n1->n2 AppendEntries term=2 prev=1:1 commit=0 entries=[2:1, 3:2 noop, 4:2 x]")
	s.proposes("y")
	s.owes()
	s.receives("n2->n1 AppendEntriesResponse term=2 prev=1 accepted match=4:2")
	s.owes("n1->n2 AppendEntries term=2 prev=4:2 commit=0 entries=[5:2 y]")
	s.progresses(2, raft.Progress{
		NextIndex: 6, MatchIndex: 4, Replicating: true, Inflight: 1, InflightBytes: 1,
	})
	s.progresses(3, raft.Progress{NextIndex: 3})
}

// An answer that attests less than was asked about does not tell that the logs agree there.
func TestPipeline_10_2_2_ALesserAnswerEndsNoProbe(t *testing.T) {
	s := leaderIn(t, 2, 1, 1)
	s.receives("n2->n1 AppendEntriesResponse term=2 prev=0 accepted match=1:1")
	s.owes()
	s.progresses(2, raft.Progress{NextIndex: 3, MatchIndex: 1})
	s.proposes("x")
	s.owes()
}

// No more than InflightMax requests are on their way; what waits goes in batches when there is room.
func TestPipeline_10_2_2_IsBoundedInRequests(t *testing.T) {
	s := settledLeader(t, raft.Options{InflightMax: 2, BatchMax: 2})
	for _, command := range []string{"a", "b", "c", "d", "e"} {
		s.proposes(command)
	}
	s.owes()
	s.progresses(3, raft.Progress{
		NextIndex: 4, MatchIndex: 1, Replicating: true, Inflight: 2, InflightBytes: 3,
	})
	s.receives("n3->n1 AppendEntriesResponse term=1 prev=1 accepted match=2:1")
	s.owes("n1->n3 AppendEntries term=1 prev=3:1 commit=1 entries=[4:1 c, 5:1 d]")
	s.receives("n3->n1 AppendEntriesResponse term=1 prev=3 accepted match=5:1")
	s.owes("n1->n3 AppendEntries term=1 prev=5:1 commit=1 entries=[6:1 e]")
	s.progresses(2, raft.Progress{ // each follower has its own
		NextIndex: 4, MatchIndex: 1, Replicating: true, Inflight: 2, InflightBytes: 3,
	})
}

// No more than InflightBytes are on their way, when another request goes.
func TestPipeline_10_2_2_IsBoundedInBytes(t *testing.T) {
	s := settledLeader(t, raft.Options{InflightBytes: 4, BatchMax: 1})
	s.proposes("abc")
	s.proposes("defg")
	s.owes(
		"n1->n2 AppendEntries term=1 prev=2:1 commit=1 entries=[3:1 defg]",
		"n1->n3 AppendEntries term=1 prev=2:1 commit=1 entries=[3:1 defg]",
	)
	s.proposes("h")
	s.owes()
	s.receives("n2->n1 AppendEntriesResponse term=1 prev=1 accepted match=2:1")
	s.owes() // 4 bytes are there still
	s.receives("n2->n1 AppendEntriesResponse term=1 prev=2 accepted match=3:1")
	s.owes("n1->n2 AppendEntries term=1 prev=3:1 commit=1 entries=[4:1 h]")
	s.progresses(2, raft.Progress{
		NextIndex: 5, MatchIndex: 3, Replicating: true, Inflight: 1, InflightBytes: 1,
	})
}

// A heartbeat carries no entries, and names the entry that the follower is known to hold: so it is
// neither refused for what is on its way, nor waits for a disk; and it takes no place in flight.
func TestPipeline_10_2_2_HeartbeatsNameWhatIsHeld(t *testing.T) {
	s := settledLeader(t, raft.Options{InflightMax: 1})
	s.proposes("x")
	s.timesOut(raft.HeartbeatTimer)
	s.owes(
		"n1->n2 AppendEntries term=1 prev=1:1 commit=1 entries=[]",
		"n1->n3 AppendEntries term=1 prev=1:1 commit=1 entries=[]",
	)
	s.receives("n2->n1 AppendEntriesResponse term=1 prev=1 accepted match=1:1")
	s.owes()
	s.progresses(2, raft.Progress{
		NextIndex: 3, MatchIndex: 1, Replicating: true, Inflight: 1, InflightBytes: 1,
	})
}

// A request that comes before the one ahead of it is refused: the leader goes back, once.
func TestPipeline_10_2_2_ARefusalStartsAgain(t *testing.T) {
	s := settledLeader(t, raft.Options{BatchMax: 1})
	for _, command := range []string{"x", "y", "z"} {
		s.proposes(command)
	}
	s.receives("n2->n1 AppendEntriesResponse term=1 prev=2 refused conflict=2:0")
	s.owes("n1->n2 AppendEntries term=1 prev=1:1 commit=1 entries=[2:1 x]")
	s.progresses(2, raft.Progress{NextIndex: 2, MatchIndex: 1})
	s.receives("n2->n1 AppendEntriesResponse term=1 prev=3 refused conflict=2:0")
	s.doesNothing()
	s.proposes("w") // it is probed again: nothing more before the answer
	s.owes("n1->n3 AppendEntries term=1 prev=4:1 commit=1 entries=[5:1 w]")
	s.receives("n2->n1 AppendEntriesResponse term=1 prev=1 accepted match=2:1")
	s.owes(
		"n1->n2 AppendEntries term=1 prev=2:1 commit=1 entries=[3:1 y]",
		"n1->n2 AppendEntries term=1 prev=3:1 commit=1 entries=[4:1 z]",
		"n1->n2 AppendEntries term=1 prev=4:1 commit=1 entries=[5:1 w]",
	)
}

// While one request is asked about, the refusal of another is an old one, wherever that was.
func TestPipeline_10_2_2_AnotherRequestsRefusalStartsNothing(t *testing.T) {
	s := settledLeader(t, raft.Options{})
	for _, command := range []string{"v", "w", "x", "y", "z"} {
		s.proposes(command)
	}
	s.receives("n2->n1 AppendEntriesResponse term=1 prev=5 refused conflict=4:0")
	s.owes("n1->n2 AppendEntries term=1 prev=3:1 commit=1 entries=[4:1 x, 5:1 y, 6:1 z]")
	for _, refusal := range []string{"prev=2 refused conflict=2:0", "prev=4 refused conflict=2:0"} {
		s.receives("n2->n1 AppendEntriesResponse term=1 " + refusal)
		s.doesNothing()
		s.progresses(2, raft.Progress{NextIndex: 4, MatchIndex: 1})
	}
}

// A refusal of what the follower is known to hold, or was not sent, is an old one.
func TestPipeline_10_2_2_AnOldRefusalStartsNothing(t *testing.T) {
	s := settledLeader(t, raft.Options{})
	s.proposes("x")
	s.receives("n2->n1 AppendEntriesResponse term=1 prev=1 accepted match=2:1")
	s.proposes("y")
	for _, refusal := range []string{
		"prev=1 refused conflict=1:0", "prev=2 refused conflict=2:0",
		"prev=9 refused conflict=2:0", "prev=2 refused",
	} {
		s.receives("n2->n1 AppendEntriesResponse term=1 " + refusal)
		s.doesNothing()
	}
	s.progresses(2, raft.Progress{
		NextIndex: 4, MatchIndex: 2, Replicating: true, Inflight: 1, InflightBytes: 1,
	})
}

// What is not answered for a whole heartbeat is sent again, though the heartbeats are.
func TestPipeline_10_2_2_WhatIsLostIsSentAgain(t *testing.T) {
	s := settledLeader(t, raft.Options{InflightMax: 2})
	for _, command := range []string{"x", "y", "z"} {
		s.proposes(command)
	}
	s.timesOut(raft.HeartbeatTimer)
	s.receives("n2->n1 AppendEntriesResponse term=1 prev=1 accepted match=1:1")
	s.receives("n3->n1 AppendEntriesResponse term=1 prev=1 accepted match=2:1") // n3 is slow, not lost
	s.timesOut(raft.HeartbeatTimer)
	s.owes(
		"n1->n2 AppendEntries term=1 prev=1:1 commit=1 entries=[2:1 x, 3:1 y, 4:1 z]",
		"n1->n3 AppendEntries term=1 prev=2:1 commit=1 entries=[]",
	)
	s.progresses(2, raft.Progress{NextIndex: 2, MatchIndex: 1})
	s.timesOut(raft.HeartbeatTimer)
	s.owes( // again for n2, and now for n3
		"n1->n2 AppendEntries term=1 prev=1:1 commit=1 entries=[2:1 x, 3:1 y, 4:1 z]",
		"n1->n3 AppendEntries term=1 prev=2:1 commit=1 entries=[3:1 y, 4:1 z]",
	)
}

// Where nothing is on its way nothing can be lost: heartbeats that are not answered change nothing.
func TestPipeline_10_2_2_WhoHasEverythingIsNotProbed(t *testing.T) {
	s := settledLeader(t, raft.Options{})
	for range 3 {
		s.timesOut(raft.HeartbeatTimer)
	}
	s.proposes("x")
	s.owes(
		"n1->n2 AppendEntries term=1 prev=1:1 commit=1 entries=[2:1 x]",
		"n1->n3 AppendEntries term=1 prev=1:1 commit=1 entries=[2:1 x]",
	)
}

// A command enters the log while no more than ProposalsMax wait to be committed.
func TestProposals_AreBounded(t *testing.T) {
	s := settledLeader(t, raft.Options{ProposalsMax: 2})
	for _, want := range []raft.Refusal{0, 0, raft.TooManyProposals, raft.TooManyProposals} {
		s.proposes("x")
		s.refuses(want)
		if took := s.out.Proposed != (raft.LogState{}); took != (want == 0) {
			t.Errorf("proposed %v, refusal %v", s.out.Proposed, want)
		}
	}
	s.doesNothing()
	s.hasLog("1 1 1")
	s.persists()
	s.receives("n2->n1 AppendEntriesResponse term=1 prev=1 accepted match=2:1")
	s.proposes("y")
	s.refuses(0)
	s.proposes("z")
	s.refuses(raft.TooManyProposals)
}

// 0 stands for a default, and less than 0 is a mistake of the caller.
func TestOptions(t *testing.T) {
	s := startWith(t, 1, raft.Options{PreVote: true}, raft.Durable{})
	want := raft.Options{
		BatchMax: raft.DefaultBatchMax, InflightMax: raft.DefaultInflightMax,
		ProposalsMax: raft.DefaultProposalsMax, SnapshotChunk: raft.DefaultSnapshotChunk, PreVote: true,
	}
	if s.Options() != want {
		t.Errorf("options %+v, want %+v", s.Options(), want)
	}
	for _, o := range []raft.Options{
		{BatchMax: -1}, {InflightMax: -1}, {InflightBytes: -1}, {ProposalsMax: -1},
	} {
		if !panics(func() { startWith(t, 1, o, raft.Durable{}) }) {
			t.Errorf("Init took %+v", o)
		}
	}
}
