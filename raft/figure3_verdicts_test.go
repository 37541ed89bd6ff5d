package raft_test

import (
	"testing"

	"raftkv/raft"
)

// The judge of Figure 3 is judged here: each property by a pair of servers that break it, or seem
// to. (That it convicts in the course of a schedule is what TestPropertiesHaveTeeth shows.)

func TestFigure3_ElectionSafety(t *testing.T) {
	second := &server{}
	second.start(2, raft.Membership{Voters: raft.Servers(2)}, raft.Options{})
	second.Restart(raft.Durable{HardState: term(2)}, &second.out)
	lead := subject{server: second, t: t}
	lead.timesOut(raft.ElectionTimer)
	lead.persists()
	lead.receives("n1->n2 RequestVoteResponse term=3 granted")
	convictedOf(t, "Election Safety: n1 and n2 lead term 3", leaderIn(t, 3).server, second)
}

func TestFigure3_LeaderAppendOnly(t *testing.T) {
	convictedOf(t, "Leader Append-Only: n1 rewrote its log in term 3",
		leaderIn(t, 3, 1, 1).server, leaderIn(t, 3, 1).server)
}

func TestFigure3_LogMatching(t *testing.T) {
	one, other := followerIn(t, 1), followerIn(t, 1)
	one.receives("n2->n1 AppendEntries term=1 prev=0:0 commit=0 entries=[1:1 x]")
	other.receives("n2->n1 AppendEntries term=1 prev=0:0 commit=0 entries=[1:1 y]")
	convictedOf(t, "Log Matching: ", one.server, other.server)
	convictedOf(t, "Log Matching: ", // the same entry, after another one
		followerIn(t, 3, 1, 3).server, followerIn(t, 3, 2, 3).server)
	acquitted(t, followerIn(t, 3, 1, 3).server, followerIn(t, 3, 1, 2).server)
}

func TestFigure3_StateMachineSafety(t *testing.T) {
	one, other := followerIn(t, 3, 1, 2), followerIn(t, 3, 1, 3)
	one.receives("n2->n1 AppendEntries term=3 prev=2:2 commit=2 entries=[]")
	other.receives("n2->n1 AppendEntries term=3 prev=2:3 commit=2 entries=[]")
	convictedOf(t, "State Machine Safety: n1 applies 2:3, where there was 2:2",
		one.server, other.server)
	acquitted(t, one.server, followerIn(t, 3, 1, 3).server)
}

// Term 5 commits an entry. A leader of term 4, elected late, needs not have it; one of term 6 must.
func TestFigure3_LeaderCompletenessIsJudgedByTerm(t *testing.T) {
	five := leaderThatCommits(t, 5)
	acquitted(t, five.server, leaderIn(t, 4, 1).server)
	convictedOf(t, "Leader Completeness: n1 leads term 6 without 2:5 noop, committed in term 5",
		five.server, leaderIn(t, 6, 1).server)
	six := restarted(five)
	six.timesOut(raft.ElectionTimer)
	six.persists()
	six.receives("n2->n1 RequestVoteResponse term=6 granted")
	acquitted(t, five.server, six.server)
}

// Whether a leader of term 5 may be without an entry can turn out after its election, when the
// leader of term 4 commits it late.
func TestFigure3_LeaderCompletenessIsJudgedOfPastElections(t *testing.T) {
	convictedOf(t, "Leader Completeness: n1 leads term 5 without 2:4 noop, committed in term 4",
		leaderIn(t, 5, 1).server, leaderThatCommits(t, 4).server)
}

// leaderThatCommits returns the leader of a term after it has committed the entry at index 2, which
// is the first of its term.
func leaderThatCommits(t *testing.T, term raft.Term) *subject {
	t.Helper()
	s := leaderIn(t, term, 1)
	s.persists()
	ack := raft.Message{
		Type: raft.AppendEntriesResponse, From: 2, To: 1, Term: term,
		PrevLogIndex: 1, Success: true, MatchIndex: 2, MatchTerm: term,
	}
	s.happens(raft.Input{Type: raft.Receive, Message: &ack})
	s.appliesThrough(2)
	return s
}

// convictedOf: a judge that sees the servers in this order convicts the last of them, and only
// that.
func convictedOf(t *testing.T, want string, servers ...*server) {
	t.Helper()
	var judge figure3
	last := len(servers) - 1
	for _, s := range servers[:last] {
		if err := judge.observe(s); err != nil {
			t.Fatal(err)
		}
	}
	convicted(t, judge.observe(servers[last]), want)
}

func acquitted(t *testing.T, servers ...*server) {
	t.Helper()
	var judge figure3
	for _, s := range servers {
		if err := judge.observe(s); err != nil {
			t.Error(err)
		}
	}
}
