package cluster

import (
	"testing"

	"raftkv/raft"
	"raftkv/sim/choice"
	"raftkv/sim/client"
	"raftkv/sim/fault"
	"raftkv/sim/record"
	"raftkv/sim/vtime"
)

// asksAgain lets clients ask again, and find the leader by themselves.
func asksAgain(c *Config) {
	c.Client.Timeout, c.Client.Retry = 100*ms, 20*ms
	c.Client.Route = client.Discover
}

func (s story) ofRequest(number, operation uint32) story {
	return s.where(func(r *record.Record) bool {
		return r.Client == number && r.Operation == operation
	})
}

// All that is lost is asked for again: every request is answered in the end, and done once.
func TestRetriesGetAnAnswer(t *testing.T) {
	for seed := range uint64(50) {
		config := defaultWorld(asksAgain, func(c *Config) {
			c.Network.Loss, c.Network.Duplicate = choice.One/5, choice.One/3
		})
		records, ending := run(t, config, seed)
		wantEnding(t, ending, record.Settled)
		for _, r := range records.of(record.Returned) {
			if !r.Outcome.Answered() {
				t.Fatalf("seed %d: %+v", seed, r)
			}
		}
		done := map[uint64]raft.Index{}
		for _, r := range records.of(record.Applied) {
			if first := done[r.Digest]; r.Success && first != 0 && first != r.Index {
				t.Fatalf("seed %d: done at %d and at %d", seed, first, r.Index)
			} else if r.Success {
				done[r.Digest] = r.Index
			}
		}
		if len(done) != 15 || len(records.of(record.Retried)) == 0 {
			t.Fatalf("seed %d: %d requests were done, want 15", seed, len(done))
		}
	}
}

// Of each delivery of a request, and a copy is one of its own, a server makes an entry or it refuses it,
// once; and it tells of both which one it was.
func TestEachDeliveryIsTakenOrRefusedOnce(t *testing.T) {
	type delivery struct {
		client, operation, copy uint32
		attempt                 uint64
		server                  raft.ServerID
	}
	config := defaultWorld(asksAgain, func(c *Config) {
		c.Network.Loss, c.Network.Duplicate = choice.One/5, choice.One/3
		c.Faults = []fault.Fault{crashOf(fault.Leader, 100*ms, 50*ms), crashOf(fault.Leader, 400*ms, 50*ms)}
		c.Client.ThinkTime = constantly(50 * ms)
	})
	refused, copies, later := 0, 0, 0
	for seed := range uint64(20) {
		records, _ := run(t, config, seed)
		seen := map[delivery]bool{}
		for _, r := range records {
			if r.Kind != record.Proposed && r.Kind != record.Refused {
				continue
			}
			d := delivery{r.Client, r.Operation, r.Count, r.Number, r.Server}
			if seen[d] {
				t.Fatalf("seed %d: %+v a second time", seed, r)
			}
			seen[d] = true
			copies += int(r.Count)
			later += int(min(r.Number, 1))
			if r.Kind == record.Refused {
				refused++
			}
		}
	}
	if refused == 0 || copies == 0 || later == 0 {
		t.Errorf("%d refusals, %d copies, %d later attempts: too tame", refused, copies, later)
	}
}

// A refusal names the leader, and that is whom the client asks next.
func TestWhoDiscoversFollowsTheHint(t *testing.T) {
	config := defaultWorld(asksAgain, func(c *Config) { c.Client.ThinkTime = constantly(50 * ms) })
	hints := 0
	for seed := range uint64(20) {
		records, _ := run(t, config, seed)
		for _, refused := range records.of(record.Refused) {
			next := records.ofRequest(refused.Client, refused.Operation).where(
				func(r *record.Record) bool { return r.Kind == record.Retried && r.At > refused.At })
			if refused.Peer == raft.None || len(next) == 0 {
				continue
			}
			hints++
			if next[0].Server != refused.Peer {
				t.Fatalf("seed %d: refused by %v, which follows %v, it asks %v",
					seed, refused.Server, refused.Peer, next[0].Server)
			}
		}
	}
	if hints < 20 {
		t.Errorf("only %d refusals had a hint", hints)
	}
}

// Nobody leads any more: all refuse, and a client that heard nothing but refusals knows, when it
// gives up, that its request never will be done.
func TestWhoIsRefusedByAllGivesUpForSure(t *testing.T) {
	config := defaultWorld(asksAgain,
		func(c *Config) {
			c.Clients, c.Duration = 1, vtime.Second
			c.Server.Heartbeat, c.Server.ElectionTimeout = 0, constantly(0)
			c.Client.GiveUp = 290 * ms
			c.Network.Latency = constantly(5 * ms)
			c.Client.Script = []client.Scripted{
				{Client: 1, Action: record.Put, Key: "a", Value: "1"},
				{At: instant(500 * ms), Client: 1, Action: record.Put, Key: "b", Value: "1", Via: 3},
			}
		},
		with(on(record.Crash, 1, 400*ms, 50*ms)))
	records, ending := run(t, config, 1)
	wantEnding(t, ending, record.TimeUp) // n1 never learns what is committed
	last := records.of(record.Returned)[2]
	if last.Outcome != record.Rejected || last.At != instant(790*ms) {
		t.Errorf("it knows %+v, want that it was refused, at 790 ms", last)
	}
	asked := records.ofRequest(1, last.Operation).of(record.Invoked, record.Retried)
	if len(asked) < 3 || asked[0].Server != 3 || asked[0].At != instant(500*ms) {
		t.Errorf("asked %+v, want n3 first, at 500 ms", asked)
	}
}

// A client of a script does one request at a time, each not before it is due.
func TestAScriptWaitsForItsClient(t *testing.T) {
	config := defaultWorld(func(c *Config) {
		c.Clients = 2
		c.Client.Script = []client.Scripted{
			{At: instant(100 * ms), Client: 1, Action: record.Put, Key: "a", Value: "1", Via: 1},
			{At: instant(101 * ms), Client: 1, Action: record.Get, Key: "a", Via: 2},
			{At: instant(102 * ms), Client: 2, Action: record.Get, Key: "b", Via: 1},
			{At: instant(400 * ms), Client: 1, Action: record.Delete, Key: "a", Via: 1},
		}
	})
	records, ending := run(t, config, 1)
	wantEnding(t, ending, record.Settled)
	asked, told := records.byClient(1).of(record.Invoked), records.byClient(1).of(record.Returned)
	if len(asked) != 3 || len(records.byClient(2).of(record.Invoked)) != 1 {
		t.Fatalf("client 1 asks %d times, want 3", len(asked))
	}
	if asked[0].At != instant(100*ms) || asked[1].At != told[0].At || asked[2].At != instant(400*ms) {
		t.Errorf("asked at %v, %v, %v; answered at %v", asked[0].At, asked[1].At, asked[2].At, told[0].At)
	}
	if asked[1].Server != 2 || told[1].Outcome != record.Rejected || told[2].Outcome != record.OK {
		t.Errorf("n2 was to be asked, and to refuse: %+v, then %+v", told[1], told[2])
	}
}

// Requests come whatever is answered: while nobody leads, up to the bound are open, and the others
// wait in line until a lane is free.
func TestOpenLoop(t *testing.T) {
	var c Cluster
	config := defaultWorld(func(c *Config) {
		c.Clients = 1
		c.Client.Requests = 20
		c.Client.Arrivals = client.Arrivals{Rate: 100_000, Gap: constantly(10 * ms)}
		c.Client.LanesMax = 4
		c.Network.Latency = constantly(20 * ms)
	})
	var open, most int
	c.Reset(config, 1, func(r *record.Record) {
		switch r.Kind {
		case record.Invoked:
			open++
		case record.Returned:
			open--
		}
		most = max(most, open)
	})
	c.RunUntil(Stop{Kind: AfterInstant, At: instant(75 * ms)})
	view := c.Client(1)
	if view.Left != 16 || view.InLine != 3 || len(view.Lanes) != 4 || view.Lanes[3].Open == nil {
		t.Errorf("after 75 ms the client is %+v, want 4 lanes open, 3 requests in line, 16 left", view)
	}
	wantEnding(t, c.Run(), record.Settled)
	if most != 4 || len(c.History()) != 20 {
		t.Errorf("%d requests were open at once, of %d; want 4 of 20", most, len(c.History()))
	}
	for i, o := range c.History() {
		if o.Number != uint32(i+1) || !o.Outcome.Answered() {
			t.Errorf("request %d is %+v", i+1, o)
		}
	}
}

// Without retries the network copies nothing of clients, however it copies what servers send.
func TestOnlySessionsAreCopied(t *testing.T) {
	for _, retry := range []vtime.Duration{0, vtime.Second} {
		config := defaultWorld(func(c *Config) {
			c.Network.Duplicate = choice.One
			c.Client.Retry = retry
		})
		records, ending := run(t, config, 1)
		wantEnding(t, ending, record.Settled)
		came := len(records.of(record.Proposed))
		if asked := len(records.of(record.Invoked, record.Retried)); (came > asked) != (retry > 0) {
			t.Errorf("retry %v: asked %d times, %d requests came", retry, asked, came)
		}
	}
}
