package raft_test

import (
	"testing"

	"raftkv/raft"
)

// A simulator takes millions of steps: in the steady state none may allocate, when the caller uses
// its input and output again.
func TestStep_DoesNotAllocate(t *testing.T) {
	for _, c := range steadySteps(t) {
		t.Run(c.name, func(t *testing.T) {
			c.step() // the output's slices grow to what they need
			if got := testing.AllocsPerRun(100, c.step); got != 0 {
				t.Errorf("%v allocations a step, want none", got)
			}
		})
	}
}

// steadyStep is something that can happen to a server again and again.
type steadyStep struct {
	name string
	step func()
}

func steadySteps(t testing.TB) []steadyStep {
	return []steadyStep{
		{"heartbeat_timeout", repeat(steadyLeader(), timeoutOf(raft.HeartbeatTimer))},
		{"heartbeat", repeat(steadyFollower(), receive(t,
			"n2->n1 AppendEntries term=1 prev=2:1 commit=2 entries=[]"))},
		{"heartbeat_answered", repeat(steadyLeader(), receive(t,
			"n2->n1 AppendEntriesResponse term=1 prev=2 accepted match=2:1"))},
		{"entries_again", repeat(steadyFollower(), receive(t,
			"n2->n1 AppendEntries term=1 prev=0:0 commit=2 entries=[1:1, 2:1]"))},
		{"append_refused", repeat(steadyFollower(), receive(t,
			"n2->n1 AppendEntries term=1 prev=9:1 commit=2 entries=[]"))},
		{"stale_append", repeat(steadyLeader(), receive(t,
			"n2->n1 AppendEntries term=0 prev=2:1 commit=2 entries=[]"))},
		{"vote_granted", grantVotes()},
		{"vote_refused", repeat(steadyFollower(), receive(t,
			"n3->n1 RequestVote term=1 last=0:0"))},
		{"election", repeat(steadyFollower(), timeoutOf(raft.ElectionTimer))},
		{"persisted", repeat(steadyFollower(), raft.Input{Type: raft.Persisted})},
		{"proposal_refused", repeat(steadyFollower(), raft.Input{Type: raft.Propose})},
		{"reign", reigns()},
		{"append_and_rewrite", rewrites(t)},
	}
}

func repeat(n *raft.Node, in raft.Input) func() {
	var out raft.Output
	return func() { n.Step(&in, &out) }
}

func timeoutOf(timer raft.Timer) raft.Input { return raft.Input{Type: raft.Timeout, Timer: timer} }

func receive(t testing.TB, text string) raft.Input {
	m, err := parseMessage(text)
	if err != nil {
		t.Fatal(err)
	}
	return raft.Input{Type: raft.Receive, Message: &m}
}

// steadyFollower is n1 of three in term 1 with two entries, all of it durable.
func steadyFollower() *raft.Node {
	var n raft.Node
	var out raft.Output
	n.Init(1, raft.Membership{Voters: raft.Servers(3)}, raft.Options{}, &out)
	hard := raft.HardState{CurrentTerm: 1, VotedFor: 2}
	n.Restart(raft.Durable{HardState: hard, Entries: logOf(1, 1)}, &out)
	return &n
}

// steadyLeader is n1 of three as the leader of term 1, with two entries, committed with n2. n3 has
// never answered.
func steadyLeader() *raft.Node {
	var n raft.Node
	var out raft.Output
	n.Init(1, raft.Membership{Voters: raft.Servers(3)}, raft.Options{}, &out)
	all := raft.Persistence{
		HardState: raft.HardState{CurrentTerm: 1, VotedFor: 1},
		LogState:  raft.LogState{Index: 2, Term: 1},
	}
	answer := raft.Message{From: 2, To: 1, Term: 1}
	vote, ack := answer, answer
	vote.Type, vote.VoteGranted = raft.RequestVoteResponse, true
	ack.Type, ack.Success, ack.MatchIndex, ack.MatchTerm = raft.AppendEntriesResponse, true, 2, 1
	for _, in := range []raft.Input{
		timeoutOf(raft.ElectionTimer),
		{Type: raft.Persisted, Persistence: raft.Persistence{HardState: all.HardState}},
		{Type: raft.Receive, Message: &vote},
		{Type: raft.Propose, Command: "x"},
		{Type: raft.Persisted, Persistence: all},
		{Type: raft.Receive, Message: &ack},
	} {
		n.Step(&in, &out)
	}
	return &n
}

// grantVotes: a vote in each term.
func grantVotes() func() {
	n := steadyFollower()
	var out raft.Output
	request := raft.Message{Type: raft.RequestVote, From: 2, To: 1, LastLogIndex: 2, LastLogTerm: 1}
	in := raft.Input{Type: raft.Receive, Message: &request}
	return func() {
		request.Term = n.Hard().CurrentTerm + 1
		n.Step(&in, &out)
	}
}

// reigns: a server leads for a moment, from the same disk each time.
func reigns() func() {
	n := steadyFollower()
	var out raft.Output
	durable := raft.Durable{HardState: n.Hard(), Entries: logOf(1, 1)}
	timeout := timeoutOf(raft.ElectionTimer)
	synced := raft.Input{Type: raft.Persisted}
	vote := raft.Message{Type: raft.RequestVoteResponse, From: 2, To: 1, VoteGranted: true}
	in := raft.Input{Type: raft.Receive, Message: &vote}
	return func() {
		n.Restart(durable, &out)
		n.Step(&timeout, &out)
		synced.Persistence.HardState = n.Hard()
		n.Step(&synced, &out)
		vote.Term = n.Hard().CurrentTerm
		n.Step(&in, &out)
	}
}

// rewrites: each leader replaces the entry of the one before.
func rewrites(t testing.TB) func() {
	n := steadyFollower()
	var out raft.Output
	in := receive(t, "n2->n1 AppendEntries term=2 prev=2:1 commit=2 entries=[3:2 x, 4:2 y]")
	return func() {
		in.Message.Term++
		for i := range in.Message.Entries {
			in.Message.Entries[i].Term = in.Message.Term
		}
		n.Step(&in, &out)
	}
}
