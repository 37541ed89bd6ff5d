package raft_test

import (
	"testing"

	"raftkv/raft"
)

// What waits for the disk (Figure 2: "Updated on stable storage before responding to RPCs"), and
// what does not. Message.Promise says it of a message by itself, Node.Keeps of a message and a
// disk.

// Each type of message, with what it promises.
func TestPromise(t *testing.T) {
	for _, c := range []struct {
		message string
		want    raft.Promise
	}{
		{"n1->n2 RequestVote term=3 last=4:2", promise(3, 1, 0, 0)},
		{"n1->n2 RequestVoteResponse term=3 granted", promise(3, 2, 0, 0)},
		{"n1->n2 RequestVoteResponse term=3 refused", raft.Promise{}},
		{"n1->n2 AppendEntries term=3 prev=4:2 commit=4 entries=[5:3 x]", raft.Promise{}},
		{"n1->n2 AppendEntriesResponse term=3 prev=4 accepted match=5:3",
			promise(3, raft.None, 5, 3)},
		{"n1->n2 AppendEntriesResponse term=3 prev=0 accepted match=0:0",
			promise(3, raft.None, 0, 0)},
		{"n1->n2 AppendEntriesResponse term=3 prev=4 refused conflict=2:1", raft.Promise{}},
		{"n1->n2 AppendEntriesResponse term=3 prev=4 refused", raft.Promise{}},
		{"n1->n2 RequestVote term=3 last=4:2 transfer", promise(3, 1, 0, 0)},
		{"n1->n2 AppendEntriesResponse term=3 prev=4 round=2 accepted match=5:3",
			promise(3, raft.None, 5, 3)},
		{"n1->n2 PreVote term=3 last=4:2", raft.Promise{}},
		{"n1->n2 PreVoteResponse term=3 granted", raft.Promise{}},
		{"n1->n2 PreVoteResponse term=3 refused", raft.Promise{}},
		{"n1->n2 TimeoutNow term=3", raft.Promise{}},
	} {
		m, err := parseMessage(c.message)
		if err != nil {
			t.Fatal(err)
		}
		if got := m.Promise(); got != c.want {
			t.Errorf("%s\npromises %+v, want %+v", c.message, got, c.want)
		}
	}
}

func promise(term raft.Term, vote raft.ServerID, i raft.Index, t raft.Term) raft.Promise {
	return raft.Promise{
		HardState: raft.HardState{CurrentTerm: term, VotedFor: vote},
		LogState:  raft.LogState{Index: i, Term: t},
	}
}

// A disk with term 3, a vote for n2 and the log 1 2 3 keeps some promises and not others.
func TestKeeps(t *testing.T) {
	s := startOf(t, 3, raft.Durable{
		HardState: raft.HardState{CurrentTerm: 3, VotedFor: 2},
		Entries:   logOf(1, 2, 3),
	})
	for _, c := range []struct {
		name string
		raft.Promise
		want bool
	}{
		{"nothing", raft.Promise{}, true},
		{"the term", promise(3, raft.None, 0, 0), true},
		{"the vote", promise(3, 2, 0, 0), true},
		{"another vote", promise(3, 3, 0, 0), false},
		{"any vote of an earlier term", promise(2, 3, 0, 0), true},
		{"a later term", promise(4, raft.None, 0, 0), false},
		{"the log", promise(3, raft.None, 3, 3), true},
		{"a part of the log", promise(3, raft.None, 2, 2), true},
		{"more than the log", promise(3, raft.None, 4, 3), false},
		{"another log", promise(3, raft.None, 2, 1), false},
		{"the log in a later term", promise(4, raft.None, 3, 3), false},
	} {
		if got := s.Keeps(c.Promise); got != c.want {
			t.Errorf("%s is kept: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestDurability_RequestVoteWaitsForTermAndVote(t *testing.T) {
	s := followerIn(t, 1)
	s.timesOut(raft.ElectionTimer)
	s.sends()
	s.persists()
	s.sends(
		"n1->n2 RequestVote term=2 last=0:0",
		"n1->n3 RequestVote term=2 last=0:0",
	)
}

func TestDurability_AVoteWaitsForTermAndVote(t *testing.T) {
	s := followerIn(t, 1)
	s.receives("n2->n1 RequestVote term=2 last=0:0")
	s.sends()
	s.persists()
	s.sends("n1->n2 RequestVoteResponse term=2 granted")
	s.receives("n2->n1 RequestVote term=2 last=0:0")
	s.sends("n1->n2 RequestVoteResponse term=2 granted")
}

func TestDurability_AnAcceptedAppendWaitsForTermAndLog(t *testing.T) {
	s := followerIn(t, 1, 1)
	s.receives("n2->n1 AppendEntries term=2 prev=1:1 commit=0 entries=[2:2 noop]")
	s.sends()
	s.sync(1) // the term alone is not enough
	s.hear()
	s.sends()
	s.persists()
	s.sends("n1->n2 AppendEntriesResponse term=2 prev=1 accepted match=2:2")
}

// Heartbeats do not stall on a sync: what is attested is durable already.
func TestDurability_AnAcceptedHeartbeatWaitsForNothing(t *testing.T) {
	s := followerIn(t, 2, 1)
	s.receives("n2->n1 AppendEntries term=2 prev=1:1 commit=0 entries=[2:2 noop, 3:2 x]")
	s.sends()
	s.receives("n2->n1 AppendEntries term=2 prev=1:1 commit=0 entries=[]")
	s.sends("n1->n2 AppendEntriesResponse term=2 prev=1 accepted match=1:1")
	s.receives("n2->n1 AppendEntries term=2 prev=3:2 commit=0 entries=[]")
	s.sends()
}

// But the term is a promise too: with a later one durable, an earlier leader would be refused.
func TestDurability_AnAcceptedHeartbeatWaitsForItsTerm(t *testing.T) {
	s := followerIn(t, 1, 1)
	s.receives("n2->n1 AppendEntries term=2 prev=1:1 commit=0 entries=[]")
	s.sends()
	s.persists()
	s.sends("n1->n2 AppendEntriesResponse term=2 prev=1 accepted match=1:1")
}

func TestDurability_RefusalsWaitForNothing(t *testing.T) {
	s := followerIn(t, 1, 1)
	s.receives("n2->n1 RequestVote term=2 last=0:0")
	s.sends("n1->n2 RequestVoteResponse term=2 refused")
	s.receives("n2->n1 AppendEntries term=3 prev=4:2 commit=0 entries=[]")
	s.sends("n1->n2 AppendEntriesResponse term=3 prev=4 refused conflict=2:0")
	s.receives("n3->n1 AppendEntries term=1 prev=1:1 commit=0 entries=[]")
	s.sends("n1->n3 AppendEntriesResponse term=3 prev=1 refused")
}

// Thesis §10.2.1: the leader's disk works while its followers' do.
func TestDurability_ALeadersAppendEntriesWaitForNothing(t *testing.T) {
	s := leaderIn(t, 2)
	s.sends( // while the entry is not even durable here
		"n1->n2 AppendEntries term=2 prev=0:0 commit=0 entries=[1:2 noop]",
		"n1->n3 AppendEntries term=2 prev=0:0 commit=0 entries=[1:2 noop]",
	)
	s.receives("n2->n1 AppendEntriesResponse term=2 prev=0 accepted match=1:2")
	s.receives("n3->n1 AppendEntriesResponse term=2 prev=0 accepted match=1:2")
	s.proposes("x")
	s.sends(
		"n1->n2 AppendEntries term=2 prev=1:2 commit=1 entries=[2:2 x]",
		"n1->n3 AppendEntries term=2 prev=1:2 commit=1 entries=[2:2 x]",
	)
}

// A candidate counts its own vote when it is durable: here n2's vote comes before.
func TestDurability_ACandidateCountsItsOwnVoteWhenItIsDurable(t *testing.T) {
	s := followerIn(t, 1)
	s.timesOut(raft.ElectionTimer)
	s.receives("n2->n1 RequestVoteResponse term=2 granted")
	s.is("candidate term=2 vote=n1 leader=none commit=0")
	s.persists()
	s.is("leader term=2 vote=n1 leader=n1 commit=0")
}

// The vote of an earlier attempt is durable, that of this one is not yet.
func TestDurability_AnEarlierOwnVoteCountsForNothing(t *testing.T) {
	s := followerIn(t, 1)
	s.timesOut(raft.ElectionTimer)
	s.timesOut(raft.ElectionTimer)
	s.receives("n2->n1 RequestVoteResponse term=3 granted")
	s.sync(1)
	s.hear()
	s.is("candidate term=3 vote=n1 leader=none commit=0")
	s.persists()
	s.is("leader term=3 vote=n1 leader=n1 commit=0")
}

// A leader counts its own log when it is durable.
func TestDurability_ALeaderCountsItsOwnLogWhenItIsDurable(t *testing.T) {
	s := leaderIn(t, 2)
	s.receives("n2->n1 AppendEntriesResponse term=2 prev=0 accepted match=1:2")
	s.appliesThrough(0)
	s.persists()
	s.appliesThrough(1)
}

// Others may be enough: a leader with a slow disk commits what a majority without it holds.
func TestDurability_ALeaderCommitsWithoutItsOwnDisk(t *testing.T) {
	s := leaderIn(t, 2)
	s.receives("n2->n1 AppendEntriesResponse term=2 prev=0 accepted match=1:2")
	s.receives("n3->n1 AppendEntriesResponse term=2 prev=0 accepted match=1:2")
	s.appliesThrough(1)
}

// The majority of a cluster of one is itself; its disk is what it waits for.
func TestDurability_AClusterOfOneCountsItselfWhenItIsDurable(t *testing.T) {
	s := startOf(t, 1, raft.Durable{})
	s.timesOut(raft.ElectionTimer)
	s.is("candidate term=1 vote=n1 leader=none commit=0")
	s.persists()
	s.is("leader term=1 vote=n1 leader=n1 commit=0")
	s.proposes("x")
	s.appliesThrough(0)
	s.sync(1)
	s.hear()
	s.appliesThrough(1)
	s.persists()
	s.appliesThrough(2)
}

// The disk has caught up with an entry that was truncated and rewritten meanwhile. The index is the
// same and the entry is not: the old one attests nothing, neither to others nor to the server
// itself.
func TestDurability_AnEntryThatWasRewrittenAttestsNothing(t *testing.T) {
	s := followerIn(t, 2, 1)
	s.receives("n2->n1 AppendEntries term=2 prev=1:1 commit=0 entries=[2:2 old, 3:2 old]")
	s.receives("n3->n1 AppendEntries term=3 prev=1:1 commit=0 entries=[2:3 new, 3:3 new]")
	s.sync(1)
	s.hear()
	if s.Keeps(promise(2, raft.None, 3, 3)) || s.Keeps(promise(2, raft.None, 2, 2)) {
		t.Error("the write of an entry attests the entry that took its place, or one that is gone")
	}
	s.receives("n3->n1 AppendEntries term=3 prev=3:3 commit=0 entries=[]")
	s.sends()
	s.persists()
	s.sends(
		"n1->n3 AppendEntriesResponse term=3 prev=1 accepted match=3:3",
		"n1->n3 AppendEntriesResponse term=3 prev=3 accepted match=3:3",
	)
}

// The same for a leader: what it wrote as a follower of another must not count for its own entry at
// that index. The disk reports of the past; the core must notice by the term.
func TestDurability_ALeaderDoesNotCountAnEntryThatWasRewritten(t *testing.T) {
	s := leaderIn(t, 4, 1)
	s.receives("n2->n1 AppendEntriesResponse term=4 prev=1 accepted match=2:4")
	s.happens(raft.Input{Type: raft.Persisted, Persistence: raft.Persistence{
		HardState: raft.HardState{CurrentTerm: 4, VotedFor: 1},
		LogState:  raft.LogState{Index: 2, Term: 3},
	}})
	s.appliesThrough(0)
	s.persists()
	s.appliesThrough(2)
}

// A held answer may leave when a later term is durable: no promise of an earlier one can then be
// broken. And one that attests entries which the same sync has truncated was true when they were.
func TestDurability_HeldMessagesLeaveWithALaterTerm(t *testing.T) {
	s := followerIn(t, 1, 1)
	s.receives("n2->n1 RequestVote term=2 last=1:1")
	s.receives("n2->n1 AppendEntries term=2 prev=1:1 commit=0 entries=[2:2 old]")
	s.receives("n3->n1 AppendEntries term=3 prev=1:1 commit=0 entries=[2:3 new]")
	s.sends()
	s.persists()
	s.sends(
		"n1->n2 RequestVoteResponse term=2 granted",
		"n1->n2 AppendEntriesResponse term=2 prev=1 accepted match=2:2",
		"n1->n3 AppendEntriesResponse term=3 prev=1 accepted match=2:3",
	)
}

// What the disk gave back at a restart is durable: answers that it covers leave at once.
func TestDurability_ARestartKnowsWhatIsOnTheDisk(t *testing.T) {
	s := followerIn(t, 2, 1, 2)
	s.receives("n2->n1 AppendEntries term=2 prev=2:2 commit=0 entries=[]")
	s.sends("n1->n2 AppendEntriesResponse term=2 prev=2 accepted match=2:2")
}

// A crash takes what was not synced, and what was promised for it has not left.
func TestDurability_ACrashBreaksNoPromise(t *testing.T) {
	s := followerIn(t, 1, 1)
	s.receives("n2->n1 RequestVote term=2 last=1:1")
	s.restarts()
	s.sends()
	s.is("follower term=1 vote=none leader=none commit=0")
	s.receives("n3->n1 RequestVote term=2 last=1:1")
	s.owes("n1->n3 RequestVoteResponse term=2 granted")
}

// A rewrite beyond an entry takes nothing from what the disk holds up to it: a heartbeat is answered
// at once though the rewrite is still on its way.
func TestDurability_WhatStandsBeforeARewriteStaysAttested(t *testing.T) {
	s := followerIn(t, 3, 1, 2, 2)
	s.receives("n2->n1 AppendEntries term=3 prev=1:1 commit=0 entries=[2:3 a]")
	s.receives("n2->n1 AppendEntries term=3 prev=1:1 commit=0 entries=[]")
	s.sends("n1->n2 AppendEntriesResponse term=3 prev=1 accepted match=1:1")
}
