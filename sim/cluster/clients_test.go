package cluster

import (
	"testing"

	"raftkv/raft"
	"raftkv/sim/history"
	"raftkv/sim/record"
	"raftkv/sim/vtime"
)

func (s story) byClient(number uint32) story {
	return s.where(func(r *record.Record) bool { return r.Client == number })
}

func TestARequestToACrashedServerIsUnknownInTheEnd(t *testing.T) {
	thinks := func(c *Config) { c.Client.ThinkTime = constantly(20 * ms) }
	config := defaultWorld(thinks, with(on(record.Crash, 1, 100*ms, 0)))
	records, ending := run(t, config, 1)
	wantEnding(t, ending, record.Settled)
	missed := records.of(record.Missed).where(func(r *record.Record) bool { return r.Text == reasonDown })
	if len(missed) == 0 {
		t.Fatal("nobody asked the server that was down")
	}
	for _, m := range missed {
		own := records.byClient(m.Client).where(func(r *record.Record) bool { return r.Operation == m.Operation })
		invoked := own.of(record.Invoked).wantOne(t, "the request")
		returned := own.of(record.Returned).wantOne(t, "its end")
		if returned.Outcome != record.Unknown || returned.At != invoked.At.Add(vtime.Second) {
			t.Errorf("asked at %v, it returned %+v, want unknown after 1 s", invoked.At, returned)
		}
		// What it asks next, it asks the new leader.
		next := records.byClient(m.Client).of(record.Invoked).where(
			func(r *record.Record) bool { return r.Operation == m.Operation+1 })
		if len(next) == 1 && next[0].Server == 1 {
			t.Errorf("it goes on to ask n1: %+v", next[0])
		}
	}
}

// Without a leader the clients wait; the first there is, they are all told, at that moment.
func TestClientsWaitToBeToldALeader(t *testing.T) {
	for seed := range uint64(20) {
		config := defaultWorld(func(c *Config) { c.FirstLeader = raft.None })
		records, ending := run(t, config, seed)
		wantEnding(t, ending, record.Settled)
		leader := records.of(record.BecameLeader)[0]
		for number := uint32(1); number <= config.Clients; number++ {
			first := records.byClient(number).of(record.Invoked)[0]
			if first.At != leader.At || first.Server != leader.Server {
				t.Fatalf("seed %d: client %d first asks %v at %v; %v leads since %v",
					seed, number, first.Server, first.At, leader.Server, leader.At)
			}
		}
	}
}

// A deposed leader is asked too: a client keeps to its server until it is refused.
func TestARefusedClientIsToldAnew(t *testing.T) {
	config := defaultWorld(
		func(c *Config) { c.Client.ThinkTime = constantly(50 * ms); c.Client.Requests = 20 },
		with(on(record.Pause, 1, 200*ms, 600*ms)))
	records, ending := run(t, config, 1)
	wantEnding(t, ending, record.Settled)
	refused := records.of(record.Refused)
	if len(refused) == 0 {
		t.Fatal("nobody asked the leader that was deposed")
	}
	for _, r := range refused {
		own := records.byClient(r.Client)
		returned := own.of(record.Returned).where(func(o *record.Record) bool { return o.Operation == r.Operation })
		if len(returned) != 1 || returned[0].Outcome == record.Unknown {
			continue // the refusal came too late
		}
		if returned[0].Outcome != record.Rejected {
			t.Errorf("refused, it returned %+v", returned[0])
		}
		for _, next := range own.of(record.Invoked) {
			if next.Operation == r.Operation+1 && next.Server == r.Server {
				t.Errorf("refused by %v, it asks it again: %+v", r.Server, next)
			}
		}
	}
}

func TestClientsThinkBeforeTheyAsk(t *testing.T) {
	config := defaultWorld(func(c *Config) { c.Client.ThinkTime = between(30*ms, 60*ms) })
	records, _ := run(t, config, 1)
	for number := uint32(1); number <= config.Clients; number++ {
		last := vtime.Time(0)
		for _, r := range records.byClient(number).of(record.Invoked, record.Returned) {
			if thought := r.At.Sub(last); r.Kind == record.Invoked && (thought < 30*ms || thought > 60*ms) {
				t.Errorf("client %d thinks for %v before request %d", number, thought, r.Operation)
			}
			last = r.At
		}
	}
}

// A message of a client that is lost says so, and leaves the client to its patience.
func TestLostRequestsAndAnswersAreMissed(t *testing.T) {
	config := defaultWorld(func(c *Config) { c.Network.Loss = 200_000_000; c.Client.Requests = 20 })
	records, ending := run(t, config, 1)
	wantEnding(t, ending, record.Settled)
	var requests, answers int
	for _, m := range records.of(record.Missed) {
		own := records.byClient(m.Client).where(func(r *record.Record) bool { return r.Operation == m.Operation })
		if got := own.of(record.Returned).wantOne(t, "the end").Outcome; got != record.Unknown {
			t.Errorf("request %d of client %d was lost, and returned %v", m.Operation, m.Client, got)
		}
		if len(own.of(record.Proposed, record.Refused)) == 0 {
			requests++
		} else {
			answers++
		}
	}
	if requests < 5 || answers < 5 {
		t.Errorf("%d requests and %d answers of 60 were lost, want a fifth", requests, answers)
	}
}

// The history is what the records of the clients say, each operation once, in the order of asking.
func TestTheHistoryIsWhatTheClientsSaw(t *testing.T) {
	config := defaultWorld(func(c *Config) { c.Network.Loss = 100_000_000; c.Client.Requests = 20 },
		with(on(record.Crash, 1, 100*ms, 400*ms)))
	var c Cluster
	records, _ := runIn(t, &c, config, 1)
	var want []history.Operation
	for i, r := range records {
		switch r.Kind {
		case record.Invoked:
			want = append(want, history.Operation{
				Client: r.Client, Number: r.Operation, Action: r.Action, Key: r.Key, Value: r.Value,
				Invoked: uint64(i + 1), InvokedAt: r.At,
			})
		case record.Returned:
			for j := range want {
				if o := &want[j]; o.Client == r.Client && o.Number == r.Operation {
					o.Event, o.Returned, o.ReturnedAt = r.Event, uint64(i+1), r.At
					o.Outcome, o.Read = r.Outcome, r.Value
					o.Position = raft.LogState{Index: r.Index, Term: r.EntryTerm}
				}
			}
		}
	}
	got := c.History()
	if len(got) != len(want) || len(got) != 60 {
		t.Fatalf("the history has %d operations, the records %d, want 60", len(got), len(want))
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("operation %d is\n%+v, the records say\n%+v", i+1, got[i], want[i])
		}
	}
}

// A leader that comes back from a pause is a leader to be told of, though nothing waited for it.
func TestClientsAreToldOfALeaderThatIsResumed(t *testing.T) {
	config := defaultWorld(quick,
		func(c *Config) {
			c.Client.ThinkTime = constantly(100 * ms)
			c.Server.Heartbeat, c.Server.ElectionTimeout = 0, constantly(0)
		},
		with(on(record.Pause, 1, 50*ms, 150*ms)))
	records, ending := run(t, config, 1)
	wantEnding(t, ending, record.Settled)
	for _, r := range records.of(record.Invoked)[:3] {
		if r.At != instant(200*ms) || r.Server != 1 {
			t.Errorf("a client first asks at %v: %+v", r.At, r)
		}
	}
}
