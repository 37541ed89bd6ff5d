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
		{"pipelined_proposals", pipelines()},
		{"pipeline_lost", losesPipelines()},
		{"read_and_round", readsByRound(raft.Options{})},
		{"round_of_a_heartbeat", readsByRound(raft.Options{CheckQuorum: true, LeaseReads: true})},
		{"read_by_lease", repeat(leaseHolder(), raft.Input{Type: raft.Read})},
		{"read_refused", repeat(steadyFollower(), raft.Input{Type: raft.Read})},
		{"pre_vote_granted", repeat(steadyFollower(), receive(t,
			"n3->n1 PreVote term=2 last=2:1"))},
		{"pre_vote_refused", repeat(steadyLeader(), receive(t,
			"n3->n1 PreVote term=2 last=2:1"))},
		{"pre_vote_asked", repeat(steadyFollowerWith(raft.Options{PreVote: true}),
			timeoutOf(raft.ElectionTimer))},
		{"vote_refused_out_of_loyalty", repeat(steadyFollowerWith(checkQuorum), receive(t,
			"n3->n1 RequestVote term=2 last=2:1"))},
		{"quorum_checked", checksQuorum()},
		{"transfer", transfers()},
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
func steadyFollower() *raft.Node { return steadyFollowerWith(raft.Options{}) }

func steadyFollowerWith(o raft.Options) *raft.Node {
	var n raft.Node
	var out raft.Output
	n.Init(1, raft.Membership{Voters: raft.Servers(3)}, o, &out)
	hard := raft.HardState{CurrentTerm: 1, VotedFor: 2}
	n.Restart(raft.Durable{HardState: hard, Entries: logOf(1, 1)}, &out)
	return &n
}

// steadyLeader is n1 of three as the leader of term 1, with two entries, committed with n2. n3 has
// never answered.
func steadyLeader() *raft.Node { return steadyLeaderWith(raft.Options{}) }

func steadyLeaderWith(o raft.Options) *raft.Node {
	var n raft.Node
	var out raft.Output
	n.Init(1, raft.Membership{Voters: raft.Servers(3)}, o, &out)
	vote := raft.Message{Type: raft.RequestVoteResponse, From: 2, To: 1, Term: 1, VoteGranted: true}
	for _, in := range []raft.Input{
		timeoutOf(raft.ElectionTimer),
		acknowledgement(1, 0),
		{Type: raft.Receive, Message: &vote},
		{Type: raft.Propose, Command: "x"},
		acknowledgement(1, 2),
		acknowledgement(2, 2),
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

// pipelines: eight proposals follow each other, before the first of them is acknowledged.
func pipelines() func() {
	n := steadyLeader()
	var out raft.Output
	propose := raft.Input{Type: raft.Propose, Command: "x"}
	own := acknowledgement(1, 2)
	others := [...]raft.Input{acknowledgement(2, 2), acknowledgement(3, 2)}
	return func() {
		first := n.LastIndex() + 1
		for range 8 {
			n.Step(&propose, &out)
		}
		for index := first; index <= n.LastIndex(); index++ {
			own.Persistence.Index = index
			n.Step(&own, &out)
			for i := range others {
				others[i].Message.MatchIndex = index
				n.Step(&others[i], &out)
			}
		}
	}
}

// losesPipelines: what was proposed is lost on its way, again and again.
func losesPipelines() func() {
	n := steadyLeader()
	var out raft.Output
	propose, heartbeat := raft.Input{Type: raft.Propose, Command: "x"}, timeoutOf(raft.HeartbeatTimer)
	acknowledge := acknowledgement(2, 2)
	for range 8 {
		n.Step(&propose, &out)
	}
	return func() {
		n.Step(&acknowledge, &out) // which is old, and lets the others fly again
		n.Step(&heartbeat, &out)
		n.Step(&heartbeat, &out)
	}
}

// readsByRound: with leases the round is a heartbeat's.
func readsByRound(o raft.Options) func() {
	n := steadyLeaderWith(o)
	var out raft.Output
	begin, answer := raft.Input{Type: raft.Read}, acknowledgement(2, 2)
	if o.LeaseReads {
		begin = timeoutOf(raft.HeartbeatTimer)
	}
	return func() {
		n.Step(&begin, &out)
		answer.Message.Round = out.Messages[0].Round
		n.Step(&answer, &out)
		if !out.Arm.Has(raft.LeaseTimer) && out.ReadThrough == 0 {
			panic("the round was not confirmed")
		}
	}
}

func leaseHolder() *raft.Node {
	n := steadyLeaderWith(raft.Options{CheckQuorum: true, LeaseReads: true})
	var out raft.Output
	heartbeat, answer := timeoutOf(raft.HeartbeatTimer), acknowledgement(2, 2)
	answer.Message.Round = 1
	n.Step(&heartbeat, &out)
	n.Step(&answer, &out)
	if !n.HasLease() {
		panic("no lease")
	}
	return n
}

func checksQuorum() func() {
	n := steadyLeaderWith(checkQuorum)
	var out raft.Output
	check, answer := timeoutOf(raft.ElectionTimer), acknowledgement(2, 2)
	return func() {
		n.Step(&answer, &out)
		n.Step(&check, &out)
		if n.Role() != raft.Leader {
			panic("deposed")
		}
	}
}

func transfers() func() {
	n := steadyLeader()
	var out raft.Output
	begin := raft.Input{Type: raft.TransferLeadership, Target: 2}
	end := timeoutOf(raft.TransferTimer)
	return func() {
		n.Step(&begin, &out)
		n.Step(&end, &out)
	}
}
