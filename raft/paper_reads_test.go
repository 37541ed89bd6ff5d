package raft_test

import (
	"testing"

	"raftkv/raft"
)

// The thesis, 6.4: reads without an entry in the log. Step 1: no read before the leader has committed
// an entry of its own term.
func TestReads_6_4_WaitForTheFirstCommitOfTheReign(t *testing.T) {
	s := leaderIn(t, 2, 1, 1)
	s.persists()
	s.reads()
	s.owes()
	s.answers(0, 0)
	if s.out.Reading != 1 || s.out.Refusal != 0 {
		t.Errorf("reading %d, refusal %v, want read 1", s.out.Reading, s.out.Refusal)
	}
	s.receives("n2->n1 AppendEntriesResponse term=2 prev=2 refused conflict=2:0")
	s.answers(0, 0)
	s.receives("n2->n1 AppendEntriesResponse term=2 prev=1 accepted match=2:1")
	s.answers(0, 0) // an entry of an earlier term
	s.receives("n2->n1 AppendEntriesResponse term=2 prev=2 accepted match=3:2")
	s.answers(0, 0)
	s.owes(
		"n1->n2 AppendEntries term=2 prev=3:2 commit=3 round=1 entries=[]",
		"n1->n3 AppendEntries term=2 prev=0:0 commit=3 round=1 entries=[]",
	)
	s.receives("n2->n1 AppendEntriesResponse term=2 prev=3 round=1 accepted match=3:2")
	s.answers(1, 3)
}

// Steps 2 and 3: the leader notes its commitIndex, then a round of heartbeats confirms that it leads.
// What is committed in between the read need not see.
func TestReads_6_4_SeeWhatWasCommittedWhenTheRoundBegan(t *testing.T) {
	s := settledLeader(t, raft.Options{})
	s.reads()
	s.owes(
		"n1->n2 AppendEntries term=1 prev=1:1 commit=1 round=1 entries=[]",
		"n1->n3 AppendEntries term=1 prev=1:1 commit=1 round=1 entries=[]",
	)
	s.arms("")
	s.proposes("x")
	s.persists()
	s.receives("n3->n1 AppendEntriesResponse term=1 prev=1 accepted match=2:1")
	s.appliesThrough(2)
	s.answers(0, 0)
	s.receives("n2->n1 AppendEntriesResponse term=1 prev=1 round=1 accepted match=1:1")
	s.answers(1, 1)
	s.receives("n3->n1 AppendEntriesResponse term=1 prev=1 round=1 accepted match=1:1")
	s.answers(0, 0)
}

// Whatever goes to a follower after the round has begun says so, and any answer of the term confirms
// it: also one that refuses for the log, which recognises the leader.
func TestReads_6_4_AnyAnswerToTheRoundConfirmsIt(t *testing.T) {
	for _, answer := range []string{
		"n3->n1 AppendEntriesResponse term=1 prev=1 round=1 accepted match=2:1",
		"n3->n1 AppendEntriesResponse term=1 prev=1 round=1 accepted match=1:1",
		"n3->n1 AppendEntriesResponse term=1 prev=1 round=1 refused conflict=1:0",
	} {
		s := settledLeader(t, raft.Options{})
		s.reads()
		s.proposes("x")
		s.owes(
			"n1->n2 AppendEntries term=1 prev=1:1 commit=1 round=1 entries=[2:1 x]",
			"n1->n3 AppendEntries term=1 prev=1:1 commit=1 round=1 entries=[2:1 x]",
		)
		s.receives(answer)
		s.answers(1, 1)
	}
}

// A follower repeats the round in its answer, whatever it answers, but for a stale term.
func TestReads_6_4_AFollowerRepeatsTheRound(t *testing.T) {
	for _, c := range []struct{ request, want string }{
		{"term=3 prev=1:1 commit=0 round=7 entries=[]", "term=3 prev=1 round=7 accepted match=1:1"},
		{"term=3 prev=9:3 commit=0 round=7 entries=[]", "term=3 prev=9 round=7 refused conflict=2:0"},
		{"term=2 prev=1:1 commit=0 round=7 entries=[]", "term=3 prev=1 refused"},
	} {
		s := followerIn(t, 3, 1)
		s.receives("n2->n1 AppendEntries " + c.request)
		s.sends("n1->n2 AppendEntriesResponse " + c.want)
	}
}

// A majority of servers, and the leader is one of them.
func TestReads_6_4_ARoundCountsServersNotAnswers(t *testing.T) {
	s := startOf(t, 5, raft.Durable{})
	s.timesOut(raft.ElectionTimer)
	s.persists()
	s.receives("n2->n1 RequestVoteResponse term=1 granted")
	s.receives("n3->n1 RequestVoteResponse term=1 granted")
	s.receives("n2->n1 AppendEntriesResponse term=1 prev=0 accepted match=1:1")
	s.receives("n3->n1 AppendEntriesResponse term=1 prev=0 accepted match=1:1")
	s.receives("n4->n1 AppendEntriesResponse term=1 prev=0 accepted match=1:1")
	s.reads()
	for range 3 {
		s.receives("n2->n1 AppendEntriesResponse term=1 prev=1 round=1 accepted match=1:1")
		s.answers(0, 0)
	}
	s.receives("n5->n1 AppendEntriesResponse term=1 prev=0 round=1 refused conflict=1:0")
	s.answers(1, 1)
}

// A read that comes when a round is on its way waits for the next: the answers to this one may have
// left before it came.
func TestReads_6_4_ARoundCoversOnlyWhatWaitedForIt(t *testing.T) {
	s := settledLeader(t, raft.Options{})
	s.reads()
	s.reads()
	s.owes()
	s.reads()
	s.receives("n2->n1 AppendEntriesResponse term=1 prev=1 round=1 accepted match=1:1")
	s.answers(1, 1)
	s.owes(
		"n1->n2 AppendEntries term=1 prev=1:1 commit=1 round=2 entries=[]",
		"n1->n3 AppendEntries term=1 prev=1:1 commit=1 round=2 entries=[]",
	)
	s.receives("n3->n1 AppendEntriesResponse term=1 prev=1 round=1 accepted match=1:1")
	s.answers(0, 0)
	s.receives("n3->n1 AppendEntriesResponse term=1 prev=1 round=2 accepted match=1:1")
	s.answers(3, 1)
	s.owes()
}

// Messages are lost: each heartbeat asks for the open round again. It begins none of its own.
func TestReads_6_4_AHeartbeatRepeatsTheRound(t *testing.T) {
	s := settledLeader(t, raft.Options{})
	s.timesOut(raft.HeartbeatTimer)
	s.owes(
		"n1->n2 AppendEntries term=1 prev=1:1 commit=1 entries=[]",
		"n1->n3 AppendEntries term=1 prev=1:1 commit=1 entries=[]",
	)
	s.reads()
	s.timesOut(raft.HeartbeatTimer)
	s.owes(
		"n1->n2 AppendEntries term=1 prev=1:1 commit=1 round=1 entries=[]",
		"n1->n3 AppendEntries term=1 prev=1:1 commit=1 round=1 entries=[]",
	)
	s.receives("n2->n1 AppendEntriesResponse term=1 prev=1 round=1 accepted match=1:1")
	s.answers(1, 1)
}

func TestReads_6_4_AreRefusedByWhoDoesNotLead(t *testing.T) {
	for _, s := range []*subject{followerIn(t, 2, 1), candidateIn(t, 2, 1), preCandidateIn(t, 2, 1)} {
		s.reads()
		s.doesNothing()
		s.refuses(raft.NotLeader)
		if s.out.Reading != 0 {
			t.Errorf("took read %d", s.out.Reading)
		}
	}
}

// Who leads no more says that the reads which wait will never be answered; and answers them never.
func TestReads_6_4_AreDroppedWithTheReign(t *testing.T) {
	s := settledLeader(t, raft.Options{})
	s.reads()
	s.reads()
	s.receives("n3->n1 AppendEntriesResponse term=2 prev=1 refused")
	if !s.out.DropReads {
		t.Error("the reads wait for ever")
	}
	s.answers(0, 0)
	s.receives("n2->n1 AppendEntriesResponse term=2 prev=1 round=1 accepted match=1:1")
	s.answers(0, 0)
	s.receives("n3->n1 AppendEntries term=3 prev=1:1 commit=1 entries=[]")
	if s.out.DropReads {
		t.Error("reads are dropped twice")
	}
}

// Rounds are counted within a reign, reads within a life. A round of the reign before is another.
func TestReads_6_4_ANewReignBeginsItsOwnRounds(t *testing.T) {
	s := settledLeader(t, raft.Options{})
	s.reads()
	s.receives("n2->n1 AppendEntriesResponse term=1 prev=1 round=1 accepted match=1:1")
	s.receives("n3->n1 AppendEntriesResponse term=2 prev=1 refused")
	s.timesOut(raft.ElectionTimer)
	s.persists()
	s.receives("n2->n1 RequestVoteResponse term=3 granted")
	s.persists()
	s.receives("n2->n1 AppendEntriesResponse term=3 prev=1 accepted match=2:3")
	s.reads()
	s.owes(
		"n1->n2 AppendEntries term=3 prev=2:3 commit=2 round=1 entries=[]",
		"n1->n3 AppendEntries term=3 prev=0:0 commit=2 round=1 entries=[]",
	)
	s.receives("n2->n1 AppendEntriesResponse term=1 prev=1 round=1 accepted match=1:1")
	s.answers(0, 0)
	s.receives("n2->n1 AppendEntriesResponse term=3 prev=2 round=1 accepted match=2:3")
	s.answers(2, 2)
}

// A cluster of one is its own majority; but it, too, has to commit first.
func TestReads_6_4_AloneNeedNobody(t *testing.T) {
	s := startOf(t, 1, raft.Durable{})
	s.timesOut(raft.ElectionTimer)
	s.persists()
	s.reads()
	s.reads()
	s.answers(0, 0)
	s.persists()
	s.answers(2, 1)
	s.reads()
	s.answers(3, 1)
}
