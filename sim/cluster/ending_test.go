package cluster

import (
	"strings"
	"testing"

	"raftkv/raft"
	"raftkv/sim/fault"
	"raftkv/sim/network"
	"raftkv/sim/record"
	"raftkv/sim/vtime"
)

func wantEnding(t *testing.T, got, want record.Ending) {
	t.Helper()
	if got != want {
		t.Fatalf("the run ended because %v, want %v", got, want)
	}
}

func finished(s story) record.Record { return s[len(s)-1] }

func TestAWorldSettlesWhenAllIsAnsweredAndApplied(t *testing.T) {
	for seed := range uint64(50) {
		var c Cluster
		config := defaultWorld()
		records, ending := runIn(t, &c, config, seed)
		wantEnding(t, ending, record.Settled)
		if end := finished(records); end.Count != 0 || end.At >= instant(vtime.Second) {
			t.Fatalf("at the end %d requests are left, at %v", end.Count, end.At)
		}
		if returned := records.of(record.Returned); len(returned) != 15 {
			t.Fatalf("%d requests returned, want 15", len(returned))
		}
		first := c.Server(1)
		for id := raft.ServerID(1); id <= 5; id++ {
			if s := c.Server(id); s.Applied() != first.Applied() || s.Applied() < 16 {
				t.Fatalf("%v has applied %d, n1 %d", id, s.Applied(), first.Applied())
			}
			if err := raft.Check(c.Server(id).Node()); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// Nobody asks for anything: there is nothing to be done, and so no end of it but the duration.
func TestAWorldThatNobodyUsesLastsItsDuration(t *testing.T) {
	for _, config := range []*Config{
		defaultWorld(lasting(2 * vtime.Second)),
		defaultWorld(func(c *Config) { c.Client.Requests, c.Duration = 0, 2*vtime.Second }),
	} {
		records, ending := run(t, config, 1)
		wantEnding(t, ending, record.TimeUp)
		end := finished(records)
		if end.At != instant(2*vtime.Second) || end.Count != 0 {
			t.Errorf("it ended at %v with %d requests left", end.At, end.Count)
		}
		if beats := records.of(record.TimerFired); len(beats) < 38 {
			t.Errorf("%d timers fired in two seconds, want a heartbeat each 50 ms", len(beats))
		}
	}
}

// A world in which nothing can ever happen again is over at its duration too.
func TestAWorldWithoutALeaderWaitsForTheEnd(t *testing.T) {
	config := defaultWorld(func(c *Config) {
		c.FirstLeader = raft.None
		c.Server.ElectionTimeout = constantly(0)
	})
	records, ending := run(t, config, 1)
	wantEnding(t, ending, record.TimeUp)
	if end := finished(records); end.Count != 15 || end.At != instant(config.Duration) {
		t.Errorf("it ended at %v with %d requests left, want all 15", end.At, end.Count)
	}
	records.of(record.Invoked, record.Sent, record.TimerFired).wantNone(t, "without a leader")
}

func TestAWorldThatNeedsTooManyEventsIsExhausted(t *testing.T) {
	for _, most := range []uint64{1, 2, 50, 200} {
		config := defaultWorld(func(c *Config) { c.MaxEvents = most })
		whole, _ := run(t, defaultWorld(), 3)
		records, ending := run(t, config, 3)
		wantEnding(t, ending, record.Exhausted)
		if end := finished(records); end.Event != most || end.Count == 0 {
			t.Errorf("it ended in event %d of %d, %d requests left", end.Event, most, end.Count)
		}
		for i := range records[:len(records)-1] {
			if records[i] != whole[i] {
				t.Fatalf("record %d is %+v, without the limit %+v", i, records[i], whole[i])
			}
		}
	}
}

// The run goes on until the last fault has begun and ended, though all was answered long before.
func TestAWorldWaitsForItsFaults(t *testing.T) {
	heal := fault.Fault{At: instant(3 * vtime.Second), Do: record.Heal}
	for _, test := range []struct {
		faults []fault.Fault
		end    vtime.Duration
	}{
		{[]fault.Fault{heal}, 3 * vtime.Second},
		{[]fault.Fault{on(record.Crash, 2, 2*vtime.Second, 4*vtime.Second)}, 6 * vtime.Second},
		{[]fault.Fault{on(record.Crash, 2, 2*vtime.Second, 0)}, 2 * vtime.Second},
	} {
		records, ending := run(t, defaultWorld(with(test.faults...)), 1)
		wantEnding(t, ending, record.Settled)
		at := finished(records).At
		if at < instant(test.end) || at > instant(test.end+vtime.Second) {
			t.Errorf("it ended at %v, want soon after %v", at, test.end)
		}
	}
	records, ending := run(t, defaultWorld(with(heal), func(c *Config) { c.Duration = vtime.Second }), 1)
	wantEnding(t, ending, record.TimeUp)
	if at := finished(records).At; at != instant(vtime.Second) {
		t.Errorf("it ended at %v", at)
	}
}

// A server that is behind when the last answer is told keeps the world from settling.
func TestAWorldSettlesOnlyWhenEveryRunningServerAgrees(t *testing.T) {
	isolated := on(record.Isolate, 5, 0, 4*vtime.Second)
	var c Cluster
	records, ending := runIn(t, &c, defaultWorld(with(isolated)), 2)
	wantEnding(t, ending, record.Settled)
	if c.Server(5).Applied() != c.Server(1).Applied() {
		t.Errorf("n5 has applied %d, n1 %d", c.Server(5).Applied(), c.Server(1).Applied())
	}
	returned := records.of(record.Returned)
	last := returned[len(returned)-1].At
	caughtUp := records.happensAt(5).of(record.Applied)
	if len(caughtUp) == 0 || caughtUp[0].At < last || caughtUp[0].At < instant(4*vtime.Second) {
		t.Fatalf("n5 applies %+v, the last answer was at %v", caughtUp, last)
	}
}

// inject puts a hand-made message on its way, from n2 to n3: the only way to a panic of a correct
// node, which no message of its peers provokes.
func inject(c *Cluster, m raft.Message, at vtime.Duration) {
	m.From, m.To = 2, 3
	key := vtime.MakeKey(instant(at), vtime.ClassMessage, network.LinkSource(2, 3), 1<<30)
	c.queue.Push(vtime.Event{Key: key, Handle: c.network.Keep(&m, 1)})
}

func TestAPanicOfANodeIsAnEnd(t *testing.T) {
	var c Cluster
	var records story
	c.Reset(defaultWorld(), 1, func(r *record.Record) { records = append(records, *r) })
	inject(&c, raft.Message{Term: 99}, 20*ms)
	ending := c.Run()
	wantEnding(t, ending, record.Broken)

	n := len(records)
	delivered, panicked, end := records[n-3], records[n-2], records[n-1]
	if delivered.Kind != record.Delivered || delivered.Term != 99 || delivered.At != instant(20*ms) {
		t.Errorf("the last to be delivered is %+v", delivered)
	}
	if panicked.Kind != record.Panicked || panicked.Server != 3 || panicked.Event != delivered.Event ||
		!strings.Contains(panicked.Text, "raft: message of unknown type 0") {
		t.Errorf("the panic is recorded as %+v", panicked)
	}
	if end.Kind != record.Finished || end.Ending != record.Broken || end.Count == 0 {
		t.Errorf("the last record is %+v", end)
	}
	records.of(record.Panicked).wantOne(t, "the panic")
}

// A torn world is thrown away; but to use it again by mistake must not blame anybody.
func TestATornWorldBlamesNobodyAfterReset(t *testing.T) {
	var c Cluster
	c.Reset(defaultWorld(), 1, func(*record.Record) {})
	inject(&c, raft.Message{Term: 99}, 20*ms)
	wantEnding(t, c.Run(), record.Broken)
	_, ending := runIn(t, &c, defaultWorld(), 2)
	wantEnding(t, ending, record.Settled)
}

// Any other panic is the simulator's own, and no verdict.
func TestOtherPanicsAreNoEnd(t *testing.T) {
	for _, kind := range []record.Kind{
		record.Started, record.TimerFired, record.Appended, record.Delivered, record.Returned,
		record.BecameLeader, record.Committed, record.Written, record.Persisted, record.Held,
		record.Proposed, record.Answered, record.Applied, record.Sent,
	} {
		var c Cluster
		c.Reset(defaultWorld(), 1, func(r *record.Record) {
			if r.Kind == kind {
				panic("the sink is full")
			}
		})
		func() {
			defer func() {
				if what := recover(); what != "the sink is full" {
					t.Errorf("%v: recovered %v, want the sink's panic", kind, what)
				}
			}()
			c.Run()
		}()
	}
}

func TestClustersOfOneAndOfTheMost(t *testing.T) {
	for _, servers := range []int{1, 2, raft.MaxServers} {
		config := defaultWorld(func(c *Config) { c.Servers = servers })
		_, ending := run(t, config, 1)
		wantEnding(t, ending, record.Settled)
	}
}

// What only a dead server knew to be committed is committed: the world has to wait until the others
// know it too, though the client was answered and all of them agree.
func TestAWorldDoesNotSettleForLessThanWasCommitted(t *testing.T) {
	one := func(c *Config) { c.Clients, c.Client.Requests = 1, 1 }
	whole, _ := run(t, defaultWorld(quick, one), 1)
	answered := whole.of(record.Answered).wantOne(t, "the answer")
	// Between the answer's leaving and anybody's hearing of the commit.
	at := answered.At.Sub(0) + ms/2
	var c Cluster
	config := defaultWorld(quick, one, with(on(record.Isolate, 1, at, 0), on(record.Crash, 1, at, 0)))
	records, ending := runIn(t, &c, config, 1)
	wantEnding(t, ending, record.Settled)
	returned := records.of(record.Returned).wantOne(t, "the request")
	if returned.Index != answered.Index || !returned.Outcome.Answered() {
		t.Fatalf("the request returned %+v, want the answer %+v", returned, answered)
	}
	for id := raft.ServerID(2); id <= 5; id++ {
		if c.Server(id).Applied() < answered.Index {
			t.Errorf("%v has applied %d at the end, %d was committed",
				id, c.Server(id).Applied(), answered.Index)
		}
	}
}
