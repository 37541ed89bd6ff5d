package cluster

import (
	"testing"

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

// healing lets the world heal soon, or a core of it, in the middle of what goes wrong.
func healing(c *Config) {
	c.Duration, c.Settle, c.Heal = 500*ms, AutoSettle, Heal{Kind: HealRandom}
	c.Client.Requests = 100
}

// core lets the servers of those names heal at 500 ms.
func core(ids ...raft.ServerID) func(*Config) {
	return func(c *Config) {
		healing(c)
		c.Heal = Heal{Kind: HealNamed, Core: raft.SetOf(ids...)}
	}
}

func partition(groups ...raft.ServerSet) fault.Fault {
	return fault.Fault{At: instant(100 * ms), Do: record.Partition, Groups: groups}
}

func onLink(do record.Verb, from, to raft.ServerID) fault.Fault {
	return fault.Fault{At: instant(100 * ms), Do: do, From: from, To: to, Both: true, Rate: choice.One,
		By: constantly(300 * ms)}
}

// Whatever is wrong for ever, alone or all at once, is over when all heals; and then the world comes to
// rest.
func TestAllHeals(t *testing.T) {
	var all []fault.Fault
	for _, f := range []fault.Fault{
		partition(raft.SetOf(1), raft.SetOf(2), raft.SetOf(3), raft.SetOf(4, 5)),
		{At: instant(100 * ms), Do: record.Crash, Node: fault.On(1, 2, 3)},
		{At: instant(100 * ms), Do: record.Pause, Node: fault.On(3, 4, 5)},
		{At: instant(100 * ms), Do: record.StallDisk, Node: fault.On(1, 2, 3, 4, 5)},
		{At: instant(100 * ms), Do: record.SlowDisk, Node: fault.On(1, 2, 3), By: constantly(vtime.Minute)},
		{At: instant(100 * ms), Do: record.SlowCPU, Node: fault.On(3, 4, 5), By: constantly(vtime.Second)},
		{At: instant(100 * ms), Do: record.ClockDrift, Node: fault.On(1), Drift: -900_000_000},
		{At: instant(100 * ms), Do: record.Clog, Node: fault.On(1, 2, 3)},
		{At: instant(100 * ms), Do: record.Loss, Node: fault.On(1, 2, 3, 4, 5), Rate: choice.One},
		{At: instant(100 * ms), Do: record.SlowLink, Node: fault.On(1, 2, 3), Rate: choice.One,
			By: constantly(vtime.Second)},
		{At: instant(100 * ms), Do: record.Isolate, Node: fault.On(2, 4, 5)},
		{At: instant(100 * ms), Do: record.ClockJump, Node: fault.On(1, 2, 3, 4, 5), Jump: -vtime.Minute},
	} {
		all = append(all, f)
		for _, faults := range [][]fault.Fault{{f}, all} {
			for seed := range uint64(10) {
				config := defaultWorld(with(faults...), healing, func(c *Config) { c.Heal = Heal{} })
				var c Cluster
				records, ending := runIn(t, &c, config, seed)
				wantEnding(t, ending, record.Mended)
				healed := records.of(record.Healed).wantOne(t, "the healing")
				if healed.Servers != raft.Servers(5) || healed.Success || healed.Bound != config.SettleBound() ||
					healed.Text != "all that was wrong is over" {
					t.Fatalf("it heals %+v", healed)
				}
				if c.Core() != raft.Servers(5) || c.faults.Held(f.Do) != 0 {
					t.Fatalf("%v: %v is left", f.String(), c.faults.Held(f.Do))
				}
				wantAtRest(t, &c)
			}
		}
	}
}

// wantAtRest fails unless the core has a leader that has committed an entry of its term, all of the core
// have applied the same, and nobody waits for an answer.
func wantAtRest(t *testing.T, c *Cluster) {
	t.Helper()
	core := c.Core()
	var leader, first raft.ServerID
	for id := core.Next(raft.None); id != raft.None; id = core.Next(id) {
		s := c.Server(id)
		if s.State() != server.Running {
			t.Fatalf("%v does not run", id)
		}
		if first == raft.None {
			first = id
		}
		if s.Applied() != c.Server(first).Applied() || s.Store().Digest() != c.Server(first).Store().Digest() {
			t.Fatalf("%v and %v differ", first, id)
		}
		if s.Node().Role() == raft.Leader && (leader == raft.None ||
			s.Node().Hard().CurrentTerm > c.Server(leader).Node().Hard().CurrentTerm) {
			leader = id
		}
	}
	if leader == raft.None {
		t.Fatal("nobody leads")
	}
	n := c.Server(leader).Node()
	if n.CommitIndex() == 0 || n.Entry(n.CommitIndex()).Term != n.Hard().CurrentTerm {
		t.Fatalf("%v leads, and has committed nothing of its term", leader)
	}
	for number := uint32(1); number <= c.config.Clients; number++ {
		for _, lane := range c.Client(number).Lanes {
			if lane.Open != nil {
				t.Fatalf("client %d waits for %+v", number, lane.Open)
			}
		}
	}
}

// Of a core that heals, what is wrong ends; of the rest nothing does, though its time may be over.
func TestTheRestStaysAsItIs(t *testing.T) {
	for seed := range uint64(20) {
		config := defaultWorld(core(1, 2, 3), with(
			on(record.Crash, 1, 100*ms, 0),
			on(record.Crash, 4, 110*ms, 600*ms), // in the second phase it would be over
			on(record.Pause, 5, 120*ms, 0), on(record.Pause, 2, 130*ms, 0),
			on(record.Isolate, 3, 140*ms, 0),
			fault.Fault{At: instant(150 * ms), Do: record.SlowDisk, Node: fault.On(3, 4), By: constantly(ms)},
			onLink(record.Cut, 1, 2), onLink(record.Loss, 4, 5),
			on(record.Crash, 3, 600*ms, 0), // it never begins
		))
		var c Cluster
		records, ending := runIn(t, &c, config, seed)
		wantEnding(t, ending, record.Mended)
		wantAtRest(t, &c)
		healed := records.of(record.Healed).wantOne(t, "the healing")
		if healed.Servers != raft.SetOf(1, 2, 3) || !healed.Success ||
			healed.Text != "healthy from now on: n1 n2 n3; cut off, as it is: n4 n5" {
			t.Fatalf("it heals %+v", healed)
		}
		if c.Server(4).State() != server.Down || c.Server(5).State() != server.Paused {
			t.Fatalf("n4 is %v, n5 %v", c.Server(4).State(), c.Server(5).State())
		}
		for i, want := range []bool{false, true, true, false, true, true, false, true, false} {
			if c.Faults().InForce(i) != want {
				t.Errorf("%v in force: %v", c.Faults().Fault(i), !want)
			}
		}
		if slow := c.Faults().Struck(5); slow != raft.SetOf(4) {
			t.Errorf("the disks of %v are slow", slow)
		}
		for _, up := range c.Upcoming() {
			if up.Kind == FaultBegins || up.Kind == FaultEnds {
				t.Errorf("a fault is to begin or to end: %+v", up)
			}
		}
		for from := raft.ServerID(1); from <= 5; from++ {
			for to := raft.ServerID(1); to <= 5; to++ {
				if from != to && c.IsCut(from, to) != (from <= 3 != (to <= 3)) {
					t.Errorf("%v -> %v cut: %v", from, to, c.IsCut(from, to))
				}
			}
		}
	}
}

// Where servers that are not well disturb nobody, the rest is not cut off: but for what was, to or from it.
func TestTheRestIsReachedWhereItDisturbsNobody(t *testing.T) {
	var c Cluster
	config := defaultWorld(core(1, 2, 3), with(on(record.Isolate, 1, 100*ms, 0), onLink(record.Cut, 2, 4)))
	stopped(&c, config, 1, afterInstant(instant(500*ms)))
	c.second.cut = false
	c.followFaults()
	for from := raft.ServerID(1); from <= 5; from++ {
		for to := raft.ServerID(1); to <= 5; to++ {
			outside := from > 3 || to > 3
			cut := outside && (from == 1 || to == 1) || from == 2 && to == 4 || from == 4 && to == 2
			if from != to && c.IsCut(from, to) != cut {
				t.Errorf("%v -> %v cut: %v", from, to, !cut)
			}
		}
	}
	if text := c.second.text(c.members); text != "healthy from now on: n1 n2 n3; as it is: n4 n5" {
		t.Errorf("it says %q", text)
	}
}

// The time in which a server of the rest leads that can reach the core does not count: as much again as
// there is.
func TestTimeUnderAnOutsiderDoesNotCount(t *testing.T) {
	for _, test := range []struct {
		cut  bool
		want vtime.Duration // beyond the bound
	}{{true, 0}, {false, 1}} {
		var c Cluster
		config := defaultWorld(core(2, 3, 4), func(c *Config) { c.Clients = 0 })
		// n1 leads, and keeps to itself that it has healed.
		stopped(&c, config, 1, afterInstant(instant(500*ms)))
		if c.leader() != 1 {
			t.Fatal("n1 does not lead: the test tests nothing")
		}
		c.second.cut, c.second.seen, c.second.until = test.cut, instant(500*ms), instant(500*ms+config.settle())
		began, bound := instant(500*ms), config.SettleBound()
		c.prolong(began.Add(100 * ms))
		c.prolong(began.Add(100 * ms)) // once is enough
		want := began.Add(bound + 100*ms*test.want)
		if c.latest() != want {
			t.Errorf("cut off: %v, it lasts until %v, want %v", test.cut, c.latest(), want)
		}
		c.prolong(began.Add(10 * bound))
		if want = began.Add(bound + bound*test.want); c.latest() != want {
			t.Errorf("cut off: %v, it lasts until %v at most, want %v", test.cut, c.latest(), want)
		}
	}
}

// Requests that are open go on, with their retries; none is begun, whatever clients do.
func TestNobodyBeginsARequestInTheSecondPhase(t *testing.T) {
	script := func(c *Config) {
		for client := range uint32(3) {
			for _, at := range []vtime.Duration{100 * ms, 450 * ms, 700 * ms} {
				c.Client.Script = append(c.Client.Script, asksAt(client+1, at))
			}
		}
	}
	for name, change := range map[string]func(*Config){
		"plain": func(*Config) {}, "retries": persistent, "script": script,
		"one by one": func(c *Config) { c.Client.Retry, c.Client.ThinkTime = 20*ms, constantly(10*ms) },
	} {
		open, retried := 0, 0
		for seed := range uint64(50) {
			config := defaultWorld(core(1, 2, 3), change, with(partition(raft.SetOf(1, 4), raft.SetOf(2, 3, 5))))
			config.Client.GiveUp = 0
			var c Cluster
			records, ending := runIn(t, &c, config, seed)
			if ending == record.Settled {
				continue
			}
			wantEnding(t, ending, record.Mended)
			wantAtRest(t, &c)
			later := records.between(500*ms+1, vtime.Minute)
			open += len(later.of(record.Returned))
			retried += len(later.of(record.Retried))
			if end := finished(records); int(end.Count) != config.Requests()-len(answeredOf(records)) {
				t.Fatalf("%s, seed %d: at the end %d are left", name, seed, end.Count)
			}
		}
		if open == 0 || defaultWorld(change).Client.Retry > 0 && retried == 0 {
			t.Errorf("%s: %d requests were open, %d asked again", name, open, retried)
		}
	}
}

func asksAt(number uint32, at vtime.Duration) client.Scripted {
	return client.Scripted{At: instant(at), Client: number, Action: record.Get, Key: "a"}
}

// answeredOf returns how requests of the history came to an end: not those that open sessions.
func answeredOf(s story) story {
	return s.of(record.Returned).where(func(r *record.Record) bool { return r.Action != record.OpenSession })
}

// A run that settles in time knows nothing of a second phase, nor does one without.
func TestARunThatSettlesHasNoSecondPhase(t *testing.T) {
	for seed := range uint64(20) {
		want, _ := run(t, defaultWorld(troubled), seed)
		for _, settle := range []vtime.Duration{0, vtime.Second, AutoSettle} {
			got, _ := run(t, defaultWorld(troubled, func(c *Config) { c.Settle = settle }), seed)
			wantSame(t, got, want)
		}
	}
	records, ending := run(t, defaultWorld(healing, func(c *Config) { c.Settle = 0 }, with(
		on(record.Crash, 1, 100*ms, 0), on(record.Crash, 2, 100*ms, 0), on(record.Crash, 3, 100*ms, 0))), 1)
	wantEnding(t, ending, record.TimeUp)
	records.of(record.Healed).wantNone(t, "without a second phase")
	if at := finished(records).At; at != instant(500*ms) {
		t.Errorf("it ends at %v", at)
	}
}

// Where nobody can ever lead, the second phase lasts as long as it is given, and no longer.
func TestAWorldThatIsStuck(t *testing.T) {
	config := defaultWorld(healing, func(c *Config) {
		c.FirstLeader = raft.None
		c.Server.ElectionTimeout = constantly(0)
		c.Settle, c.Heal = 3*vtime.Second, Heal{}
	})
	records, ending := run(t, config, 1)
	wantEnding(t, ending, record.Stuck)
	if end := finished(records); end.At != instant(3500*ms) || end.Count != 300 {
		t.Errorf("it ends %+v", end)
	}
}

// No fault of any kind begins in the second phase, whatever it waits for.
func TestNoFaultBeginsInTheSecondPhase(t *testing.T) {
	when := func(m mark.Mark) fault.Fault {
		return fault.Fault{When: mark.Condition{What: m, Nth: 1}, Do: record.Crash, Node: fault.On(2), For: ms}
	}
	crash := on(record.Crash, 1, 100*ms, 0)
	crash.Name = "first"
	after := fault.Fault{After: "first", Do: record.Crash, Node: fault.On(3), For: ms}
	config := defaultWorld(healing, with(crash, after, when(mark.OfKind(record.Healed)),
		when(mark.OfKind(record.Restarted))), func(c *Config) {
		c.Heal = Heal{}
		c.Nemesis = &fault.Plan{Start: instant(499 * ms), Every: constantly(2 * ms), Lasts: constantly(ms)}
		c.Nemesis.Kinds[record.Crash] = 1
	})
	records, ending := run(t, config, 1)
	wantEnding(t, ending, record.Mended)
	for _, began := range records.of(record.FaultBegan) {
		if began.At > instant(500*ms) || began.Number != 1 {
			t.Errorf("it begins: %+v", began)
		}
	}
}

// The core is a majority, drawn from the seed: each size there can be, each server, and all of it written
// back as what it is.
func TestTheCoreIsDrawn(t *testing.T) {
	for servers := 1; servers <= 7; servers++ {
		for _, kind := range []HealKind{0, HealAll, HealCore, HealRandom} {
			config := defaultWorld(func(c *Config) { c.Servers, c.Heal.Kind = servers, kind })
			sizes, outside := map[int]int{}, map[raft.ServerID]int{}
			const seeds = 400
			for seed := range uint64(seeds) {
				drawn := config.Of(seed)
				if drawn.Draws() || drawn.Of(seed+1).Heal != drawn.Heal {
					t.Fatalf("%+v leaves something to chance", drawn.Heal)
				}
				members := raft.Servers(servers)
				if drawn.Heal.Kind == HealAll {
					sizes[servers]++
					continue
				}
				sizes[drawn.Heal.Core.Len()]++
				if drawn.Heal.Kind != HealNamed || drawn.Heal.Core&^members != 0 || kind < HealCore {
					t.Fatalf("%d servers, %v: %+v heals", servers, kind, drawn.Heal)
				}
				for id := raft.ServerID(1); int(id) <= servers; id++ {
					if !drawn.Heal.Core.Has(id) {
						outside[id]++
					}
				}
			}
			least := servers/2 + 1
			for size := range sizes {
				if size < least {
					t.Errorf("%d servers, %v: %d heal", servers, kind, size)
				}
			}
			if kind < HealCore || servers < 3 {
				continue
			}
			if all := sizes[servers]; (kind == HealCore) != (all == 0) || all > seeds*6/10 {
				t.Errorf("%d servers, %v: all heal %d times", servers, kind, all)
			}
			for size := least; size < servers; size++ {
				if sizes[size] < seeds/(4*servers) {
					t.Errorf("%d servers, %v: %d heal %d times", servers, kind, size, sizes[size])
				}
			}
			for id := raft.ServerID(1); int(id) <= servers; id++ {
				if outside[id] < seeds/20 {
					t.Errorf("%d servers, %v: %v is left out %d times", servers, kind, id, outside[id])
				}
			}
		}
	}
}

// Links that are bad by themselves are well in the second phase; what makes them slow stays.
func TestLinksThatAreBadByThemselvesHeal(t *testing.T) {
	bad := func(c *Config) {
		c.Network.Link = network.Link{
			Latency: between(2*ms, 9*ms), Loss: choice.One / 2, Duplicate: choice.One / 2, Bandwidth: 2000,
			FIFO: true, Tail: network.Tail{Rate: choice.One / 2, By: constantly(vtime.Minute)},
		}
	}
	for seed := range uint64(20) {
		var c Cluster
		records, ending := runIn(t, &c, defaultWorld(healing, bad), seed)
		wantEnding(t, ending, record.Mended)
		wantAtRest(t, &c)
		sent := map[letterKey]vtime.Time{}
		for _, r := range records.between(500*ms+1, vtime.Minute) {
			key := letterKey{r.Server, r.Peer, r.Number}
			core := c.Core().Has(r.Server) && c.Core().Has(r.Peer)
			switch at, known := sent[key]; {
			case r.Kind == record.Sent && core:
				sent[key] = r.At
			case r.Kind == record.Delivered && known:
				if took := r.At.Sub(at); took < 2*ms || took > 9*ms {
					t.Fatalf("a message takes %v", took)
				}
				delete(sent, key)
			}
		}
	}
}
