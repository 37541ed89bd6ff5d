package network_test

import (
	"testing"

	"pgregory.net/rapid"

	"raftkv/raft"
	"raftkv/sim/choice"
	"raftkv/sim/network"
	"raftkv/sim/vtime"
)

// A condition is of one direction of one link; on all others, nothing of it is to be seen.
func TestAConditionIsOfOneDirection(t *testing.T) {
	for name, c := range map[string]network.Condition{
		"cut":       {Cut: true},
		"clogged":   {Clogged: true},
		"loss":      {Loss: choice.One},
		"duplicate": {Duplicate: choice.One},
		"slow":      {Slow: network.Tail{Rate: choice.One, By: choice.Constantly(5)}},
	} {
		n := newNetwork(network.Config{}, 1)
		put(n, 1, 2, c)
		for from := raft.ServerID(1); from <= 5; from++ {
			for to := raft.ServerID(1); to <= 5; to++ {
				fate, _ := n.Send(from, to, 0, 0)
				touched := n.IsClogged(from, to) || fate != network.Fate{Copies: 1}
				if n.IsCut(from, to) != (fate.Lost == network.LinkCut) {
					t.Errorf("%s: from %v to %v: cut %v", name, from, to, n.IsCut(from, to))
				}
				if touched != (from == 1 && to == 2) {
					t.Errorf("%s: from %v to %v: %+v", name, from, to, fate)
				}
			}
		}
		if n.SendRequest(1, 2, 0, 0) != (network.Fate{Copies: 1}) ||
			n.SendAnswer(2, 1, 0, 0) != (network.Fate{Copies: 1}) {
			t.Errorf("%s: a client feels it", name)
		}
	}
}

// What a link loses and what a fault loses come together: of a half, half more; five standard
// deviations of 10,000 around what that makes.
func TestLossAndCopiesOfAFaultAddUp(t *testing.T) {
	const count = 10_000
	for _, test := range []struct {
		name              string
		own, fault, other choice.Ratio
		happens           [2]int
	}{
		{"the fault's alone", 0, tenth, 0, [2]int{850, 1150}},
		{"the link's alone", tenth, 0, 0, [2]int{850, 1150}},
		{"both", half, half, 0, [2]int{7280, 7720}},
		{"two faults", 0, half, half, [2]int{7280, 7720}},
		{"all three", half, half, half, [2]int{8580, 8920}},
		{"all of it", tenth, choice.One, half, [2]int{count, count}},
	} {
		list := func(lossy bool) []network.LinkCondition {
			one := network.LinkCondition{From: 1, To: 2}
			two := one
			if lossy {
				one.Loss, two.Loss = test.fault, test.other
			} else {
				one.Duplicate, two.Duplicate = test.fault, test.other
			}
			return []network.LinkCondition{one, two}
		}
		for seed := uint64(1); seed <= 5; seed++ {
			n := newNetwork(network.Config{Link: network.Link{Loss: test.own}}, seed)
			n.SetConditions(list(true))
			if copies := countCopies(send(n, count)); !within(copies[0], test.happens) {
				t.Errorf("%s, seed %d: of %d are lost %d, want %v",
					test.name, seed, count, copies[0], test.happens)
			}
			n = newNetwork(network.Config{Link: network.Link{Duplicate: test.own}}, seed)
			n.SetConditions(list(false))
			if copies := countCopies(send(n, count)); !within(copies[2], test.happens) {
				t.Errorf("%s, seed %d: of %d come twice %d, want %v",
					test.name, seed, count, copies[2], test.happens)
			}
		}
	}
}

// A fault makes its rate of messages slow, on top of the link's own tail; the copy of a slow message
// is slow too, by a length of its own.
func TestAFaultSlowsOnTop(t *testing.T) {
	const count = 10_000
	link := network.Link{
		Latency: choice.UniformBetween(0, 99), Duplicate: choice.One,
		Tail: network.Tail{Rate: half, By: choice.Constantly(1000)},
	}
	for seed := uint64(1); seed <= 5; seed++ {
		own := send(newNetwork(network.Config{Link: link}, seed), count)
		n := newNetwork(network.Config{Link: link}, seed)
		by := choice.UniformBetween(10_000, 99_999)
		put(n, 1, 2, network.Condition{Slow: network.Tail{Rate: tenth, By: by}})
		slow, alike, withTail := 0, 0, 0
		for i, fate := range send(n, count) {
			more := fate.Delays[0] - own[i].Delays[0]
			moreOfCopy := fate.Delays[1] - own[i].Delays[1]
			if (more == 0) != (moreOfCopy == 0) || more != 0 && (more < 10_000 || more > 99_999) {
				t.Fatalf("message %d: %+v, before %+v", i+1, fate, own[i])
			}
			if more == 0 {
				continue
			}
			slow++
			if more == moreOfCopy {
				alike++
			}
			if own[i].Delays[0] >= 1000 {
				withTail++
			}
		}
		// Half of a thousand are slow by themselves too: five standard deviations are 80.
		if !within(slow, [2]int{850, 1150}) || alike > 5 || !within(2*withTail-slow, [2]int{-160, 160}) {
			t.Errorf("seed %d: %d are slow, %d alike, %d by the tail too", seed, slow, alike, withTail)
		}
	}
}

// Of two faults that slow a link, the last has its way; one that slows nothing takes nothing back.
func TestTheLastSlowFaultIsTheOne(t *testing.T) {
	slow := func(by int64) network.Condition {
		return network.Condition{Slow: network.Tail{Rate: choice.One, By: choice.Constantly(by)}}
	}
	n := newNetwork(network.Config{}, 1)
	n.SetConditions([]network.LinkCondition{
		{From: 1, To: 2, Condition: slow(3)}, {From: 2, To: 1, Condition: slow(4)},
		{From: 1, To: 2, Condition: slow(5)},
		{From: 1, To: 2, Condition: network.Condition{Clogged: true}},
	})
	there, _ := n.Send(1, 2, 0, 0)
	back, _ := n.Send(2, 1, 0, 0)
	if there.Delays[0] != 5 || back.Delays[0] != 4 {
		t.Errorf("there %v, back %v, want 5 and 4 ns", there.Delays[0], back.Delays[0])
	}
}

// The conditions of a link are those that the last list says of it, and no others.
func TestConditionsAreTheirModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := newNetwork(network.Config{}, 1)
		for range rapid.IntRange(1, 6).Draw(t, "lists") {
			var cut, clogged [6][6]bool
			var list []network.LinkCondition
			for range rapid.IntRange(0, 8).Draw(t, "conditions") {
				c := network.LinkCondition{
					From: raft.ServerID(rapid.IntRange(1, 5).Draw(t, "from")),
					To:   raft.ServerID(rapid.IntRange(1, 5).Draw(t, "to")),
				}
				c.Cut = rapid.Bool().Draw(t, "cut")
				c.Clogged = rapid.Bool().Draw(t, "clogged")
				cut[c.From][c.To] = cut[c.From][c.To] || c.Cut
				clogged[c.From][c.To] = clogged[c.From][c.To] || c.Clogged
				list = append(list, c)
			}
			n.SetConditions(list)
			clear(list)
			for from := raft.ServerID(1); from <= 5; from++ {
				for to := raft.ServerID(1); to <= 5; to++ {
					if n.IsCut(from, to) != cut[from][to] || n.IsClogged(from, to) != clogged[from][to] {
						t.Fatalf("from %v to %v: cut %v, clogged %v", from, to,
							n.IsCut(from, to), n.IsClogged(from, to))
					}
				}
			}
			if rapid.Bool().Draw(t, "reset") {
				n.Reset(network.Config{}, 2, members, clients)
				if n.IsCut(1, 2) || n.IsClogged(2, 1) {
					t.Fatal("a condition outlives its run")
				}
			}
		}
	})
}

// Every link may be in a condition of its own.
func TestConditionsOfAllLinks(t *testing.T) {
	n := new(network.Network)
	all := raft.Servers(raft.MaxServers)
	n.Reset(network.Config{}, 1, all, 0)
	var list []network.LinkCondition
	delay := func(from, to raft.ServerID) vtime.Duration { return vtime.Duration(from)*100 + vtime.Duration(to) }
	for from := all.Next(raft.None); from != raft.None; from = all.Next(from) {
		for to := all.Next(raft.None); to != raft.None; to = all.Next(to) {
			by := choice.Constantly(int64(delay(from, to)))
			list = append(list, network.LinkCondition{From: from, To: to,
				Condition: network.Condition{Slow: network.Tail{Rate: choice.One, By: by}}})
		}
	}
	n.SetConditions(list)
	for from := all.Next(raft.None); from != raft.None; from = all.Next(from) {
		for to := all.Next(raft.None); to != raft.None; to = all.Next(to) {
			if fate, _ := n.Send(from, to, 0, 0); fate.Delays[0] != delay(from, to) {
				t.Fatalf("from %v to %v: %v", from, to, fate.Delays[0])
			}
		}
	}
}
