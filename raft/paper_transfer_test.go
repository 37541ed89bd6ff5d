package raft_test

import (
	"testing"

	"raftkv/raft"
)

// The thesis, 3.10: leadership is handed over in three steps: take nothing more, let the other catch
// up, tell it to stand for election at once.

func TestTransfer_3_10_ALeaderTakesNothingMore(t *testing.T) {
	s := settledLeader(t, raft.Options{})
	s.proposes("x")
	s.handsOverTo(2)
	s.refuses(0)
	s.arms("transfer")
	s.owes() // n2 has not got x
	s.proposes("y")
	s.refuses(raft.Transferring)
	s.hasLog("1 1")
	if s.Transferee() != 2 {
		t.Errorf("hands over to %v, want n2", s.Transferee())
	}
}

func TestTransfer_3_10_WaitsUntilTheOtherHasTheWholeLog(t *testing.T) {
	s := settledLeader(t, raft.Options{})
	s.proposes("x")
	s.handsOverTo(2)
	s.receives("n3->n1 AppendEntriesResponse term=1 prev=1 accepted match=2:1")
	s.owes()
	s.receives("n2->n1 AppendEntriesResponse term=1 prev=1 accepted match=1:1")
	s.owes()
	s.receives("n2->n1 AppendEntriesResponse term=1 prev=1 accepted match=2:1")
	s.sends(
		"n1->n2 AppendEntries term=1 prev=2:1 commit=2 entries=[]",
		"n1->n3 AppendEntries term=1 prev=2:1 commit=2 entries=[]",
		"n1->n2 TimeoutNow term=1",
	)
}

// It need not wait for who has it all. The word may be lost: it is said again with each answer.
func TestTransfer_3_10_TellsTheOtherAtOnceAndAgain(t *testing.T) {
	s := settledLeader(t, raft.Options{})
	s.handsOverTo(3)
	s.sends("n1->n3 TimeoutNow term=1")
	s.receives("n3->n1 AppendEntriesResponse term=1 prev=1 accepted match=1:1")
	s.sends("n1->n3 TimeoutNow term=1")
	s.receives("n2->n1 AppendEntriesResponse term=1 prev=1 accepted match=1:1")
	s.sends()
	s.is("leader term=1 vote=n1 leader=n1 commit=1")
}

// An election timeout later the leader goes on as before.
func TestTransfer_3_10_IsGivenUpAfterAnElectionTimeout(t *testing.T) {
	s := settledLeader(t, raft.Options{})
	s.handsOverTo(2)
	s.timesOut(raft.TransferTimer)
	s.doesNothing()
	s.receives("n2->n1 AppendEntriesResponse term=1 prev=1 accepted match=1:1")
	s.doesNothing()
	s.proposes("x")
	s.refuses(0)
	s.hasLog("1 1")
}

func TestTransfer_3_10_EndsWithTheReign(t *testing.T) {
	s := settledLeader(t, raft.Options{})
	s.handsOverTo(2)
	s.receives("n3->n1 AppendEntriesResponse term=2 prev=1 refused")
	if s.Transferee() != raft.None {
		t.Errorf("a follower hands over to %v", s.Transferee())
	}
	s.proposes("x")
	s.refuses(raft.NotLeader)
}

// Asked again, for the same or for another, it does not wait longer.
func TestTransfer_3_10_TheLastRequestCounts(t *testing.T) {
	s := settledLeader(t, raft.Options{})
	s.proposes("x")
	s.handsOverTo(2)
	s.handsOverTo(2)
	s.doesNothing()
	s.refuses(0)
	s.handsOverTo(3)
	s.doesNothing()
	s.receives("n2->n1 AppendEntriesResponse term=1 prev=1 accepted match=2:1")
	s.sends()
	s.receives("n3->n1 AppendEntriesResponse term=1 prev=1 accepted match=2:1")
	if last := s.left[len(s.left)-1]; last.Type != raft.TimeoutNow || last.To != 3 {
		t.Errorf("the last message is %s, want a TimeoutNow to n3", messageText(last))
	}
}

func TestTransfer_3_10_IsRefused(t *testing.T) {
	for _, s := range []*subject{followerIn(t, 2, 1), candidateIn(t, 2, 1), preCandidateIn(t, 2, 1)} {
		s.handsOverTo(2)
		s.doesNothing()
		s.refuses(raft.NotLeader)
	}
	s := settledLeader(t, raft.Options{})
	for _, target := range []raft.ServerID{raft.None, 1, 4, raft.MaxServers} {
		s.handsOverTo(target)
		s.doesNothing()
		s.refuses(raft.NoSuccessor)
	}
	s.proposes("x")
	s.refuses(0)
}

// The other stands for election at once, without a pre-vote, and however loyal it is.
func TestTransfer_3_10_TheOtherStandsAtOnce(t *testing.T) {
	o := raft.Options{PreVote: true, CheckQuorum: true}
	s := followerWith(t, o, 3, 1)
	s.receives("n2->n1 AppendEntries term=3 prev=1:1 commit=0 entries=[]")
	s.receives("n2->n1 TimeoutNow term=3")
	s.is("candidate term=4 vote=n1 leader=none commit=0")
	s.writes("term=4 vote=n1")
	s.arms("election anew")
	s.owes(
		"n1->n2 RequestVote term=4 last=1:1 transfer",
		"n1->n3 RequestVote term=4 last=1:1 transfer",
	)
	// Its second attempt is like any other's.
	s.timesOut(raft.ElectionTimer)
	s.owes("n1->n2 PreVote term=5 last=1:1", "n1->n3 PreVote term=5 last=1:1")
}

// It is a word of the leader of the term. Who is about to stand for election anyway stands at once, and
// without asking; who leads itself, or is in a later term, or does not vote, does not listen.
func TestTransfer_3_10_WhoDoesNotLeadStands(t *testing.T) {
	for _, s := range []*subject{
		followerIn(t, 3, 1), candidateIn(t, 3, 1), preCandidateIn(t, 3, 1),
	} {
		s.receives("n2->n1 TimeoutNow term=3")
		s.is("candidate term=4 vote=n1 leader=none commit=0")
		s.owes(
			"n1->n2 RequestVote term=4 last=1:1 transfer",
			"n1->n3 RequestVote term=4 last=1:1 transfer",
		)
		s.receives("n2->n1 TimeoutNow term=3") // a copy
		s.doesNothing()
	}
	behind := followerIn(t, 3, 1)
	behind.receives("n2->n1 TimeoutNow term=5")
	behind.is("candidate term=6 vote=n1 leader=none commit=0")
	behind.writes("term=6 vote=n1")

	leader := leaderIn(t, 3, 1)
	leader.receives("n2->n1 TimeoutNow term=3")
	leader.doesNothing()
	late := followerIn(t, 3, 1)
	late.receives("n2->n1 TimeoutNow term=2")
	late.doesNothing()
	stranger := &subject{server: &server{}, t: t}
	stranger.start(3, raft.Membership{Voters: raft.SetOf(1, 2)}, raft.Options{})
	stranger.receives("n1->n3 TimeoutNow term=0")
	stranger.doesNothing()
}

// The others vote although they are loyal (§4.2.3): the leader itself wants it. The log and the vote
// count as ever.
func TestTransfer_3_10_LoyaltyIsNoReasonToRefuse(t *testing.T) {
	for _, c := range []struct{ request, want string }{
		{"term=4 last=1:1 transfer", "term=4 granted"},
		{"term=4 last=0:0 transfer", "term=4 refused"},
		{"term=2 last=1:1 transfer", "term=3 refused"},
		{"term=4 last=1:1", "term=3 refused"},
	} {
		s := followerWith(t, checkQuorum, 3, 1)
		s.receives("n3->n1 AppendEntries term=3 prev=1:1 commit=0 entries=[]")
		s.receives("n2->n1 RequestVote " + c.request)
		s.owes("n1->n2 RequestVoteResponse " + c.want)
	}
	leader := leaderWith(t, checkQuorum, 3, 1)
	leader.receives("n2->n1 RequestVote term=4 last=2:3 transfer")
	leader.owes("n1->n2 RequestVoteResponse term=4 granted")
	voted := startWith(t, 3, checkQuorum, raft.Durable{
		HardState: raft.HardState{CurrentTerm: 3, VotedFor: 3},
	})
	voted.receives("n2->n1 RequestVote term=3 last=9:2 transfer")
	voted.owes("n1->n2 RequestVoteResponse term=3 refused")
}
