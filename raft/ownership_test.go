package raft_test

import (
	"slices"
	"testing"

	"raftkv/raft"
)

// The log is truncated and rewritten in place, under a message in flight. A message that was
// copied, as the doc comment of raft.Output asks, is what it was; one that was not is rewritten
// too. (If the second half ever fails, entries are no longer shared, and the comment can promise
// more.)
func TestOwnership_ARewrittenLogDoesNotReachACopiedMessage(t *testing.T) {
	s := leaderIn(t, 2, 1)
	s.proposes("x") // n2 is still probed: both entries go with the next heartbeat
	s.timesOut(raft.HeartbeatTimer)
	shared := s.out.Messages[0]
	copied := s.left[0]
	const before = "n1->n2 AppendEntries term=2 prev=1:1 commit=0 entries=[2:2 noop, 3:2 x]"
	same(t, "the message", messageText(shared), before)
	s.receives("n3->n1 AppendEntries term=3 prev=1:1 commit=0 entries=[2:3 noop, 3:3 y]")
	same(t, "the copy", messageText(copied), before)
	same(t, "the original", messageText(shared),
		"n1->n2 AppendEntries term=2 prev=1:1 commit=0 entries=[2:3 noop, 3:3 y]")
}

// So with the entries that the disk has still to write.
func TestOwnership_ARewrittenLogDoesNotReachACopiedWrite(t *testing.T) {
	s := followerIn(t, 2)
	s.receives("n2->n1 AppendEntries term=2 prev=0:0 commit=0 entries=[1:2 old]")
	shared := s.out.Entries
	s.receives("n3->n1 AppendEntries term=3 prev=0:0 commit=0 entries=[1:3 new]")
	same(t, "the pending write", s.disk.pending[0].String(), "1: 1:2 old")
	same(t, "the original", entriesText(1, shared), "1:3 new")
}

// A message has no room behind its entries: who appends to them writes neither into the log nor
// into where it grows.
func TestOwnership_AMessageHasNoRoomBehindItsEntries(t *testing.T) {
	part, whole := leaderInBatchesOf(t, 1), leaderInBatchesOf(t, 9)
	for _, s := range []*subject{part, whole} {
		s.proposes("x")
		s.proposes("y") // the log has grown: there is room behind it
		s.timesOut(raft.HeartbeatTimer)
		if entries := s.out.Messages[0].Entries; cap(entries) != len(entries) {
			t.Errorf("%d entries, and room for %d", len(entries), cap(entries))
		}
	}
}

// The node keeps nothing that an input points to: the receiver of a message may use its memory
// again.
func TestOwnership_TheNodeKeepsNothingOfAnInput(t *testing.T) {
	s := followerIn(t, 2)
	m, err := parseMessage("n2->n1 AppendEntries term=2 prev=0:0 commit=0 entries=[1:2 x, 2:2 y]")
	if err != nil {
		t.Fatal(err)
	}
	s.happens(raft.Input{Type: raft.Receive, Message: &m})
	for i := range m.Entries {
		m.Entries[i] = raft.Entry{Term: 9, Kind: raft.Command, Command: "intruder"}
	}
	m = raft.Message{}
	s.hasLog("2 2")
	same(t, "log", entriesText(1, logEntries(s.server)), "1:2 x, 2:2 y")
}

// Restart copies: the disk keeps what it gave back, and the node what it was given.
func TestOwnership_RestartCopies(t *testing.T) {
	durable := raft.Durable{HardState: raft.HardState{CurrentTerm: 2}, Entries: logOf(1, 1, 2)}
	kept := slices.Clone(durable.Entries)
	s := startOf(t, 3, durable)
	s.receives("n2->n1 AppendEntries term=3 prev=1:1 commit=0 entries=[2:3 new, 3:3 new]")
	if !slices.Equal(durable.Entries, kept) {
		t.Errorf("the node wrote %s to its caller's entries", entriesText(1, durable.Entries))
	}
	durable.Entries[0].Command = "intruder"
	same(t, "entry 1", entryText(1, s.Entry(1)), "1:1")
}

// A node that is used again, for another server or another life, has nothing of the old one.
func TestOwnership_InitUsesANodeAgain(t *testing.T) {
	var used, fresh raft.Node
	var out raft.Output
	used.CopyFrom(&leaderIn(t, 7, 1, 2, 3).Node)
	three := raft.Membership{Voters: raft.Servers(3)}
	used.Init(2, three, raft.Options{}, &out)
	fresh.Init(2, three, raft.Options{}, &out)
	for _, n := range []*raft.Node{&used, &fresh} {
		same(t, "state", stateText(n), "follower term=0 vote=none leader=none commit=0")
		same(t, "log", logTerms(n), "")
		n.Step(&raft.Input{Type: raft.Timeout, Timer: raft.ElectionTimer}, &out)
		same(t, "messages", texts(out.Messages),
			"n2->n1 RequestVote term=1 last=0:0\nn2->n3 RequestVote term=1 last=0:0")
	}
}

// A copy and its original go separate ways, in both directions, whatever memory the copy had.
func TestOwnership_CopiesAreIndependent(t *testing.T) {
	for _, memory := range []*subject{followerIn(t, 1), followerIn(t, 9, 5, 5, 5, 5, 5, 5)} {
		original, twin := followerIn(t, 2, 1, 2, 2), memory
		twin.CopyFrom(&original.Node)
		same(t, "the copy", stateText(&twin.Node)+logTerms(&twin.Node),
			stateText(&original.Node)+logTerms(&original.Node))
		original.receives("n2->n1 AppendEntries term=3 prev=1:1 commit=0 entries=[2:3 x]")
		twin.hasLog("1 2 2")
		twin.receives("n3->n1 AppendEntries term=4 prev=0:0 commit=1 entries=[1:4 y]")
		twin.hasLog("4")
		original.hasLog("1 3")
		original.is("follower term=3 vote=none leader=n2 commit=0")
	}
}

// CopyFrom copies a leader with all that it knows of its followers.
func TestOwnership_ACopiedLeaderLeads(t *testing.T) {
	original := leaderIn(t, 2, 1)
	original.receives("n2->n1 AppendEntriesResponse term=2 prev=1 accepted match=2:2")
	twin := followerIn(t, 0)
	twin.CopyFrom(&original.Node)
	for _, s := range []*subject{original, twin} {
		s.timesOut(raft.HeartbeatTimer)
		s.owes(
			"n1->n2 AppendEntries term=2 prev=2:2 commit=0 entries=[]",
			"n1->n3 AppendEntries term=2 prev=1:1 commit=0 entries=[2:2 noop]",
		)
	}
}

// An output that is used again says nothing of the step before.
func TestOwnership_AnOutputIsUsedAgain(t *testing.T) {
	s := leaderIn(t, 2, 1)
	s.proposes("x")
	nothing := raft.Input{Type: raft.Timeout, Timer: raft.ElectionTimer} // to a leader
	s.Node.Step(&nothing, &s.out)
	s.doesNothing()
	if s.out.Proposed != (raft.LogState{}) || s.out.HardState != (raft.HardState{}) {
		t.Errorf("the output still says %+v", s.out)
	}
}

// A copied leader has a pipeline of its own: what is acknowledged to the one is on its way still to the
// other.
func TestOwnership_ACopiedPipelineIsItsOwn(t *testing.T) {
	original := settledLeader(t, raft.Options{BatchMax: 1})
	for _, command := range []string{"a", "bb", "ccc"} {
		original.proposes(command)
	}
	twin := followerIn(t, 0)
	twin.CopyFrom(&original.Node)
	original.receives("n2->n1 AppendEntriesResponse term=1 prev=1 accepted match=3:1")
	original.proposes("dddd")
	original.progresses(2, raft.Progress{
		NextIndex: 6, MatchIndex: 3, Replicating: true, Inflight: 2, InflightBytes: 7,
	})
	twin.progresses(2, raft.Progress{
		NextIndex: 5, MatchIndex: 1, Replicating: true, Inflight: 3, InflightBytes: 6,
	})
	twin.receives("n2->n1 AppendEntriesResponse term=1 prev=1 accepted match=2:1")
	twin.progresses(2, raft.Progress{
		NextIndex: 5, MatchIndex: 2, Replicating: true, Inflight: 2, InflightBytes: 5,
	})
}
