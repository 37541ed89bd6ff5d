package raft_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"raftkv/raft"
)

// servers draws a set as people think of it: ordered, each once.
var servers = rapid.Custom(func(t *rapid.T) []raft.ServerID {
	one := rapid.Uint8Range(1, raft.MaxServers)
	ids := rapid.SliceOfDistinct(one, rapid.ID[uint8]).Draw(t, "ids")
	slices.Sort(ids)
	set := make([]raft.ServerID, len(ids))
	for i, id := range ids {
		set[i] = raft.ServerID(id)
	}
	return set
})

// A ServerSet is the set that a sorted slice is.
func TestServerSet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ids := servers.Draw(t, "servers")
		set := raft.SetOf(ids...)
		if !slices.Equal(members(set), ids) || set.Len() != len(ids) {
			t.Fatalf("%v holds %v", ids, members(set))
		}
		id := raft.ServerID(rapid.Uint8Range(1, raft.MaxServers).Draw(t, "id"))
		if set.Has(id) != slices.Contains(ids, id) {
			t.Fatalf("%v has %v: %v", ids, id, set.Has(id))
		}
		with, without := set.With(id), set.Without(id)
		inverse := with.Without(id) == without && without.With(id) == with
		if !with.Has(id) || without.Has(id) || !inverse {
			t.Fatalf("%v with and without %v: %v, %v", ids, id, members(with), members(without))
		}
		next := raft.None
		isAbove := func(other raft.ServerID) bool { return other > id }
		if i := slices.IndexFunc(ids, isAbove); i >= 0 {
			next = ids[i]
		}
		if set.Next(id) != next {
			t.Fatalf("after %v in %v comes %v, want %v", id, ids, set.Next(id), next)
		}
	})
}

func members(s raft.ServerSet) []raft.ServerID {
	ids := []raft.ServerID{}
	for id := s.Next(raft.None); id != raft.None; id = s.Next(id) {
		ids = append(ids, id)
	}
	return ids
}

func TestServers(t *testing.T) {
	for count := range raft.MaxServers + 1 {
		set := raft.Servers(count)
		if set.Len() != count || set.Has(raft.None) || count > 0 && !set.Has(raft.ServerID(count)) {
			t.Errorf("Servers(%d) holds %v", count, members(set))
		}
	}
	for _, count := range []int{-1, raft.MaxServers + 1} {
		if !panics(func() { raft.Servers(count) }) {
			t.Errorf("Servers(%d) did not panic", count)
		}
	}
}

// A majority, counted: more voters in the set than not in it. Who does not vote counts for nothing.
func TestHasMajority(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		voters, some := servers.Draw(t, "voters"), servers.Draw(t, "some")
		in, out := 0, 0
		for _, id := range voters {
			if slices.Contains(some, id) {
				in++
			} else {
				out++
			}
		}
		membership := raft.Membership{Voters: raft.SetOf(voters...)}
		if membership.HasMajority(raft.SetOf(some...)) != (in > out) {
			t.Fatalf("%v of %v: %d are in, %d are not", some, voters, in, out)
		}
	})
}

// What all safety rests on (§5.2, §5.4.3): two majorities have a server in common.
func TestHasMajority_AnyTwoOverlap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		membership := raft.Membership{Voters: raft.SetOf(servers.Draw(t, "voters")...)}
		a, b := raft.SetOf(servers.Draw(t, "a")...), raft.SetOf(servers.Draw(t, "b")...)
		both := membership.HasMajority(a) && membership.HasMajority(b)
		if both && a&b&membership.Voters == 0 {
			t.Fatalf("%b and %b are majorities of %b", a, b, membership.Voters)
		}
	})
}

// A cluster as large as it may be elects the last of its servers, and commits.
func TestMaxServers(t *testing.T) {
	c := newCluster(raft.MaxServers, raft.Options{})
	for _, happen := range []func() error{
		func() error { return c.timeout(raft.MaxServers, raft.ElectionTimer) },
		c.stabilize,
		func() error { return c.propose(raft.MaxServers, "x") },
		c.stabilize,
		c.check,
	} {
		if err := happen(); err != nil {
			t.Fatal(err)
		}
	}
	for _, s := range c.servers {
		same(t, s.ID().String(), entriesText(1, s.applied), "1:1 noop, 2:1 x")
	}
}

func TestInit_PanicsAtAnIdentityOutOfRange(t *testing.T) {
	for _, id := range []raft.ServerID{raft.None, raft.MaxServers + 1} {
		if !panics(func() { new(server).start(id, raft.Membership{}, raft.Options{}) }) {
			t.Errorf("Init took the identity %d", uint8(id))
		}
	}
}

func panics(f func()) (panicked bool) {
	defer func() { panicked = recover() != nil }()
	f()
	return false
}
