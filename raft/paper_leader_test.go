package raft_test

import (
	"testing"

	"raftkv/raft"
)

// Figure 2, Leaders: upon election, AppendEntries to each server (§5.2). The first carries an entry
// that does nothing, with which earlier entries are committed (§8).
func TestLeaders_BeginTheirReignWithANoOp(t *testing.T) {
	s := leaderIn(t, 2, 1, 1)
	s.is("leader term=2 vote=n1 leader=n1 commit=0")
	s.hasLog("1 1 2")
	s.writes("3:2 noop")
	s.arms("heartbeat")
	s.owes(
		"n1->n2 AppendEntries term=2 prev=2:1 commit=0 entries=[3:2 noop]",
		"n1->n3 AppendEntries term=2 prev=2:1 commit=0 entries=[3:2 noop]",
	)
}

// Figure 2, Leaders: repeat during idle periods (§5.2). What is not confirmed goes along.
func TestLeaders_SendHeartbeats(t *testing.T) {
	s := leaderIn(t, 2, 1)
	s.receives("n2->n1 AppendEntriesResponse term=2 prev=1 accepted match=2:2")
	s.timesOut(raft.HeartbeatTimer)
	s.arms("heartbeat")
	s.owes(
		"n1->n2 AppendEntries term=2 prev=2:2 commit=0 entries=[]",
		"n1->n3 AppendEntries term=2 prev=1:1 commit=0 entries=[2:2 noop]",
	)
}

// A leader sends to itself nothing, and waits for nobody.
func TestLeaders_HaveNoElectionTimeout(t *testing.T) {
	s := leaderIn(t, 2)
	s.timesOut(raft.ElectionTimer)
	s.doesNothing()
	s.is("leader term=2 vote=n1 leader=n1 commit=0")
}

// Figure 2, Leaders: a command from a client enters the log, and goes out (§5.3).
func TestLeaders_AppendCommands(t *testing.T) {
	s := leaderIn(t, 2, 1)
	s.receives("n2->n1 AppendEntriesResponse term=2 prev=1 accepted match=2:2")
	s.proposes("x")
	s.writes("3:2 x")
	s.owes("n1->n2 AppendEntries term=2 prev=2:2 commit=0 entries=[3:2 x]")
	if want := (raft.LogState{Index: 3, Term: 2}); s.out.Proposed != want || s.out.Refusal != 0 {
		t.Errorf("proposed %v, refusal %v, want %v", s.out.Proposed, s.out.Refusal, want)
	}
	// To n3, who has not answered yet, it goes when that is done, with what went before it.
	s.receives("n3->n1 AppendEntriesResponse term=2 prev=1 refused conflict=1:0")
	s.owes("n1->n3 AppendEntries term=2 prev=0:0 commit=0 entries=[1:1, 2:2 noop, 3:2 x]")
}

func TestLeaders_AloneTakeCommands(t *testing.T) {
	for _, s := range []*subject{followerIn(t, 2, 1), candidateIn(t, 2, 1)} {
		s.proposes("x")
		s.doesNothing()
		s.hasLog("1")
		if s.out.Refusal != raft.NotLeader || s.out.Proposed != (raft.LogState{}) {
			t.Errorf("refusal %v, proposed %v", s.out.Refusal, s.out.Proposed)
		}
	}
}

// Figure 2, Leaders: answer a client after its entry is applied (§5.3), so when it is committed.
func TestLeaders_ApplyWhenCommitted(t *testing.T) {
	s := leaderIn(t, 2)
	s.proposes("x")
	s.appliesThrough(0)
	s.persists()
	s.appliesThrough(0)
	s.receives("n3->n1 AppendEntriesResponse term=2 prev=0 accepted match=2:2")
	s.appliesThrough(2)
}

// Figure 2, Leaders: last log index >= nextIndex means that there is something to send (§5.3), no
// more than a batch, and what is under way already is not sent again before the next heartbeat.
func TestLeaders_SendABatchAtATime(t *testing.T) {
	lead := leaderInBatchesOf(t, 2)
	lead.owes("n1->n2 AppendEntries term=1 prev=0:0 commit=0 entries=[1:1 noop]")
	for _, command := range []string{"x", "y", "z"} {
		lead.proposes(command)
		lead.owes()
	}
	lead.timesOut(raft.HeartbeatTimer)
	lead.owes("n1->n2 AppendEntries term=1 prev=0:0 commit=0 entries=[1:1 noop, 2:1 x]")
	lead.receives("n2->n1 AppendEntriesResponse term=1 prev=0 accepted match=1:1")
	lead.owes(
		"n1->n2 AppendEntries term=1 prev=1:1 commit=0 entries=[2:1 x, 3:1 y]",
		"n1->n2 AppendEntries term=1 prev=2:1 commit=0 entries=[3:1 y, 4:1 z]", // y once more
	)
	lead.receives("n2->n1 AppendEntriesResponse term=1 prev=0 accepted match=2:1")
	lead.owes()
}

// leaderInBatchesOf returns n1 as the leader of n1 and n2 in term 1, with nothing synced.
func leaderInBatchesOf(t *testing.T, batch int) *subject {
	t.Helper()
	s := subject{server: &server{}, t: t}
	s.start(1, raft.Membership{Voters: raft.Servers(2)}, raft.Options{BatchMax: batch})
	s.timesOut(raft.ElectionTimer)
	s.persists()
	s.receives("n2->n1 RequestVoteResponse term=1 granted")
	return &s
}

// Figure 2, Leaders: if AppendEntries fails because of log inconsistency, decrement nextIndex and
// retry (§5.3): past a whole term at a time.
func TestLeaders_GoBackATermAtATime(t *testing.T) {
	for _, c := range []struct{ name, refusal, retry string }{
		{"a log too short", "conflict=3:0",
			"prev=2:2 commit=0 entries=[3:2, 4:5, 5:5, 6:5, 7:6 noop]"},
		{"an empty log", "conflict=1:0",
			"prev=0:0 commit=0 entries=[1:1, 2:2, 3:2, 4:5, 5:5, 6:5, 7:6 noop]"},
		{"a term that the leader has", "conflict=2:2",
			"prev=3:2 commit=0 entries=[4:5, 5:5, 6:5, 7:6 noop]"},
		{"a term that the leader has, begun later", "conflict=5:2",
			"prev=3:2 commit=0 entries=[4:5, 5:5, 6:5, 7:6 noop]"},
		{"a term that the leader has not", "conflict=3:3",
			"prev=2:2 commit=0 entries=[3:2, 4:5, 5:5, 6:5, 7:6 noop]"},
		{"a term between", "conflict=5:4", "prev=4:5 commit=0 entries=[5:5, 6:5, 7:6 noop]"},
		{"a hint that leads forward", "conflict=9:0", "prev=5:5 commit=0 entries=[6:5, 7:6 noop]"},
		{"a term that leads forward", "conflict=6:5", "prev=5:5 commit=0 entries=[6:5, 7:6 noop]"},
		{"the first entry", "conflict=1:4",
			"prev=0:0 commit=0 entries=[1:1, 2:2, 3:2, 4:5, 5:5, 6:5, 7:6 noop]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := leaderIn(t, 6, 1, 2, 2, 5, 5, 5)
			s.receives("n2->n1 AppendEntriesResponse term=6 prev=6 refused " + c.refusal)
			s.owes("n1->n2 AppendEntries term=6 " + c.retry)
		})
	}
}

// §5.3: nextIndex has moved since: the retry is under way, or more than that.
func TestLeaders_IgnoreARefusalThatCameBefore(t *testing.T) {
	s := leaderIn(t, 3, 1, 1, 2)
	s.receives("n2->n1 AppendEntriesResponse term=3 prev=3 refused conflict=2:0")
	s.owes("n1->n2 AppendEntries term=3 prev=1:1 commit=0 entries=[2:1, 3:2, 4:3 noop]")
	s.receives("n2->n1 AppendEntriesResponse term=3 prev=3 refused conflict=2:0")
	s.doesNothing()
	s.receives("n2->n1 AppendEntriesResponse term=3 prev=1 accepted match=4:3")
	s.receives("n2->n1 AppendEntriesResponse term=3 prev=1 refused conflict=1:0")
	s.doesNothing()
	s.timesOut(raft.HeartbeatTimer)
	s.owes(
		"n1->n2 AppendEntries term=3 prev=4:3 commit=0 entries=[]",
		"n1->n3 AppendEntries term=3 prev=3:2 commit=0 entries=[4:3 noop]",
	)
}

// Such a refusal can even name the request before the one that nextIndex has come to: a copy of it
// comes when the follower has caught up to there. What was attested since says more.
func TestLeaders_IgnoreARefusalOfWhatIsAttestedSince(t *testing.T) {
	s := leaderIn(t, 3, 1, 1, 2)
	s.receives("n2->n1 AppendEntriesResponse term=3 prev=3 refused conflict=2:0")
	s.receives("n2->n1 AppendEntriesResponse term=3 prev=1 accepted match=3:2")
	s.receives("n2->n1 AppendEntriesResponse term=3 prev=3 refused conflict=2:0")
	s.doesNothing()
}

// However far back a refusal leads, it does not lead behind what is attested, nor does an
// attestation of less lead back from where nextIndex is.
func TestLeaders_NeverGoBackBehindWhatIsAttested(t *testing.T) {
	s := leaderIn(t, 3, 1, 1, 2)
	s.receives("n2->n1 AppendEntriesResponse term=3 prev=0 accepted match=2:1")
	s.timesOut(raft.HeartbeatTimer)
	s.owes(
		"n1->n2 AppendEntries term=3 prev=3:2 commit=0 entries=[4:3 noop]",
		"n1->n3 AppendEntries term=3 prev=3:2 commit=0 entries=[4:3 noop]",
	)
	s.receives("n2->n1 AppendEntriesResponse term=3 prev=3 refused conflict=1:0")
	s.owes("n1->n2 AppendEntries term=3 prev=2:1 commit=0 entries=[3:2, 4:3 noop]")
}

// In batches of one: n1 goes back and sends the entries again, one by one. A copy of its first
// request is accepted before that, so n2 attests an entry that n1 believes it has still to send.
func TestLeaders_LearnThatAnEntryArrivedWithAnEarlierRequest(t *testing.T) {
	s := leaderInBatchesOf(t, 1)
	s.receives("n2->n1 AppendEntriesResponse term=1 prev=0 accepted match=1:1")
	s.proposes("x")
	s.proposes("y")
	s.receives("n2->n1 AppendEntriesResponse term=1 prev=1 accepted match=3:1")
	s.doesNothing()
	s.proposes("z")
	s.owes("n1->n2 AppendEntries term=1 prev=3:1 commit=0 entries=[4:1 z]")
}

// A refusal of an earlier reign's request has the term of this one if its receiver has learned it
// meanwhile. It tells of that term, and nothing of the log.
func TestLeaders_IgnoreARefusalOfAnEarlierReign(t *testing.T) {
	s := leaderIn(t, 3, 1, 2)
	s.receives("n2->n1 AppendEntriesResponse term=3 prev=2 refused")
	s.doesNothing()
	s.timesOut(raft.HeartbeatTimer)
	s.owes(
		"n1->n2 AppendEntries term=3 prev=2:2 commit=0 entries=[3:3 noop]",
		"n1->n3 AppendEntries term=3 prev=2:2 commit=0 entries=[3:3 noop]",
	)
}

// A response of an earlier term answers nothing that is still asked.
func TestLeaders_IgnoreResponsesOfAnEarlierTerm(t *testing.T) {
	s := leaderIn(t, 3, 1, 2)
	s.persists()
	s.receives("n2->n1 AppendEntriesResponse term=2 prev=1 accepted match=3:3")
	s.doesNothing()
	s.receives("n2->n1 AppendEntriesResponse term=2 prev=2 refused conflict=1:1")
	s.doesNothing()
}

// Only an entry of that term at that index counts: an index alone may be another entry's.
func TestLeaders_IgnoreAnAttestationOfAnotherLog(t *testing.T) {
	s := leaderIn(t, 3, 1, 2)
	s.persists()
	s.receives("n2->n1 AppendEntriesResponse term=3 prev=1 accepted match=3:2")
	s.doesNothing()
	s.receives("n2->n1 AppendEntriesResponse term=3 prev=1 accepted match=9:3")
	s.doesNothing()
}

// Responses come late and twice. What a server once attested stays.
func TestLeaders_IgnoreAnAttestationOfLess(t *testing.T) {
	s := leaderIn(t, 2, 1)
	s.receives("n2->n1 AppendEntriesResponse term=2 prev=1 accepted match=2:2")
	s.receives("n2->n1 AppendEntriesResponse term=2 prev=0 accepted match=1:1")
	s.doesNothing()
	s.persists()
	s.appliesThrough(2)
}

// Figure 2, Leaders: N > commitIndex, a majority of matchIndex >= N, and log[N].term == currentTerm
// (§5.3, §5.4.2): commitIndex = N. It is told at once to the followers that hold it, and to others
// as soon as they do.
func TestLeaders_CommitWhatAMajorityHolds(t *testing.T) {
	s := startOf(t, 5, raft.Durable{})
	s.timesOut(raft.ElectionTimer)
	s.persists()
	s.receives("n2->n1 RequestVoteResponse term=1 granted")
	s.receives("n3->n1 RequestVoteResponse term=1 granted")
	s.persists()
	s.receives("n2->n1 AppendEntriesResponse term=1 prev=0 accepted match=1:1")
	s.receives("n2->n1 AppendEntriesResponse term=1 prev=0 accepted match=1:1")
	s.doesNothing()
	s.receives("n3->n1 AppendEntriesResponse term=1 prev=0 accepted match=1:1")
	s.appliesThrough(1)
	s.owes(
		"n1->n2 AppendEntries term=1 prev=1:1 commit=1 entries=[]",
		"n1->n3 AppendEntries term=1 prev=1:1 commit=1 entries=[]",
	)
	s.receives("n4->n1 AppendEntriesResponse term=1 prev=0 accepted match=1:1")
	s.owes("n1->n4 AppendEntries term=1 prev=1:1 commit=1 entries=[]")
	s.receives("n4->n1 AppendEntriesResponse term=1 prev=1 accepted match=1:1")
	s.doesNothing()
}

// §5.4.2: entries of earlier terms are never committed by counting (Figure 8); they are when one of
// the current term is. So the rule looks at the index that a majority holds, and stops at none
// below.
func TestLeaders_CommitEntriesOfEarlierTermsOnlyWithOneOfTheirOwn(t *testing.T) {
	s := leaderIn(t, 4, 1, 2)
	s.persists()
	s.receives("n2->n1 AppendEntriesResponse term=4 prev=1 accepted match=2:2")
	s.appliesThrough(0)
	s.receives("n3->n1 AppendEntriesResponse term=4 prev=1 accepted match=2:2")
	s.appliesThrough(0)
	s.is("leader term=4 vote=n1 leader=n1 commit=0")
	s.receives("n3->n1 AppendEntriesResponse term=4 prev=2 accepted match=3:4")
	s.appliesThrough(3)
}

// A new leader does not know what is committed before its first entry is; nor does it forget.
func TestLeaders_KeepTheCommitIndexTheyHadAsFollowers(t *testing.T) {
	s := followerIn(t, 1, 1, 1)
	s.receives("n2->n1 AppendEntries term=1 prev=1:1 commit=1 entries=[]")
	s.timesOut(raft.ElectionTimer)
	s.persists()
	s.receives("n3->n1 RequestVoteResponse term=2 granted")
	s.is("leader term=2 vote=n1 leader=n1 commit=1")
	s.owes(
		"n1->n2 AppendEntries term=2 prev=2:1 commit=1 entries=[3:2 noop]",
		"n1->n3 AppendEntries term=2 prev=2:1 commit=1 entries=[3:2 noop]",
	)
}

// Two leaders of a term cannot be (§5.2). If they are, because one of them lost a vote with its disk,
// neither lets the other rewrite its log (§5.3, Leader Append-Only).
func TestLeaders_KeepTheirLogAgainstAnotherOfTheirTerm(t *testing.T) {
	s := leaderIn(t, 2, 1)
	s.receives("n3->n1 AppendEntries term=2 prev=1:1 commit=0 entries=[2:2 y]")
	s.sends()
}
