package network_test

import (
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"raftkv/raft"
	"raftkv/sim/choice"
	"raftkv/sim/network"
	"raftkv/sim/vtime"
)

const (
	half  = choice.One / 2
	tenth = choice.One / 10
)

var (
	members = raft.Servers(5)
	latency = choice.UniformBetween(1000, 9000)
)

const clients = 3

func newNetwork(config network.Config, seed uint64) *network.Network {
	n := new(network.Network)
	n.Reset(config, seed, members, clients)
	return n
}

// send sends messages on the link from n1 to n2, and returns what becomes of them.
func send(n *network.Network, count int) (fates []network.Fate) {
	for range count {
		fate, _ := n.Send(1, 2, 0, 0)
		fates = append(fates, fate)
	}
	return fates
}

func countCopies(fates []network.Fate) (copies [3]int) {
	for _, fate := range fates {
		copies[fate.Copies]++
	}
	return copies
}

func mustPanic(t *testing.T, what string, f func()) {
	t.Helper()
	defer func() {
		if recover() == nil {
			t.Errorf("%s did not panic", what)
		}
	}()
	f()
}

func TestTheZeroConfigDeliversAllAtOnce(t *testing.T) {
	for i, fate := range send(newNetwork(network.Config{}, 1), 100) {
		if fate != (network.Fate{Copies: 1}) {
			t.Fatalf("message %d: %+v, want one delivery without delay", i+1, fate)
		}
	}
}

// All latencies of the distribution occur, and none beyond it; for the message, its copy and what
// goes between clients and servers.
func TestDelaysAreOfTheDistribution(t *testing.T) {
	config := network.Config{Link: network.Link{Latency: choice.UniformBetween(3, 7), Duplicate: choice.One}}
	n := newNetwork(config, 1)
	var seen [3][8]int
	for range 1000 {
		fate, _ := n.Send(1, 2, 0, 0)
		seen[0][fate.Delays[0]]++
		seen[1][fate.Delays[1]]++
		seen[2][n.SendRequest(1, 1, 0, 0).Delays[0]]++
	}
	for i, counts := range seen {
		if slices.Max(counts[:3]) != 0 || slices.Min(counts[3:]) < 100 {
			t.Errorf("of delay %d, 0 to 7 ns came up %v times, want 3 to 7 equally", i, counts)
		}
	}
}

// A copy that always came with its original would be no test of anybody.
func TestACopyHasADelayOfItsOwn(t *testing.T) {
	equal := 0
	n := newNetwork(network.Config{Link: network.Link{Latency: latency, Duplicate: choice.One}}, 1)
	for _, fate := range send(n, 1000) {
		if fate.Delays[0] == fate.Delays[1] {
			equal++
		}
	}
	if equal > 5 {
		t.Errorf("%d copies of 1000 take as long as their originals", equal)
	}
}

// The seeds are fixed, so that these are no chances but facts; the bounds are five standard
// deviations wide.
func TestLossAndCopiesComeInTheirRatio(t *testing.T) {
	const count = 10_000
	for _, test := range []struct {
		name            string
		loss, duplicate choice.Ratio
		lost, twice     [2]int
	}{
		{"never", 0, 0, [2]int{0, 0}, [2]int{0, 0}},
		{"all lost", choice.One, choice.One, [2]int{count, count}, [2]int{0, 0}},
		{"all twice", 0, choice.One, [2]int{0, 0}, [2]int{count, count}},
		{"a tenth lost", tenth, 0, [2]int{850, 1150}, [2]int{0, 0}},
		{"a tenth twice", 0, tenth, [2]int{0, 0}, [2]int{850, 1150}},
		{"half of the half", half, half, [2]int{4750, 5250}, [2]int{2280, 2720}},
	} {
		for seed := uint64(1); seed <= 5; seed++ {
			config := network.Config{Link: network.Link{Latency: latency, Loss: test.loss, Duplicate: test.duplicate}}
			copies := countCopies(send(newNetwork(config, seed), count))
			if !within(copies[0], test.lost) || !within(copies[2], test.twice) {
				t.Errorf("%s, seed %d: of %d messages %d are lost, %d come twice, want %v and %v",
					test.name, seed, count, copies[0], copies[2], test.lost, test.twice)
			}
		}
	}
}

func within(n int, bounds [2]int) bool { return n >= bounds[0] && n <= bounds[1] }

func TestALostMessageSaysWhy(t *testing.T) {
	n := newNetwork(network.Config{Link: network.Link{Loss: choice.One, Latency: latency}}, 1)
	if fate, _ := n.Send(1, 2, 0, 0); fate != (network.Fate{Lost: network.Chance}) {
		t.Errorf("%+v, want lost by chance", fate)
	}
	cutOne(n, 1, 2)
	if fate, _ := n.Send(1, 2, 0, 0); fate != (network.Fate{Lost: network.LinkCut}) {
		t.Errorf("%+v, want lost to a cut", fate)
	}
	if fate := n.SendRequest(1, 1, 0, 0); fate != (network.Fate{Lost: network.Chance}) {
		t.Errorf("%+v, want lost by chance", fate)
	}
	for reason, want := range []string{"", "lost on the way", "the link is cut", ""} {
		if got := network.Reason(reason).String(); got != want {
			t.Errorf("reason %d reads %q, want %q", reason, got, want)
		}
	}
}

func cutOne(n *network.Network, from, to raft.ServerID) {
	put(n, from, to, network.Condition{Cut: true})
}

// put makes a condition the only one there is.
func put(n *network.Network, from, to raft.ServerID, c network.Condition) {
	n.SetConditions([]network.LinkCondition{{From: from, To: to, Condition: c}})
}

func TestACutIsOneDirection(t *testing.T) {
	n := newNetwork(network.Config{}, 1)
	cutOne(n, 1, 2)
	for from := members.Next(raft.None); from != raft.None; from = members.Next(from) {
		for to := members.Next(raft.None); to != raft.None; to = members.Next(to) {
			fate, _ := n.Send(from, to, 0, 0)
			if lost := fate.Lost == network.LinkCut; lost != (from == 1 && to == 2) {
				t.Errorf("from %v to %v: %+v", from, to, fate)
			}
		}
	}
	if n.SendRequest(1, 1, 0, 0).Copies != 1 {
		t.Error("a cut between servers cuts off a client")
	}
}

func TestCutsAreReplaced(t *testing.T) {
	n := newNetwork(network.Config{}, 1)
	cutOne(n, 1, 2)
	cutOne(n, 2, 1)
	if fate, _ := n.Send(1, 2, 0, 0); fate.Copies != 1 {
		t.Error("the old cut is still there")
	}
	if fate, _ := n.Send(2, 1, 0, 0); fate.Copies != 0 {
		t.Error("the new cut is not there")
	}
}

// The caller's list is its own: it may go on with it.
func TestConditionsAreCopied(t *testing.T) {
	n := newNetwork(network.Config{}, 1)
	list := []network.LinkCondition{{From: 1, To: 3}}
	n.SetConditions(list)
	list[0] = network.LinkCondition{From: 1, To: 3, Condition: network.Condition{Cut: true}}
	if fate, _ := n.Send(1, 3, 0, 0); fate.Copies != 1 {
		t.Error("conditions changed without SetConditions")
	}
}

func TestMessagesAreNumberedOnTheirLink(t *testing.T) {
	n := newNetwork(network.Config{Link: network.Link{Loss: half}}, 1)
	cutOne(n, 1, 2) // what is lost counts too
	for want := uint64(1); want <= 20; want++ {
		_, out := n.Send(1, 2, 0, 0)
		_, back := n.Send(2, 1, 0, 0)
		if out != want || back != want {
			t.Fatalf("numbers %d and %d, want %d", out, back, want)
		}
		n.SendRequest(2, 1, 0, 0)
		n.Send(1, 3, 0, 0)
		n.Send(1, 3, 0, 0)
	}
	if _, number := n.Send(1, 3, 0, 0); number != 41 {
		t.Fatalf("message 41 from n1 to n3 has number %d", number)
	}
}

var hostile = network.Config{Link: network.Link{Latency: latency, Loss: tenth, Duplicate: tenth}}

// Whatever happens on other links, in whatever order, the k-th message of a link has the same fate:
// to take a message out of a run changes nothing but what follows from it.
func TestLinksDoNotTouchOneAnother(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Uint64().Draw(t, "seed")
		alone, crowded := newNetwork(hostile, seed), newNetwork(hostile, seed)
		for range rapid.IntRange(1, 50).Draw(t, "messages") {
			for range rapid.IntRange(0, 3).Draw(t, "others") {
				elsewhere(t, crowded)
			}
			got, gotNumber := crowded.Send(2, 4, 0, 0)
			want, wantNumber := alone.Send(2, 4, 0, 0)
			if got != want || gotNumber != wantNumber {
				t.Fatalf("message %d: %+v, without the others %d: %+v",
					gotNumber, got, wantNumber, want)
			}
			if got, want := crowded.SendRequest(2, 1, 0, 0), alone.SendRequest(2, 1, 0, 0); got != want {
				t.Fatalf("client 2: %+v, without the others %+v", got, want)
			}
		}
	})
}

func elsewhere(t *rapid.T, n *network.Network) {
	links := []func(){
		func() { n.Send(4, 2, 0, 0) },
		func() { n.Send(2, 3, 0, 0) },
		func() { n.Send(1, 4, 0, 0) },
		func() { n.SendRequest(1, 1, 0, 0) },
		func() { n.SendRequest(3, 1, 0, 0) },
		func() { n.Keep(&raft.Message{}, 1) },
		func() { cutOne(n, 4, 2) },
	}
	links[rapid.IntRange(0, len(links)-1).Draw(t, "link")]()
}

// What a message is asked draws by itself: to add loss, copies or a cut shifts nobody's delay.
func TestQuestionsDoNotTouchOneAnother(t *testing.T) {
	plain := send(newNetwork(network.Config{Link: network.Link{Latency: latency}}, 5), 300)
	for i, fate := range send(newNetwork(hostile, 5), 300) {
		if fate.Copies > 0 && fate.Delays[0] != plain[i].Delays[0] {
			t.Fatalf("message %d takes %v, without loss %v", i+1, fate.Delays, plain[i].Delays)
		}
	}
	n := newNetwork(hostile, 5)
	want := send(newNetwork(hostile, 5), 300)
	cutOne(n, 1, 2)
	send(n, 100)
	n.SetConditions(nil)
	if got := send(n, 200); !slices.Equal(got, want[100:]) {
		t.Fatal("a cut shifted the fates of the messages after it")
	}
}

func TestChanceDiffersByLinkAndSeed(t *testing.T) {
	n := newNetwork(hostile, 1)
	var links [][]network.Fate
	add := func(one func() network.Fate) {
		var fates []network.Fate
		for range 20 {
			fates = append(fates, one())
		}
		links = append(links, fates)
	}
	add(func() network.Fate { f, _ := n.Send(1, 2, 0, 0); return f })
	add(func() network.Fate { f, _ := n.Send(2, 1, 0, 0); return f })
	add(func() network.Fate { f, _ := n.Send(1, 3, 0, 0); return f })
	add(func() network.Fate { return n.SendRequest(1, 1, 0, 0) })
	add(func() network.Fate { return n.SendRequest(2, 1, 0, 0) })
	links = append(links, send(newNetwork(hostile, 2), 20))
	for i := range links {
		for j := range i {
			if slices.Equal(links[i], links[j]) {
				t.Errorf("links %d and %d draw alike", i, j)
			}
		}
	}
}

func TestClientsLoseButCopyNothing(t *testing.T) {
	const count = 10_000
	n := newNetwork(network.Config{Link: network.Link{Latency: latency, Loss: tenth, Duplicate: choice.One}}, 1)
	var copies [3]int
	for range count {
		fate := n.SendRequest(1, 1, 0, 0)
		copies[fate.Copies]++
		if fate.Delays[1] != 0 {
			t.Fatalf("%+v has a second delay", fate)
		}
	}
	if copies[2] != 0 || !within(copies[0], [2]int{850, 1150}) {
		t.Errorf("of %d messages %d are lost, %d come twice", count, copies[0], copies[2])
	}
}

func TestResetGivesWhatANewNetworkGives(t *testing.T) {
	used := newNetwork(network.Config{Link: network.Link{Loss: half, Latency: choice.Constantly(1)}}, 3)
	talk(used)
	cutOne(used, 1, 2)
	for range 10 {
		used.Keep(&raft.Message{Entries: make([]raft.Entry, 3)}, 2)
	}
	used.Reset(hostile, 9, members, clients)
	if got, want := talk(used), talk(newNetwork(hostile, 9)); !reflect.DeepEqual(got, want) {
		t.Fatal("a used network gives other fates than a new one")
	}
}

// A run may have more servers and clients than the last.
func TestResetGrows(t *testing.T) {
	used := new(network.Network)
	used.Reset(network.Config{Link: network.Link{Loss: half}}, 3, raft.Servers(2), 0)
	used.Send(1, 2, 0, 0)
	used.Reset(hostile, 9, members, clients)
	if got, want := talk(used), talk(newNetwork(hostile, 9)); !reflect.DeepEqual(got, want) {
		t.Fatal("a network that was smaller gives other fates than a new one")
	}
}

func talk(n *network.Network) (fates []network.Fate) {
	for range 20 {
		for from := members.Next(raft.None); from != raft.None; from = members.Next(from) {
			for to := members.Next(raft.None); to != raft.None; to = members.Next(to) {
				fate, _ := n.Send(from, to, 0, 0)
				fates = append(fates, fate)
			}
		}
		for client := uint32(1); client <= clients; client++ {
			fates = append(fates, n.SendRequest(client, 1, 0, 0))
		}
	}
	return fates
}

func TestLinkSourcesAreDistinct(t *testing.T) {
	seen := make([]bool, vtime.MaxSource+1)
	for from := raft.ServerID(1); from <= raft.MaxServers; from++ {
		for to := raft.ServerID(1); to <= raft.MaxServers; to++ {
			source := network.LinkSource(from, to)
			if source > vtime.MaxSource || seen[source] {
				t.Fatalf("from %v to %v: source %d is too great, or another's", from, to, source)
			}
			seen[source] = true
		}
	}
}
