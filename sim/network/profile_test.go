package network_test

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"raftkv/raft"
	"raftkv/sim/choice"
	"raftkv/sim/network"
	"raftkv/sim/vtime"
)

func region(name string) network.End        { return network.End{Region: name} }
func server(id raft.ServerID) network.End   { return network.End{Server: id} }
func takes(d int64) *choice.Distribution    { c := choice.Constantly(d); return &c }
func pointer[V any](v V) *V                 { return &v }
func delayOf(f network.Fate) vtime.Duration { return f.Delays[0] }

// n1, n2 and c1 are in us, n3 and c2 in eu; n4, n5 and c3 are nowhere.
var places = []network.Place{
	{Server: 1, Region: "us"}, {Server: 2, Region: "us"}, {Server: 3, Region: "eu"},
	{Client: 1, Region: "us"}, {Client: 2, Region: "eu"},
}

func TestRegionsAreAMatrixOfLatencies(t *testing.T) {
	n := newNetwork(network.Config{
		Link: network.Link{Latency: choice.Constantly(7)}, Places: places,
		Differences: []network.Difference{
			{From: region("us"), To: region("us"), Both: true, Latency: takes(1)},
			{From: region("eu"), To: region("eu"), Both: true, Latency: takes(2)},
			{From: region("us"), To: region("eu"), Latency: takes(80)},
			{From: region("eu"), To: region("us"), Latency: takes(90)},
		},
	}, 1)
	want := [6][6]vtime.Duration{ // from and to; 7 where one of them is nowhere
		1: {1: 1, 2: 1, 3: 80, 4: 7, 5: 7},
		2: {1: 1, 2: 1, 3: 80, 4: 7, 5: 7},
		3: {1: 90, 2: 90, 3: 2, 4: 7, 5: 7},
		4: {1: 7, 2: 7, 3: 7, 4: 7, 5: 7},
		5: {1: 7, 2: 7, 3: 7, 4: 7, 5: 7},
	}
	for from := raft.ServerID(1); from <= 5; from++ {
		for to := raft.ServerID(1); to <= 5; to++ {
			fate, _ := n.Send(from, to, 0, 0)
			if got := delayOf(fate); got != want[from][to] {
				t.Errorf("from %v to %v: %v, want %v", from, to, got, want[from][to])
			}
		}
		// c1 is where n1 is, c2 where n3 is, c3 where n4 is.
		for client, like := range map[uint32]raft.ServerID{1: 1, 2: 3, 3: 4} {
			there := delayOf(n.SendRequest(client, from, 0, 0))
			back := delayOf(n.SendAnswer(from, client, 0, 0))
			if there != want[like][from] || back != want[from][like] {
				t.Errorf("client %d to %v: %v and back %v, want %v and %v",
					client, from, there, back, want[like][from], want[from][like])
			}
		}
	}
}

func TestADifferenceIsOfOneDirectionOrBoth(t *testing.T) {
	n := newNetwork(network.Config{Differences: []network.Difference{
		{From: server(1), To: server(2), Latency: takes(3)},
		{From: server(4), To: server(3), Both: true, Latency: takes(5)},
	}}, 1)
	for _, test := range []struct {
		from, to raft.ServerID
		want     vtime.Duration
	}{{1, 2, 3}, {2, 1, 0}, {3, 4, 5}, {4, 3, 5}, {1, 3, 0}, {4, 2, 0}, {2, 2, 0}} {
		if fate, _ := n.Send(test.from, test.to, 0, 0); delayOf(fate) != test.want {
			t.Errorf("from %v to %v: %v, want %v", test.from, test.to, delayOf(fate), test.want)
		}
	}
}

// Key by key, a later difference goes before an earlier one, and what none says is as everywhere.
func TestLaterDifferencesGoBeforeEarlierOnes(t *testing.T) {
	base := network.Link{
		Latency: choice.Constantly(7), Loss: choice.One, Duplicate: choice.One,
		Tail: network.Tail{Rate: choice.One, By: choice.Constantly(100)},
	}
	n := newNetwork(network.Config{Link: base, Differences: []network.Difference{
		{From: server(1), To: server(2), Latency: takes(1), Loss: pointer[choice.Ratio](0)},
		{From: server(1), To: server(2), Tail: &network.Tail{}},
		{From: server(1), To: server(2), Latency: takes(2), Bandwidth: pointer[uint64](1e9)},
	}}, 1)
	if fate, _ := n.Send(1, 2, 0, 10); fate.Copies != 2 || delayOf(fate) != 12 {
		t.Errorf("%+v, want two copies after 12 ns", fate)
	}
	if fate, _ := n.Send(2, 1, 0, 10); fate.Lost != network.Chance {
		t.Errorf("%+v on the way back, want it lost", fate)
	}
}

// Which differences concern a link, the oracle says in other words: by the names of who is there.
func TestDifferencesAreTheirModel(t *testing.T) {
	names := map[string][]string{"us": {"n1", "n2", "c1"}, "eu": {"n3", "c2"}}
	has := func(end network.End, who string) bool {
		if end.Region == "" {
			return end.Server.String() == who
		}
		for _, name := range names[end.Region] {
			if name == who {
				return true
			}
		}
		return false
	}
	ends := []network.End{region("us"), region("eu"), region("mars"), {}}
	for id := raft.ServerID(1); id <= 5; id++ {
		ends = append(ends, server(id))
	}
	rapid.Check(t, func(t *rapid.T) {
		config := network.Config{Places: places}
		for i := range rapid.IntRange(0, 6).Draw(t, "differences") {
			config.Differences = append(config.Differences, network.Difference{
				From: rapid.SampledFrom(ends).Draw(t, "from"), To: rapid.SampledFrom(ends).Draw(t, "to"),
				Both: rapid.Bool().Draw(t, "both"), Latency: takes(int64(i + 1)),
			})
		}
		n := newNetwork(config, 1)
		want := func(from, to string) (delay vtime.Duration) {
			for i, d := range config.Differences {
				if has(d.From, from) && has(d.To, to) || d.Both && has(d.From, to) && has(d.To, from) {
					delay = vtime.Duration(i + 1)
				}
			}
			return delay
		}
		for id := raft.ServerID(1); id <= 5; id++ {
			for to := raft.ServerID(1); to <= 5; to++ {
				fate, _ := n.Send(id, to, 0, 0)
				if got, want := delayOf(fate), want(id.String(), to.String()); got != want {
					t.Fatalf("from %v to %v: %v, want %v", id, to, got, want)
				}
			}
			for client := uint32(1); client <= clients; client++ {
				name := fmt.Sprint("c", client)
				there, back := delayOf(n.SendRequest(client, id, 0, 0)), delayOf(n.SendAnswer(id, client, 0, 0))
				if there != want(name, id.String()) || back != want(id.String(), name) {
					t.Fatalf("%s to %v: %v and back %v", name, id, there, back)
				}
			}
		}
	})
}

// A network that had differences has none of them in a run without.
func TestResetForgetsDifferences(t *testing.T) {
	config := network.Config{Places: places, Differences: []network.Difference{
		{From: region("us"), To: server(2), Latency: takes(9)},
	}}
	n := newNetwork(config, 1)
	if fate, _ := n.Send(1, 2, 0, 0); delayOf(fate) != 9 || delayOf(n.SendRequest(1, 2, 0, 0)) != 9 {
		t.Fatal("there is no difference to be forgotten")
	}
	n.Reset(network.Config{Differences: config.Differences}, 1, members, clients)
	if fate, _ := n.Send(1, 2, 0, 0); delayOf(fate) != 0 || delayOf(n.SendRequest(1, 2, 0, 0)) != 0 {
		t.Error("regions outlive their run")
	}
	n.Reset(network.Config{}, 1, raft.Servers(2), 1)
	if fate, _ := n.Send(1, 2, 0, 0); delayOf(fate) != 0 || delayOf(n.SendRequest(1, 2, 0, 0)) != 0 {
		t.Error("a difference outlives its run")
	}
}
