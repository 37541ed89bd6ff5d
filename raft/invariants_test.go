package raft_test

import (
	"strings"
	"testing"

	"raftkv/raft"
)

// Check and CheckStep are judges, and so are judged by what they catch: states that only a caller
// with a broken disk can make, and pairs of states that no step leads from one to the other.

func TestCheck_ConvictsWhatADiskMustNotGiveBack(t *testing.T) {
	for _, c := range []struct {
		name  string
		disk  raft.Durable
		heard raft.Persistence
		want  string
	}{
		{"terms that fall", raft.Durable{HardState: term(3), Entries: logOf(2, 1)},
			raft.Persistence{}, "entry 2 has term 1, its predecessor 2"},
		{"an entry of the future", raft.Durable{HardState: term(1), Entries: logOf(1, 2)},
			raft.Persistence{}, "the last entry is of term 2"},
		{"a sync of a future term", raft.Durable{HardState: term(1)},
			raft.Persistence{HardState: term(2)}, "the disk holds term 2"},
		{"a sync of another vote",
			raft.Durable{HardState: raft.HardState{CurrentTerm: 1, VotedFor: 2}},
			raft.Persistence{HardState: raft.HardState{CurrentTerm: 1, VotedFor: 3}},
			"voted for n2, the disk says n3"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var n raft.Node
			var out raft.Output
			n.Init(1, raft.Membership{Voters: raft.Servers(3)}, raft.Options{}, &out)
			n.Restart(c.disk, &out)
			n.Step(&raft.Input{Type: raft.Persisted, Persistence: c.heard}, &out)
			convicted(t, raft.Check(&n), c.want)
		})
	}
}

func term(t raft.Term) raft.HardState { return raft.HardState{CurrentTerm: t} }

func TestCheckStep_ConvictsWhatNoStepLeadsTo(t *testing.T) {
	committed := followerIn(t, 3, 1, 2)
	committed.receives("n2->n1 AppendEntries term=3 prev=2:2 commit=2 entries=[]")
	voted := followerIn(t, 3)
	voted.receives("n3->n1 RequestVote term=3 last=0:0")
	other := followerIn(t, 3, 1, 2)
	other.receives("n3->n1 AppendEntries term=3 prev=2:2 commit=2 entries=[]")
	following := candidateIn(t, 3, 1)
	following.receives("n2->n1 AppendEntries term=3 prev=1:1 commit=0 entries=[]")
	leading := leaderIn(t, 3, 1)
	longer := leaderIn(t, 3, 1)
	longer.proposes("x")
	for _, c := range []struct {
		name          string
		before, after *subject
		want          string
	}{
		{"term back", followerIn(t, 4), followerIn(t, 3), "currentTerm went back"},
		{"vote lost", voted, followerIn(t, 3), "the vote went from n3 to none"},
		{"vote changed", candidateIn(t, 3), voted, "the vote went from n1 to n3"},
		{"leader changed", committed, other, "the leader went from n2 to n3"},
		{"leader deposed in its term", leading, following, "the leader went from n1 to n2"},
		{"no election", restarted(leading), leading, "a follower became a leader without an election"},
		{"commit back", committed, leaderless(committed), "commitIndex went from 2 to 0"},
		{"commit rewritten", committed, rewritten(t), "entry 2 was rewritten"},
		{"leader truncates", longer, leading, "the log ends at 2, before entry 3"},
		{"leader rewrites", leading, leaderIn(t, 3, 2), "entry 1 was rewritten"},
	} {
		t.Run(c.name, func(t *testing.T) {
			convicted(t, raft.CheckStep(&c.before.Node, &c.after.Node), c.want)
		})
	}
}

// restarted returns the server after a crash in which nothing was lost.
func restarted(s *subject) *subject {
	twin := &subject{server: &server{}, t: s.t}
	twin.CopyFrom(&s.Node)
	twin.disk.durable = s.disk.everything()
	twin.Restart(twin.disk.durable, &twin.out)
	return twin
}

// leaderless returns the server after a crash, and after the leader of the next term spoke.
func leaderless(s *subject) *subject {
	twin := restarted(s)
	twin.receives("n2->n1 AppendEntries term=4 prev=1:1 commit=0 entries=[]")
	return twin
}

// rewritten returns a server that has committed other entries.
func rewritten(t *testing.T) *subject {
	s := followerIn(t, 4, 1, 1)
	s.receives("n2->n1 AppendEntries term=4 prev=2:1 commit=2 entries=[]")
	return s
}

// What every step may do is known to the property test, where both judges see each of its steps.
func TestCheckStep_AcquitsAServerThatDoesNothing(t *testing.T) {
	for _, s := range []*subject{followerIn(t, 2, 1), candidateIn(t, 2, 1), leaderIn(t, 2, 1)} {
		if err := raft.CheckStep(&s.Node, &s.Node); err != nil {
			t.Error(err)
		}
		if err := raft.Check(&s.Node); err != nil {
			t.Error(err)
		}
	}
}

func convicted(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("convicted of %v, want %q", err, want)
	}
}
