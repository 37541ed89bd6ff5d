package server

import (
	"testing"

	"raftkv/raft"
)

// What a message promises is durable before it leaves. The table of what waits for what, message by
// message, as it is in the journal of one server.

func TestARequestForVotesWaitsForTheOwnVote(t *testing.T) {
	r := newRig(t)
	r.news()
	r.fire(raft.ElectionTimer)
	r.want("timer_fired", "became_candidate", "written 1", "sync 1",
		"held RequestVote for 1", "held RequestVote for 1")
	r.syncDone()
	r.want("persisted 1", "send RequestVote to n2", "send RequestVote to n3")
}

func TestAGrantedVoteWaits(t *testing.T) {
	r := newRig(t)
	r.news()
	r.receive(candidate(2, 1))
	r.want("became_follower", "written 1", "sync 1", "held RequestVoteResponse for 1")
	r.syncDone()
	r.want("persisted 1", "send RequestVoteResponse to n2")
	// Asked again, it says the same, and the disk knows already.
	r.receive(candidate(2, 1))
	r.want("send RequestVoteResponse to n2")
}

func TestARefusedVoteWaitsForNothing(t *testing.T) {
	r := newRig(t)
	r.receive(candidate(2, 1))
	r.syncDone()
	r.news()
	r.receive(candidate(3, 1))
	r.want("send RequestVoteResponse to n3")
	// A new term is written, but the refusal promises nothing of it: its log is too poor.
	r.receive(appends(2, 1, at(0, 0), 0, entry(1, 1)))
	r.syncDone()
	r.news()
	r.receive(raft.Message{Type: raft.RequestVote, From: 3, Term: 2})
	r.want("became_follower", "written 3", "sync 3", "send RequestVoteResponse to n3")
}

func TestAnAcceptedAppendWaits(t *testing.T) {
	r := newRig(t)
	r.news()
	r.receive(appends(2, 1, at(0, 0), 0, entry(1, 1), entry(1, 2)))
	r.want("became_follower", "appended 1", "appended 2", "written 1", "sync 1",
		"held AppendEntriesResponse for 1")
	r.syncDone()
	r.want("persisted 1", "send AppendEntriesResponse to n2")
	if m := r.sent[0]; !m.Success || m.MatchIndex != 2 || m.MatchTerm != 1 || m.To != 2 {
		t.Errorf("it attests %+v", m)
	}
}

func TestARefusedAppendWaitsForNothing(t *testing.T) {
	r := newRig(t)
	r.news()
	r.receive(appends(2, 1, at(7, 1), 0, entry(1, 1)))
	r.want("became_follower", "written 1", "sync 1", "send AppendEntriesResponse to n2")
	r.syncDone()
	r.want("persisted 1")
}

// An acknowledgement that attests no more than the disk holds leaves at once, though another write is
// under way: heartbeats do not stall on a sync.
func TestAHeartbeatIsAcknowledgedAtOnce(t *testing.T) {
	r := newRig(t)
	r.receive(appends(2, 1, at(0, 0), 0, entry(1, 1)))
	r.syncDone()
	r.receive(appends(2, 1, at(1, 1), 0, entry(1, 2)))
	r.news()
	r.receive(appends(2, 1, at(1, 1), 0))
	r.want("send AppendEntriesResponse to n2")
	// One that attests the entry on its way to the disk waits with it.
	r.receive(appends(2, 1, at(2, 1), 0))
	r.want("held AppendEntriesResponse for 2")
	r.syncDone()
	r.want("persisted 2", "send AppendEntriesResponse to n2", "send AppendEntriesResponse to n2")
}

// Thesis §10.2.1: a leader sends its entries before its own disk holds them.
func TestALeadersEntriesLeaveBeforeItsOwnSync(t *testing.T) {
	r := newRig(t)
	r.lead()
	r.propose(1)
	r.want("appended 2", "proposed 1", "written 3", "sync 3",
		"send AppendEntries to n2", "send AppendEntries to n3")
	r.fire(raft.HeartbeatTimer)
	r.want("timer_fired", "send AppendEntries to n2", "send AppendEntries to n3")
}

// A leader's entry commits when a majority holds it: itself only after its own sync.
func TestALeaderCountsItselfWhenItsDiskHasCaughtUp(t *testing.T) {
	r := newRig(t)
	r.lead()
	r.propose(1)
	r.news()
	r.syncDone()
	r.want("persisted 3")
	r.receive(accepted(2, 1, 2, 1))
	r.want("committed 2", "send AppendEntries to n2", "applied 2", "answered 1", "tell 1 ok")

	r.propose(2)
	r.news()
	r.receive(accepted(2, 1, 3, 1))
	r.want() // n2 alone is no majority
	r.syncDone()
	r.want("persisted 4", "committed 3", "send AppendEntries to n2",
		"applied 3", "answered 2", "tell 2 ok")
}

// What is issued during a sync waits for the next, and so does the promise: the first sync's end
// releases only what was written before it began.
func TestAPromiseMadeDuringASyncWaitsForTheNext(t *testing.T) {
	r := newRig(t)
	r.receive(appends(2, 1, at(0, 0), 0, entry(1, 1)))
	r.news()
	r.receive(appends(2, 1, at(1, 1), 0, entry(1, 2)))
	r.want("appended 2", "written 2", "held AppendEntriesResponse for 2")
	r.receive(appends(2, 1, at(2, 1), 0, entry(1, 3)))
	r.want("appended 3", "written 3", "held AppendEntriesResponse for 3")
	r.syncDone()
	r.want("persisted 1", "send AppendEntriesResponse to n2", "sync 2")
	r.syncDone()
	r.want("persisted 3", "send AppendEntriesResponse to n2", "send AppendEntriesResponse to n2")
}

// A vote that was granted and a higher term that follows: both promises keep.
func TestHeldVotesLeaveThoughATermHasPassed(t *testing.T) {
	r := newRig(t)
	r.receive(candidate(2, 1))
	r.receive(candidate(3, 2))
	r.news()
	r.syncDone()
	r.want("persisted 1", "send RequestVoteResponse to n2", "sync 2")
	r.syncDone()
	r.want("persisted 2", "send RequestVoteResponse to n3")
	if r.sent[0].Term != 1 || r.sent[1].Term != 2 {
		t.Errorf("votes of terms %d and %d, want 1 and 2", r.sent[0].Term, r.sent[1].Term)
	}
}

// Whatever is released first stands in the way of nothing new: the order is releases, the write, the
// sync, messages, entries with their answers.
func TestWhatIsOwedIsCarriedOutInOrder(t *testing.T) {
	r := newRig(t)
	r.receive(candidate(2, 1))
	r.syncDone()
	r.receive(appends(2, 1, at(0, 0), 1, entry(1, 1), entry(1, 2)))
	r.news()
	r.receive(appends(2, 1, at(2, 1), 2, entry(1, 3)))
	r.want("appended 3", "committed 2", "written 3", "held AppendEntriesResponse for 3", "applied 2")
	r.syncDone()
	r.want("persisted 2", "send AppendEntriesResponse to n2", "sync 3")
}

// The message that waited is a copy: the output that it was in has been used again since.
func TestAHeldMessageIsACopy(t *testing.T) {
	r := newRig(t)
	r.receive(candidate(2, 1))
	r.receive(raft.Message{Type: raft.AppendEntries, From: 3, Term: 0}) // answered at once: stale
	r.syncDone()
	if len(r.sent) != 2 || r.sent[0].Type != raft.AppendEntriesResponse ||
		r.sent[1].Type != raft.RequestVoteResponse || !r.sent[1].VoteGranted || r.sent[1].To != 2 {
		t.Errorf("it sent %+v", r.sent)
	}
}

func TestAStepBeforeAllIsCarriedOutPanics(t *testing.T) {
	r := newRig(t)
	m := candidate(2, 1)
	r.server.Receive(&m)
	mustPanic(t, "a step while a write is owed", func() { r.server.Receive(&m) })
	if !r.server.Busy() {
		t.Error("nothing tells whose panic it is")
	}
	r.act()
	mustPanic(t, "a step while a message is owed", func() { r.server.Receive(&m) })
	r.carryOut()
	r.server.Propose(request(1))
	mustPanic(t, "a step while an answer is owed", func() { r.server.Receive(&m) })
}

// A panic of the node leaves the server in the middle of a step, for who has to name the culprit.
func TestAPanicLeavesTheServerStepping(t *testing.T) {
	r := newRig(t)
	if r.server.Busy() {
		t.Error("a new server is in the middle of a step")
	}
	mustPanic(t, "a message of no type", func() { r.server.Receive(&raft.Message{From: 2, Term: 1}) })
	if !r.server.Busy() {
		t.Error("nothing tells that the node panicked")
	}
	r.start(1)
	if r.server.Busy() {
		t.Error("a server that was started anew is still in the middle of a step")
	}
}
