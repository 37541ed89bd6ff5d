package cluster

import (
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"raftkv/raft"
	"raftkv/sim/choice"
	"raftkv/sim/client"
	"raftkv/sim/fault"
	"raftkv/sim/mark"
	"raftkv/sim/network"
	"raftkv/sim/record"
	"raftkv/sim/server"
	"raftkv/sim/vtime"
)

// troubled is a world in which everything happens that takes memory or leaves traces in it.
func troubled(c *Config) {
	c.Network.Loss, c.Network.Duplicate = choice.One/20, choice.One/10
	c.Faults = []fault.Fault{
		crashOf(fault.Leader, 60*ms, 300*ms),
		on(record.Pause, 3, 40*ms, 250*ms),
		{At: instant(90 * ms), For: 200 * ms, Do: record.Partition, Groups: []raft.ServerSet{raft.SetOf(4)}},
		on(record.Crash, 3, 100*ms, 100*ms),
	}
}

// persistent lets clients ask again, in sessions of which there are too few, whatever is answered.
func persistent(c *Config) {
	c.Client.Retry, c.Client.GiveUp, c.Client.Timeout = 20*ms, 600*ms, 100*ms
	c.Client.Route = client.Discover
	c.Client.Arrivals = client.Arrivals{Rate: 60_000, Gap: between(0, 100*ms)}
	c.Client.LanesMax = 3
	c.Server.Store.SessionsMax = 4
}

// haunted is a world in which a nemesis draws everything that it can, and faults wait for what happens.
func haunted(c *Config) {
	c.Nemesis = &fault.Plan{
		Every: between(0, 60*ms), Lasts: between(ms, 300*ms), Stop: instant(600 * ms), Swarm: true,
	}
	for _, kind := range fault.Kinds() {
		c.Nemesis.Kinds[kind] = 1
	}
	c.Ranges = Ranges{BatchMax: Range{Min: 1, Max: 4}, Loss: Range{Max: 100_000_000}}
	c.Faults = []fault.Fault{
		{When: mark.Condition{What: mark.OfKind(record.Sent), Server: 1, Nth: 20}, For: 30 * ms,
			Do: record.Crash, Node: fault.On(1)},
		{When: mark.Condition{What: mark.OfKind(record.Applied), Nth: 7}, For: 50 * ms,
			Do: record.Pause, Node: fault.On(2, 3)},
	}
}

// One world, used a thousand times, gives run by run what a new one gives, whatever came before.
func TestAUsedWorldIsANewOne(t *testing.T) {
	const seeds = 1000
	for name, config := range map[string]*Config{
		"default": defaultWorld(), "troubled": defaultWorld(troubled),
		"retries": defaultWorld(troubled, persistent), "haunted": defaultWorld(haunted),
		"healing": defaultWorld(troubled, haunted, persistent, healing),
	} {
		var want [seeds]hasher
		for seed := range want {
			want[seed] = hashOf(new(Cluster), config, uint64(seed))
		}
		different := map[uint64]bool{}
		var used Cluster
		for _, seed := range rand.New(rand.NewPCG(1, 2)).Perm(seeds) {
			got := hashOf(&used, config, uint64(seed))
			if got != want[seed] {
				t.Fatalf("%s, seed %d: a used world gives %d records, a new one %d, or others",
					name, seed, got.records, want[seed].records)
			}
			different[got.sum] = true
		}
		if len(different) != seeds {
			t.Errorf("%s: %d seeds give only %d different runs", name, seeds, len(different))
		}
	}
}

// mostly draws one of a few values: few, so that instants coincide and extremes are tried; and the
// first of them three times in four, so that most worlds come to do something.
func mostly[T any](t *rapid.T, label string, usual T, others ...T) T {
	values := others
	for range 3 * len(others) {
		values = append(values, usual)
	}
	return rapid.SampledFrom(values).Draw(t, label)
}

func drawConfig(t *rapid.T) *Config {
	servers := rapid.SampledFrom([]int{5, 3, 1, 2, 4, 6, 7}).Draw(t, "servers")
	c := &Config{
		Servers:     servers,
		Clients:     mostly[uint32](t, "clients", 3, 0, 1, 8),
		FirstLeader: mostly(t, "first leader", 1, raft.None, raft.ServerID(servers)),
		Duration:    mostly(t, "duration", 3*vtime.Second, vtime.Second, 200*ms, 0),
		MaxEvents:   mostly(t, "max events", uint64(5_000), 500, 1),
		Server:      drawServer(t),
	}
	c.Client = drawClient(t, servers, c.Clients)
	c.Server.Store.SessionsMax = mostly(t, "sessions max", 0, 1, 2)
	c.Network.Link = drawLink(t)
	for range rapid.IntRange(0, 2).Draw(t, "differences") {
		c.Network.Places = []network.Place{{Server: 1, Region: "us"}, {Client: 1, Region: "us"}}
		c.Network.Differences = append(c.Network.Differences, drawDifference(t, servers))
	}
	for range rapid.IntRange(0, 10).Draw(t, "faults") {
		c.Faults = append(c.Faults, drawFault(t, servers))
	}
	for range rapid.IntRange(0, 3).Draw(t, "aimed faults") {
		c.Faults = append(c.Faults, drawAimedFault(t, servers))
	}
	c.Nemesis = drawNemesis(t)
	c.Settle = mostly(t, "settle", AutoSettle, 0, vtime.Second)
	c.Heal.Kind = mostly(t, "heal", HealAll, HealCore, HealRandom)
	c.Ranges.BatchMax = mostly(t, "batch range", Range{}, Range{Min: 1, Max: 5})
	c.Ranges.Loss = mostly(t, "loss range", Range{}, Range{Max: 300_000_000})
	c.Ranges.Duplicate = mostly(t, "duplicate range", Range{}, Range{Min: 1, Max: 1_000_000_000})
	c.Drift = mostly(t, "drift", Drift{}, Drift{Min: -10_000_000, Max: 500_000_000})
	if rapid.Bool().Draw(t, "own") {
		slow, off := between(0, 30*ms), int64(-400_000_000)
		c.Own = []Own{{Server: 1, Fsync: &slow, Drift: &off}}
	}
	return c
}

// drawNemesis draws a nemesis, or none.
func drawNemesis(t *rapid.T) *fault.Plan {
	if rapid.IntRange(0, 2).Draw(t, "nemesis") > 0 {
		return nil
	}
	plan := &fault.Plan{
		Every:    mostly(t, "every", between(0, 200*ms), constantly(0), constantly(50*ms)),
		Lasts:    mostly(t, "lasts", between(10*ms, 500*ms), constantly(0), constantly(10*vtime.Second)),
		Majority: rapid.Bool().Draw(t, "majority"),
		Swarm:    rapid.Bool().Draw(t, "swarm"),
		Start:    instant(mostly(t, "start", 0, 300*ms)),
	}
	plan.Stop = mostly(t, "stop", plan.Start.Add(vtime.Second), 0)
	for _, kind := range fault.Kinds() {
		plan.Kinds[kind] = mostly(t, "weight", uint64(1), 0, 5)
	}
	plan.Kinds[fault.AimedCrash] = 1 // one at least has a weight
	return plan
}

// drawAimedFault draws a fault that waits for something to happen.
func drawAimedFault(t *rapid.T, servers int) fault.Fault {
	f := drawFault(t, servers)
	f.At, f.After = 0, ""
	f.When = mark.Condition{
		What: rapid.SampledFrom(mark.All()).Draw(t, "mark"),
		Nth:  mostly(t, "nth", uint32(1), 2, 10),
	}
	if f.When.What.IsKind() && rapid.Bool().Draw(t, "whose") {
		f.When.Server = raft.ServerID(rapid.IntRange(1, servers).Draw(t, "subject"))
	}
	return f
}

func drawLink(t *rapid.T) (l network.Link) {
	l.Latency = mostly(t, "latency",
		between(ms, 10*ms), constantly(ms), between(0, 200*ms), constantly(0))
	l.Loss = mostly(t, "loss", 0, choice.One/20, choice.One/2, choice.One)
	l.Duplicate = mostly(t, "duplicate", 0, choice.One/10, choice.One)
	tail := network.Tail{Rate: choice.One / 16, By: between(10*ms, 800*ms)}
	l.Tail = mostly(t, "tail", network.Tail{}, tail)
	l.Bandwidth = mostly[uint64](t, "bandwidth", 0, 100_000, 2000, 1)
	l.FIFO = rapid.Bool().Draw(t, "fifo")
	return l
}

func drawDifference(t *rapid.T, servers int) network.Difference {
	end := func(label string) network.End {
		if rapid.Bool().Draw(t, label+" region") {
			return network.End{Region: "us"}
		}
		return network.End{Server: raft.ServerID(rapid.IntRange(1, servers).Draw(t, label))}
	}
	link := drawLink(t)
	return network.Difference{
		From: end("from"), To: end("to"), Both: rapid.Bool().Draw(t, "both"),
		Latency: &link.Latency, Tail: &link.Tail, FIFO: &link.FIFO,
	}
}

func drawServer(t *rapid.T) (c server.Config) {
	c.Heartbeat = mostly(t, "heartbeat", 50*ms, 10*ms, 0)
	c.ElectionTimeout = mostly(t, "election timeout",
		between(150*ms, 300*ms), between(20*ms, 40*ms), constantly(50*ms), constantly(0))
	c.Disk.Fsync = mostly(t, "fsync", constantly(ms), between(0, 40*ms), constantly(0))
	c.Disk.LoseUnsynced = rapid.Bool().Draw(t, "lose unsynced")
	c.Raft.BatchMax = mostly(t, "batch max", 0, 1, 3)
	return c
}

func drawClient(t *rapid.T, servers int, clients uint32) client.Config {
	c := client.Config{
		Keys:      []string{"a", "b", "", "d"}[:rapid.IntRange(1, 4).Draw(t, "keys")],
		Requests:  mostly[uint32](t, "requests", 8, 0, 1, 30),
		ThinkTime: mostly(t, "think time", between(0, 100*ms), constantly(0)),
		Timeout:   mostly(t, "timeout", 200*ms, vtime.Second, 0),
		Mix:       mostly(t, "mix", client.Mix{Put: 3, Get: 2, Delete: 1}, client.Mix{Get: 1}),
		Retry:     mostly(t, "retry", 0, 20*ms, 300*ms),
		Route:     mostly(t, "route", client.ToldLeader, client.Discover),
		ValueSize: mostly(t, "value size", constantly(0), between(1, 40)),
		LanesMax:  mostly[uint32](t, "lanes max", 3, 1),
	}
	if c.Retry > 0 {
		c.GiveUp = mostly(t, "give up", 0, 100*ms, vtime.Second)
	}
	arrivals := client.Arrivals{Rate: 20_000, Gap: between(0, 200*ms)}
	c.Arrivals = mostly(t, "arrivals", client.Arrivals{}, arrivals)
	if rapid.IntRange(0, 4).Draw(t, "keys by number") == 0 {
		c.Keys, c.KeyCount, c.Skew = nil, 3, choice.ZipfOf(3, 1000)
	}
	if rapid.IntRange(0, 9).Draw(t, "script") > 0 || clients == 0 {
		return c
	}
	for range rapid.IntRange(1, 5).Draw(t, "scripted") {
		c.Script = append(c.Script, client.Scripted{
			At:     instant(mostly(t, "at", 100*ms, 0, vtime.Second)),
			Client: rapid.Uint32Range(1, clients).Draw(t, "client"),
			Action: rapid.SampledFrom([]record.Action{record.Put, record.Get}).Draw(t, "action"),
			Key:    "a",
			Via:    raft.ServerID(rapid.IntRange(0, servers).Draw(t, "via")),
		})
	}
	return c
}

var faultTimes = []vtime.Duration{0, 31 * ms, 100 * ms, 300 * ms, 301 * ms, 600 * ms, vtime.Second}

func drawFault(t *rapid.T, servers int) fault.Fault {
	someone := func(label string) raft.ServerID {
		return raft.ServerID(rapid.IntRange(1, servers).Draw(t, label))
	}
	f := fault.Fault{
		At: instant(rapid.SampledFrom(faultTimes).Draw(t, "at")),
		Do: rapid.SampledFrom(record.Verbs()).Draw(t, "do"),
	}
	if f.Do.Lasts() {
		f.For = mostly(t, "for", 200*ms, 500*ms, 0, 1)
	}
	f.By = mostly(t, "by", between(0, 20*ms), constantly(ms), constantly(200*ms))
	f.Rate = mostly(t, "rate", choice.One/4, choice.One)
	f.Drift = mostly[int64](t, "drift", 100_000_000, -500_000_000, 0)
	f.Jump = mostly(t, "jump", 100*ms, -100*ms, vtime.Minute)
	if rapid.IntRange(0, 4).Draw(t, "named") == 0 {
		f.Name, f.After = "", rapid.SampledFrom([]string{"x", "y", "nobody"}).Draw(t, "after")
	} else {
		f.Name = rapid.SampledFrom([]string{"", "x", "y"}).Draw(t, "name")
	}
	switch f.Do {
	case record.Heal:
	case record.Partition:
		for range rapid.IntRange(1, 3).Draw(t, "groups") {
			f.Groups = append(f.Groups, raft.SetOf(someone("member"), someone("member")))
		}
	case record.Cut:
		f.From, f.To, f.Both = someone("from"), someone("to"), rapid.Bool().Draw(t, "both")
	default:
		kinds := []fault.TargetKind{
			fault.Named, fault.Leader, fault.Follower, fault.Random, fault.Candidate,
		}
		f.Node.Kind = rapid.SampledFrom(kinds).Draw(t, "target")
		if f.Node.Kind == fault.Named {
			f.Node.Servers = raft.SetOf(someone("node"), someone("another"))
		}
	}
	return f
}

// Whatever the world, a run comes to an end, keeps the rules, tears no node, and is the same twice: in
// a new world, and in one that has seen all the worlds before.
func TestEveryWorldEndsKeepsTheRulesAndRepeats(t *testing.T) {
	var used Cluster
	endings := map[record.Ending]int{}
	rapid.Check(t, func(t *rapid.T) {
		config := drawConfig(t)
		seed := rapid.Uint64().Draw(t, "seed")
		var fresh Cluster
		var first hasher
		rules := newRules(t, config)
		fresh.Reset(config, seed, func(r *record.Record) { first.observe(r); rules.observe(r) })
		ending := fresh.Run()
		endings[ending]++
		if ending == 0 || ending == record.Broken {
			t.Fatalf("the run ended because %v", ending)
		}
		checkNodes(t, &fresh, config)
		first.seeHistory(&fresh)
		if second := hashOf(&used, config, seed); second != first {
			t.Fatalf("%d records, then %d, or others", first.records, second.records)
		}
	})
	for _, ending := range []record.Ending{
		record.Settled, record.TimeUp, record.Exhausted, record.Mended, record.Stuck,
	} {
		if endings[ending] == 0 {
			t.Errorf("no world ended because %v: %v", ending, endings)
		}
	}
}

func checkNodes(t *rapid.T, c *Cluster, config *Config) {
	for id := raft.ServerID(1); int(id) <= config.Servers; id++ {
		if err := raft.Check(c.Server(id).Node()); err != nil {
			t.Fatal(err)
		}
	}
}

// A key names one event: with two of one key, the order of the run would be the queue's to choose. All
// instants coincide here that can: every message comes twice, at once, and every client thinks alike.
// (Timers alone leave stale events behind, which are equal throughout.)
func TestNoTwoEventsHaveOneKey(t *testing.T) {
	config := defaultWorld(troubled, quick, func(c *Config) { c.Network.Duplicate = choice.One })
	var c Cluster
	c.Reset(config, 1, func(*record.Record) {})
	c.start()
	seen := map[vtime.Key]bool{}
	for range 5000 {
		event, any := c.queue.Pop()
		if !any || c.settled() {
			break
		}
		if event.Class() != vtime.ClassTimer && seen[event.Key] {
			t.Fatalf("two events of class %d, source %d, ordinal %d at %v",
				event.Class(), event.Source(), event.Ordinal(), event.At)
		}
		seen[event.Key] = true
		c.happen(event)
		for c.moreNow() {
			c.goOn()
		}
	}
	if len(seen) < 500 {
		t.Fatalf("only %d events happened", len(seen))
	}
}
