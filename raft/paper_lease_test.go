package raft_test

import (
	"testing"

	"raftkv/raft"
)

var leaseReads = raft.Options{CheckQuorum: true, LeaseReads: true}

// begins: whether the time of a lease begins with the last step.
func (s *subject) begins(want bool) {
	s.t.Helper()
	if got := s.out.Begin.Has(raft.LeaseTimer); got != want {
		s.t.Errorf("the time of a lease begins: %v, want %v", got, want)
	}
}

func (s *subject) hasLease(want bool) {
	s.t.Helper()
	if s.HasLease() != want {
		s.t.Errorf("has a lease: %v, want %v", s.HasLease(), want)
	}
}

// leaseholder returns the settled leader of three with a lease.
func leaseholder(t *testing.T) *subject {
	t.Helper()
	s := settledLeader(t, leaseReads)
	s.timesOut(raft.HeartbeatTimer)
	s.receives("n2->n1 AppendEntriesResponse term=1 prev=1 round=1 accepted match=1:1")
	s.hasLease(true)
	return s
}

// The thesis, 6.4.1: a round of heartbeats that a majority answers brings a lease. Its time begins when
// the round is sent.
func TestLease_6_4_1_IsBroughtByARound(t *testing.T) {
	s := settledLeader(t, leaseReads)
	s.hasLease(false)
	s.timesOut(raft.HeartbeatTimer)
	s.begins(true)
	s.arms("heartbeat")
	s.owes(
		"n1->n2 AppendEntries term=1 prev=1:1 commit=1 round=1 entries=[]",
		"n1->n3 AppendEntries term=1 prev=1:1 commit=1 round=1 entries=[]",
	)
	s.hasLease(false)
	s.receives("n2->n1 AppendEntriesResponse term=1 prev=1 round=1 accepted match=1:1")
	s.begins(false)
	s.arms("lease")
	s.hasLease(true)
	s.receives("n3->n1 AppendEntriesResponse term=1 prev=1 round=1 accepted match=1:1")
	s.doesNothing()
}

// While it lasts reads are answered at once, from what is committed by then.
func TestLease_6_4_1_AnswersReadsAtOnce(t *testing.T) {
	s := leaseholder(t)
	s.reads()
	s.owes()
	s.arms("")
	s.answers(1, 1)
	s.proposes("x")
	s.persists()
	s.receives("n2->n1 AppendEntriesResponse term=1 prev=1 accepted match=2:1")
	s.reads()
	s.answers(2, 2)
	s.timesOut(raft.LeaseTimer)
	s.hasLease(false)
	s.reads()
	s.answers(0, 0)
	s.owes(
		"n1->n2 AppendEntries term=1 prev=2:1 commit=2 round=2 entries=[]",
		"n1->n3 AppendEntries term=1 prev=1:1 commit=2 round=2 entries=[]",
	)
}

// A round that is begun for reads brings one as well; reads that wait for it are answered before by a
// lease that comes meanwhile.
func TestLease_6_4_1_IsBroughtByTheRoundOfARead(t *testing.T) {
	s := settledLeader(t, leaseReads)
	s.reads()
	s.begins(true)
	s.reads()
	s.begins(false)
	s.receives("n2->n1 AppendEntriesResponse term=1 prev=1 round=1 accepted match=1:1")
	s.arms("lease")
	s.answers(1, 1)
	s.reads() // its timer has not run out: this one is answered, and the one that waited
	s.answers(3, 1)
	s.receives("n2->n1 AppendEntriesResponse term=1 prev=1 round=2 accepted match=1:1")
	s.answers(0, 0)
}

// A step that brings a lease can begin the round of the next: what it arms counts from before, and what
// it begins is for later. (A caller who mixed them up would let a late answer bring a fresh lease.)
func TestLease_6_4_1_OneStepArmsOneLeaseAndBeginsAnother(t *testing.T) {
	s := settledLeader(t, leaseReads)
	s.reads()
	s.reads()
	s.receives("n2->n1 AppendEntriesResponse term=1 prev=1 round=1 accepted match=1:1")
	s.arms("lease")
	s.begins(true)
	s.answers(1, 1)
	s.owes(
		"n1->n2 AppendEntries term=1 prev=1:1 commit=1 round=2 entries=[]",
		"n1->n3 AppendEntries term=1 prev=1:1 commit=1 round=2 entries=[]",
	)
	s.receives("n2->n1 AppendEntriesResponse term=1 prev=1 round=2 accepted match=1:1")
	s.arms("lease")
	s.begins(false)
	s.answers(2, 1)
}

// While a round is open no other begins, and its time not anew: what is confirmed is its first sending.
func TestLease_6_4_1_AHeartbeatThatRepeatsARoundBeginsNothing(t *testing.T) {
	s := settledLeader(t, leaseReads)
	s.timesOut(raft.HeartbeatTimer)
	s.timesOut(raft.HeartbeatTimer)
	s.begins(false)
	s.owes(
		"n1->n2 AppendEntries term=1 prev=1:1 commit=1 round=1 entries=[]",
		"n1->n3 AppendEntries term=1 prev=1:1 commit=1 round=1 entries=[]",
	)
}

// A leader alone needs no lease: its own word is a majority's.
func TestLease_6_4_1_AloneNeedNone(t *testing.T) {
	s := startWith(t, 1, leaseReads, raft.Durable{})
	s.timesOut(raft.ElectionTimer)
	s.persists()
	s.persists()
	s.timesOut(raft.HeartbeatTimer)
	s.begins(false)
	s.arms("heartbeat")
	s.reads()
	s.answers(1, 1)
	s.begins(false)
	s.hasLease(false)
}

// No lease before the first commit of the reign: the leader does not know what is committed.
func TestLease_6_4_1_NeedsACommitOfTheReign(t *testing.T) {
	s := leaderWith(t, leaseReads, 2, 1)
	s.timesOut(raft.HeartbeatTimer)
	s.begins(false)
	s.owes(
		"n1->n2 AppendEntries term=2 prev=1:1 commit=0 entries=[2:2 noop]",
		"n1->n3 AppendEntries term=2 prev=1:1 commit=0 entries=[2:2 noop]",
	)
}

// It ends with the reign, and the next begins without.
func TestLease_6_4_1_EndsWithTheReign(t *testing.T) {
	s := leaseholder(t)
	s.receives("n3->n1 AppendEntriesResponse term=2 prev=1 refused")
	s.hasLease(false)
	s.reads()
	s.refuses(raft.NotLeader)
	s.timesOut(raft.ElectionTimer)
	s.persists()
	s.receives("n2->n1 RequestVoteResponse term=3 granted")
	s.hasLease(false)
	s.persists()
	s.receives("n2->n1 AppendEntriesResponse term=3 prev=1 accepted match=2:3")
	s.hasLease(false)
	s.receives("n2->n1 AppendEntriesResponse term=1 prev=1 round=1 accepted match=1:1")
	s.hasLease(false)
	s.timesOut(raft.HeartbeatTimer)
	s.receives("n2->n1 AppendEntriesResponse term=3 prev=2 round=1 accepted match=2:3")
	s.hasLease(true)
}

// A leader that hands over has told another to depose it, at any time and however loyal the others are:
// no lease outlives that, not one that a round on its way would bring, nor one after the transfer was
// given up.
func TestLease_6_4_1_EndsWhenTheLeaderHandsOver(t *testing.T) {
	s := leaseholder(t)
	s.timesOut(raft.HeartbeatTimer)
	s.handsOverTo(2)
	s.hasLease(false)
	s.receives("n3->n1 AppendEntriesResponse term=1 prev=1 round=2 accepted match=1:1")
	s.hasLease(false)
	s.arms("")
	s.timesOut(raft.TransferTimer)
	s.timesOut(raft.HeartbeatTimer)
	s.begins(false)
	s.receives("n3->n1 AppendEntriesResponse term=1 prev=1 round=3 accepted match=1:1")
	s.hasLease(false)
	s.reads()
	s.answers(0, 0)
	s.receives("n3->n1 AppendEntriesResponse term=1 prev=1 round=4 accepted match=1:1")
	s.answers(1, 1)
}

// As long as the other has not been told it lasts: a transfer to who is behind costs no lease.
func TestLease_6_4_1_LastsUntilTheOtherIsTold(t *testing.T) {
	s := leaseholder(t)
	s.proposes("x")
	s.handsOverTo(3)
	s.hasLease(true)
	s.reads()
	s.answers(1, 1)
	s.receives("n3->n1 AppendEntriesResponse term=1 prev=1 accepted match=2:1")
	s.hasLease(false)
}

func TestLease_6_4_1_IsForWhoAsksForIt(t *testing.T) {
	s := settledLeader(t, checkQuorum)
	s.reads()
	s.begins(false)
	s.receives("n2->n1 AppendEntriesResponse term=1 prev=1 round=1 accepted match=1:1")
	s.arms("")
	s.hasLease(false)
}
