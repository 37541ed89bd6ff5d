package raft_test

import (
	"testing"

	"raftkv/raft"
)

// The thesis, 9.6: a server asks whether it could win before it begins a term.

func TestPreVote_9_6_AsksBeforeATermBegins(t *testing.T) {
	s := followerWith(t, raft.Options{PreVote: true}, 3, 1, 2)
	s.timesOut(raft.ElectionTimer)
	s.is("pre-candidate term=3 vote=none leader=none commit=0")
	s.writes()
	s.arms("election anew")
	s.sends( // at once: they promise nothing
		"n1->n2 PreVote term=4 last=2:2",
		"n1->n3 PreVote term=4 last=2:2",
	)
}

func TestPreVote_9_6_AMajorityLetsTheElectionBegin(t *testing.T) {
	s := preCandidateIn(t, 3, 1, 2)
	s.receives("n2->n1 PreVoteResponse term=4 granted")
	s.is("candidate term=4 vote=n1 leader=none commit=0")
	s.writes("term=4 vote=n1")
	s.arms("election anew")
	s.owes(
		"n1->n2 RequestVote term=4 last=2:2",
		"n1->n3 RequestVote term=4 last=2:2",
	)
}

// The own pre-vote is one, and needs no disk; here it is the second of four, and the third is enough.
func TestPreVote_9_6_CountsServersNotMessages(t *testing.T) {
	s := startWith(t, 4, raft.Options{PreVote: true}, raft.Durable{})
	s.timesOut(raft.MinElectionTimer)
	s.timesOut(raft.ElectionTimer)
	for range 3 {
		s.receives("n2->n1 PreVoteResponse term=1 granted")
		s.is("pre-candidate term=0 vote=none leader=none commit=0")
	}
	if s.Votes() != raft.SetOf(1, 2) {
		t.Errorf("the pre-votes are %b, want those of n1 and n2", s.Votes())
	}
	s.receives("n1->n1 PreVoteResponse term=1 granted") // which is counted already
	s.is("pre-candidate term=0 vote=none leader=none commit=0")
	s.receives("n3->n1 PreVoteResponse term=1 granted")
	s.is("candidate term=1 vote=n1 leader=none commit=0")
	if s.Votes() != 0 {
		t.Errorf("a candidate begins with the votes %b, want none", s.Votes())
	}
}

func TestPreVote_9_6_AClusterOfOneAsksItself(t *testing.T) {
	s := startWith(t, 1, raft.Options{PreVote: true}, raft.Durable{})
	s.timesOut(raft.ElectionTimer)
	s.is("candidate term=1 vote=n1 leader=none commit=0")
	s.persists()
	s.is("leader term=1 vote=n1 leader=n1 commit=0")
}

// A pre-vote is granted as a vote would be, in the term that was asked about.
func TestPreVote_9_6_GrantsWhatItWouldVote(t *testing.T) {
	voted := raft.HardState{CurrentTerm: 3, VotedFor: 3}
	for _, c := range []struct{ name, request, want string }{
		{"the next term", "term=4 last=2:2", "term=4 granted"},
		{"a later term", "term=9 last=2:2", "term=9 granted"},
		{"a longer log", "term=4 last=3:2", "term=4 granted"},
		{"a later last term", "term=4 last=1:3", "term=4 granted"},
		{"a shorter log", "term=4 last=1:2", "term=3 refused"},
		{"an earlier last term", "term=4 last=9:1", "term=3 refused"},
		{"an earlier term", "term=2 last=9:9", "term=3 refused"},
		{"this term, with a vote for another", "term=3 last=2:2", "term=3 refused"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := startOf(t, 3, raft.Durable{HardState: voted, Entries: logOf(1, 2)})
			s.receives("n2->n1 PreVote " + c.request)
			s.sends("n1->n2 PreVoteResponse " + c.want)
			s.changesNothing("follower term=3 vote=n3 leader=none commit=0")
		})
	}
}

// In its own term a server says yes to whom it has voted for, and to anybody if to nobody.
func TestPreVote_9_6_GrantsInItsOwnTermWhatItVotes(t *testing.T) {
	for vote, want := range map[raft.ServerID]string{
		raft.None: "term=3 granted", 2: "term=3 granted", 3: "term=3 refused",
	} {
		s := startOf(t, 3, raft.Durable{HardState: raft.HardState{CurrentTerm: 3, VotedFor: vote}})
		s.receives("n2->n1 PreVote term=3 last=0:0")
		s.sends("n1->n2 PreVoteResponse " + want)
	}
}

// Nothing changes by an answer: not the term, nor the vote, nor when the next election is due. So it
// waits for no disk, and others may be told the same.
func TestPreVote_9_6_PromisesNothing(t *testing.T) {
	s := followerIn(t, 3, 1)
	for _, from := range []string{"n2", "n3"} {
		s.receives(from + "->n1 PreVote term=4 last=1:1")
		s.sends("n1->" + from + " PreVoteResponse term=4 granted")
		s.changesNothing("follower term=3 vote=none leader=none commit=0")
	}
}

// Who hears of a leader, within the shortest election timeout, says no; so does who leads, and who
// has just restarted.
func TestPreVote_9_6_IsRefusedByWhoHearsOfALeader(t *testing.T) {
	s := followerWith(t, raft.Options{PreVote: true}, 3, 1)
	s.receives("n3->n1 AppendEntries term=3 prev=1:1 commit=0 entries=[]")
	s.arms("election, minimum election")
	s.receives("n2->n1 PreVote term=4 last=9:3")
	s.sends("n1->n2 PreVoteResponse term=3 refused")
	s.changesNothing("follower term=3 vote=none leader=n3 commit=0")
	s.timesOut(raft.MinElectionTimer)
	s.receives("n2->n1 PreVote term=4 last=9:3")
	s.sends("n1->n2 PreVoteResponse term=4 granted")
	s.restarts()
	s.arms("election anew, minimum election")
	s.receives("n2->n1 PreVote term=4 last=9:3")
	s.sends("n1->n2 PreVoteResponse term=3 refused")

	for _, leader := range []*subject{leaderIn(t, 3, 1), leaderWith(t, raft.Options{PreVote: true}, 3, 1)} {
		leader.receives("n2->n1 PreVote term=4 last=9:3")
		leader.sends("n1->n2 PreVoteResponse term=3 refused")
		leader.changesNothing("leader term=3 vote=n1 leader=n1 commit=0")
	}
}

// Never at the first start: there was no leader of whom it could have heard.
func TestPreVote_9_6_IsGrantedAtTheFirstStart(t *testing.T) {
	s := &subject{server: &server{}, t: t}
	o := raft.Options{PreVote: true, CheckQuorum: true}
	s.start(1, raft.Membership{Voters: raft.Servers(3)}, o)
	s.arms("election anew")
	s.receives("n2->n1 PreVote term=1 last=0:0")
	s.sends("n1->n2 PreVoteResponse term=1 granted")
}

// A refusal tells of a higher term, and that is taken over (§5.1): or a server with a better log could
// ask about a term of the past for ever. A grant tells of a term that nobody has begun.
func TestPreVote_9_6_OnlyARefusalBringsATerm(t *testing.T) {
	s := preCandidateIn(t, 3, 1)
	s.receives("n2->n1 PreVoteResponse term=7 granted")
	s.changesNothing("pre-candidate term=3 vote=none leader=none commit=0")
	s.receives("n2->n1 PreVoteResponse term=7 refused")
	s.is("follower term=7 vote=none leader=none commit=0")
	s.writes("term=7 vote=none")
	s.arms("")
}

// Answers to earlier questions, and to questions that it has given up, count for nothing.
func TestPreVote_9_6_LateAnswersCountForNothing(t *testing.T) {
	s := preCandidateIn(t, 3, 1)
	for _, late := range []string{
		"n2->n1 PreVoteResponse term=3 granted",
		"n2->n1 PreVoteResponse term=3 refused",
		"n2->n1 PreVoteResponse term=2 granted",
		"n2->n1 RequestVoteResponse term=3 granted",
	} {
		s.receives(late)
		s.changesNothing("pre-candidate term=3 vote=none leader=none commit=0")
	}
	s.receives("n3->n1 AppendEntries term=3 prev=1:1 commit=0 entries=[]")
	for _, voter := range []string{"n2", "n3"} {
		s.receives(voter + "->n1 PreVoteResponse term=4 granted")
		s.changesNothing("follower term=3 vote=none leader=n3 commit=0")
	}
}

// A candidate whose election comes to nothing asks again; votes that come late are of an election that
// it has given up, and its vote of the term stands.
func TestPreVote_9_6_IsAskedAgainAfterAnElection(t *testing.T) {
	s := preCandidateIn(t, 3, 1)
	s.receives("n2->n1 PreVoteResponse term=4 granted")
	s.persists()
	s.timesOut(raft.ElectionTimer)
	s.is("pre-candidate term=4 vote=n1 leader=none commit=0")
	s.owes("n1->n2 PreVote term=5 last=1:1", "n1->n3 PreVote term=5 last=1:1")
	s.receives("n2->n1 RequestVoteResponse term=4 granted")
	s.changesNothing("pre-candidate term=4 vote=n1 leader=none commit=0")
	s.receives("n3->n1 RequestVote term=4 last=9:4")
	s.owes("n1->n3 RequestVoteResponse term=4 refused")
}

// The votes of an election are no pre-votes of the next, nor the other way round.
func TestPreVote_9_6_EachQuestionIsCountedByItself(t *testing.T) {
	s := startWith(t, 5, raft.Options{PreVote: true}, raft.Durable{})
	s.timesOut(raft.ElectionTimer)
	s.receives("n2->n1 PreVoteResponse term=1 granted")
	s.receives("n3->n1 PreVoteResponse term=1 granted")
	s.persists()
	s.receives("n4->n1 RequestVoteResponse term=1 granted")
	s.is("candidate term=1 vote=n1 leader=none commit=0")
	s.timesOut(raft.ElectionTimer)
	s.receives("n5->n1 PreVoteResponse term=2 granted")
	s.is("pre-candidate term=1 vote=n1 leader=none commit=0")
	if s.Votes() != raft.SetOf(1, 5) {
		t.Errorf("the pre-votes are %b, want those of n1 and n5", s.Votes())
	}
}

// Who asks may still vote in its term; then it waits like any other.
func TestPreVote_9_6_WhoAsksStillVotes(t *testing.T) {
	s := preCandidateIn(t, 3, 1)
	s.receives("n2->n1 RequestVote term=3 last=1:1")
	s.owes("n1->n2 RequestVoteResponse term=3 granted")
	s.is("follower term=3 vote=n2 leader=none commit=0")
	s.arms("election")
	s.receives("n3->n1 PreVoteResponse term=4 granted")
	s.changesNothing("follower term=3 vote=n2 leader=none commit=0")
}

// Thesis §4.2.2: who is no voter asks nobody.
func TestPreVote_9_6_IsNotForWhoDoesNotVote(t *testing.T) {
	s := &subject{server: &server{}, t: t}
	s.start(3, raft.Membership{Voters: raft.SetOf(1, 2)}, raft.Options{PreVote: true})
	s.timesOut(raft.ElectionTimer)
	s.changesNothing("follower term=0 vote=none leader=none commit=0")
	s.owes()
}
