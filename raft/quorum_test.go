package raft_test

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"raftkv/raft"
)

// Quorums are counted by bits and by sorting; here they are found by going through all subsets.

// subsets calls visit with each subset of n1 to n7 or fewer.
func subsets(servers int, visit func(raft.ServerSet)) {
	for bits := range 1 << servers {
		visit(raft.ServerSet(bits) << 1)
	}
}

// A majority has more in it than it leaves out; so its rest is none, and any two have a server in common.
func TestHasMajority_OfOneToSeven(t *testing.T) {
	for servers := 1; servers <= 7; servers++ {
		m := raft.Membership{Voters: raft.Servers(servers)}
		subsets(servers, func(s raft.ServerSet) {
			rest := m.Voters &^ s
			if m.HasMajority(s) != (s.Len() > rest.Len()) {
				t.Errorf("%d servers, %b: majority %v", servers, s, m.HasMajority(s))
			}
			if m.HasMajority(s) && m.HasMajority(rest) {
				t.Errorf("%d servers: %b and %b are majorities", servers, s, rest)
			}
			subsets(servers, func(other raft.ServerSet) {
				if m.HasMajority(s) && m.HasMajority(other) && s&other == 0 {
					t.Errorf("%d servers: the majorities %b and %b have nobody in common",
						servers, s, other)
				}
			})
		})
	}
}

// committed is what a leader may commit by counting, found the long way: the highest index that some
// majority holds.
func committed(matches map[raft.ServerID]raft.Index, servers int) raft.Index {
	highest := raft.Index(0)
	subsets(servers, func(s raft.ServerSet) {
		if 2*s.Len() <= servers {
			return
		}
		held := raft.Index(1 << 20)
		for id := s.Next(raft.None); id != raft.None; id = s.Next(id) {
			held = min(held, matches[id])
		}
		highest = max(highest, held)
	})
	return highest
}

// However far the servers have come, and in whatever order the leader hears of it, it commits what the
// subsets say: no more, and no less.
func TestCommit_OfOneToSeven(t *testing.T) {
	for servers := 1; servers <= 7; servers++ {
		t.Run(fmt.Sprint(servers), func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) { commitsWhatMajoritiesHold(t, servers) })
		})
	}
}

func commitsWhatMajoritiesHold(t *rapid.T, servers int) {
	const last = 6
	var n raft.Node
	var out raft.Output
	lead(&n, servers, last)
	matches := make(map[raft.ServerID]raft.Index)
	for range rapid.IntRange(1, 30).Draw(t, "answers") {
		id := raft.ServerID(rapid.IntRange(1, servers).Draw(t, "server"))
		index := raft.Index(rapid.IntRange(1, last).Draw(t, "index"))
		in := acknowledgement(id, index)
		n.Step(&in, &out)
		matches[id] = max(matches[id], index)
		want := committed(matches, servers)
		if n.CommitIndex() != want || out.ApplyThrough != 0 && out.ApplyThrough != want {
			t.Fatalf("%v: committed %d, applies %d, want %d",
				matches, n.CommitIndex(), out.ApplyThrough, want)
		}
	}
}

// lead makes n the leader of term 1, n1 of so many, with a log of so many entries of its own term.
func lead(n *raft.Node, servers int, last raft.Index) {
	var out raft.Output
	n.Init(1, raft.Membership{Voters: raft.Servers(servers)}, raft.Options{}, &out)
	hard := raft.HardState{CurrentTerm: 1, VotedFor: 1}
	inputs := []raft.Input{
		timeoutOf(raft.ElectionTimer),
		{Type: raft.Persisted, Persistence: raft.Persistence{HardState: hard}},
	}
	for id := raft.ServerID(2); int(id) <= servers; id++ {
		inputs = append(inputs, raft.Input{Type: raft.Receive, Message: &raft.Message{
			Type: raft.RequestVoteResponse, From: id, To: 1, Term: 1, VoteGranted: true,
		}})
	}
	for range last - 1 {
		inputs = append(inputs, raft.Input{Type: raft.Propose, Command: "x"})
	}
	for _, in := range inputs {
		n.Step(&in, &out)
	}
}

// acknowledgement is what tells n1 that a disk holds its log through an index; its own says so itself.
func acknowledgement(id raft.ServerID, index raft.Index) raft.Input {
	at := raft.LogState{Index: index, Term: 1}
	if id == 1 {
		hard := raft.HardState{CurrentTerm: 1, VotedFor: 1}
		return raft.Input{
			Type: raft.Persisted, Persistence: raft.Persistence{HardState: hard, LogState: at},
		}
	}
	return raft.Input{Type: raft.Receive, Message: &raft.Message{
		Type: raft.AppendEntriesResponse, From: id, To: 1, Term: 1,
		Success: true, MatchIndex: index, MatchTerm: 1,
	}}
}
