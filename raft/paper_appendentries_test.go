package raft_test

import (
	"testing"

	"raftkv/raft"
)

// Figure 2, AppendEntries RPC, receiver 1: reply false if term < currentTerm (§5.1), with the own
// term. Nothing else of the request counts.
func TestAppendEntries_1_RefusesALowerTerm(t *testing.T) {
	s := followerIn(t, 3, 1)
	s.receives("n2->n1 AppendEntries term=2 prev=1:1 commit=2 entries=[2:2 x]")
	s.owes("n1->n2 AppendEntriesResponse term=3 prev=1 refused")
	s.is("follower term=3 vote=none leader=none commit=0")
	s.hasLog("1")
	s.writes()
	s.arms("")
}

// Figure 2, AppendEntries RPC, receiver 2: reply false if the log has no entry at prevLogIndex of
// prevLogTerm (§5.3). The refusal names the whole conflicting term, or where the log ends.
func TestAppendEntries_2_RefusesIfLogDoesNotContainPrevLogTermAtPrevLogIndex(t *testing.T) {
	for _, c := range []struct{ name, prev, conflict string }{
		{"too short by one", "prev=6:3", "prev=6 refused conflict=6:0"},
		{"too short by many", "prev=9:4", "prev=9 refused conflict=6:0"},
		{"another term at the end", "prev=5:4", "prev=5 refused conflict=4:3"},
		{"another term inside", "prev=3:3", "prev=3 refused conflict=2:2"},
		{"another term at the start", "prev=1:2", "prev=1 refused conflict=1:1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := followerIn(t, 5, 1, 2, 2, 3, 3)
			s.receives("n2->n1 AppendEntries term=5 " + c.prev + " commit=9 entries=[7:5 x]")
			s.owes("n1->n2 AppendEntriesResponse term=5 " + c.conflict)
			s.is("follower term=5 vote=none leader=n2 commit=0")
			s.hasLog("1 2 2 3 3")
			s.writes()
			s.arms("election") // the leader of the term spoke, even if in vain
		})
	}
}

func TestAppendEntries_2_AllLogsAgreeBeforeTheFirstEntry(t *testing.T) {
	s := followerIn(t, 1)
	s.receives("n2->n1 AppendEntries term=1 prev=0:0 commit=0 entries=[1:1 noop]")
	s.owes("n1->n2 AppendEntriesResponse term=1 prev=0 accepted match=1:1")
	s.writes("1:1 noop")
}

// Figure 2, AppendEntries RPC, receiver 3: an entry that conflicts (same index, other term) goes,
// with all that follow it (§5.3).
func TestAppendEntries_3_DeletesAConflictingEntryAndAllThatFollow(t *testing.T) {
	s := followerIn(t, 4, 1, 2, 2, 2)
	s.receives("n2->n1 AppendEntries term=4 prev=1:1 commit=0 entries=[2:2, 3:3]")
	s.owes("n1->n2 AppendEntriesResponse term=4 prev=1 accepted match=3:3")
	s.hasLog("1 2 3")
	s.writes("3:3")
}

// Figure 2, AppendEntries RPC, receiver 3: and only then. A request that comes late or twice, or
// has no entries, takes nothing away (§5.3).
func TestAppendEntries_3_DeletesNothingWithoutAConflict(t *testing.T) {
	for _, c := range []struct{ name, prev, entries, match string }{
		{"a heartbeat", "prev=1:1", "", "prev=1 accepted match=1:1"},
		{"a heartbeat from the start", "prev=0:0", "", "prev=0 accepted match=0:0"},
		{"a part", "prev=1:1", "2:1", "prev=1 accepted match=2:1"},
		{"all of it", "prev=0:0", "1:1, 2:1, 3:2", "prev=0 accepted match=3:2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := followerIn(t, 2, 1, 1, 2)
			entries := " commit=0 entries=[" + c.entries + "]"
			s.receives("n2->n1 AppendEntries term=2 " + c.prev + entries)
			s.owes("n1->n2 AppendEntriesResponse term=2 " + c.match)
			s.hasLog("1 1 2")
			s.writes()
		})
	}
}

// Figure 2, AppendEntries RPC, receiver 4: append what is not already in the log.
func TestAppendEntries_4_AppendsNewEntriesOnly(t *testing.T) {
	s := followerIn(t, 2, 1, 1)
	s.receives("n2->n1 AppendEntries term=2 prev=1:1 commit=0 entries=[2:1, 3:2 x, 4:2 y]")
	s.owes("n1->n2 AppendEntriesResponse term=2 prev=1 accepted match=4:2")
	s.hasLog("1 1 2 2")
	s.writes("3:2 x, 4:2 y")
}

// Figure 2, AppendEntries RPC, receiver 5: commitIndex = min(leaderCommit, last new entry). What
// the log has beyond that was not compared, and may be another leader's.
func TestAppendEntries_5_CommitsNoFurtherThanTheRequestVerifies(t *testing.T) {
	s := followerIn(t, 4, 1, 1, 2, 2)
	s.receives("n2->n1 AppendEntries term=4 prev=1:1 commit=4 entries=[]")
	s.appliesThrough(1)
	s.receives("n2->n1 AppendEntries term=4 prev=1:1 commit=4 entries=[2:1]")
	s.appliesThrough(2)
	s.is("follower term=4 vote=none leader=n2 commit=2")
}

func TestAppendEntries_5_CommitsNoFurtherThanTheLeader(t *testing.T) {
	s := followerIn(t, 1)
	s.receives("n2->n1 AppendEntries term=1 prev=0:0 commit=1 entries=[1:1 noop, 2:1 x]")
	s.appliesThrough(1)
}

// Figure 2, AppendEntries RPC, receiver 5: if leaderCommit > commitIndex. It never goes back.
func TestAppendEntries_5_NeverTakesACommitBack(t *testing.T) {
	s := followerIn(t, 1, 1, 1)
	s.receives("n2->n1 AppendEntries term=1 prev=2:1 commit=2 entries=[]")
	s.receives("n2->n1 AppendEntries term=1 prev=2:1 commit=1 entries=[]")
	s.receives("n2->n1 AppendEntries term=1 prev=0:0 commit=2 entries=[1:1]")
	s.appliesThrough(0)
	s.is("follower term=1 vote=none leader=n2 commit=2")
}

// Leader Completeness (§5.4.3) is what the core rests on: a request that contradicts a committed
// entry means that something is broken already, and nothing that follows could be trusted.
func TestAppendEntries_PanicsRatherThanDropACommittedEntry(t *testing.T) {
	s := followerIn(t, 1, 1, 1)
	s.receives("n2->n1 AppendEntries term=1 prev=2:1 commit=2 entries=[]")
	defer func() {
		if recover() == nil {
			t.Error("a committed entry was dropped in silence")
		}
	}()
	s.receives("n2->n1 AppendEntries term=2 prev=1:1 commit=2 entries=[2:2 other]")
}

// The response repeats prevLogIndex and attests no more than was compared, however much more there
// is: the rest may be the log of another leader.
func TestAppendEntries_AttestsNoMoreThanItCompared(t *testing.T) {
	s := followerIn(t, 4, 1, 2, 2, 2)
	s.receives("n2->n1 AppendEntries term=4 prev=2:2 commit=0 entries=[]")
	s.owes("n1->n2 AppendEntriesResponse term=4 prev=2 accepted match=2:2")
	s.hasLog("1 2 2 2")
}

// A zero message is invalid, and one of an unknown type is a bug of the caller.
func TestStep_PanicsAtWhatIsNoInput(t *testing.T) {
	for name, in := range map[string]raft.Input{
		"input":   {},
		"timer":   {Type: raft.Timeout},
		"message": {Type: raft.Receive, Message: &raft.Message{}},
	} {
		t.Run(name, func(t *testing.T) {
			s := followerIn(t, 0)
			defer func() {
				if recover() == nil {
					t.Error("an input of type 0 passed")
				}
			}()
			s.happens(in)
		})
	}
}
