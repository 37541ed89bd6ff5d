package cluster

import (
	"testing"

	"raftkv/raft"
	"raftkv/sim/fault"
	"raftkv/sim/network"
	"raftkv/sim/record"
	"raftkv/sim/vtime"
)

func crashOf(kind fault.TargetKind, at, lasts vtime.Duration) fault.Fault {
	target := fault.Target{Kind: kind}
	return fault.Fault{At: instant(at), For: lasts, Do: record.Crash, Node: target}
}

// times returns when the records happened.
func (s story) times() (times []vtime.Duration) {
	for i := range s {
		times = append(times, s[i].At.Sub(0))
	}
	return times
}

func wantTimes(t *testing.T, what string, s story, want ...vtime.Duration) {
	t.Helper()
	got := s.times()
	same := len(got) == len(want)
	for i := 0; same && i < len(want); i++ {
		same = got[i] == want[i]
	}
	if !same {
		t.Errorf("%s at %v, want %v", what, got, want)
	}
}

func TestACrashAndItsEnds(t *testing.T) {
	restart := on(record.Restart, 2, 200*ms, 0)
	for _, test := range []struct {
		name                       string
		faults                     []fault.Fault
		crashed, restarted, ending []vtime.Duration
	}{
		{"for a while", []fault.Fault{on(record.Crash, 2, 100*ms, 50*ms)},
			[]vtime.Duration{100 * ms}, []vtime.Duration{150 * ms}, []vtime.Duration{150 * ms}},
		{"for ever", []fault.Fault{on(record.Crash, 2, 100*ms, 0)},
			[]vtime.Duration{100 * ms}, nil, nil},
		{"until its counterpart", []fault.Fault{on(record.Crash, 2, 100*ms, 0), restart},
			[]vtime.Duration{100 * ms}, []vtime.Duration{200 * ms}, nil},
		{"its counterpart was faster", []fault.Fault{on(record.Crash, 2, 100*ms, 500*ms), restart},
			[]vtime.Duration{100 * ms}, []vtime.Duration{200 * ms}, nil},
		{"two that overlap", []fault.Fault{
			on(record.Crash, 2, 100*ms, 200*ms), on(record.Crash, 2, 200*ms, 200*ms)},
			[]vtime.Duration{100 * ms}, []vtime.Duration{400 * ms},
			[]vtime.Duration{300 * ms, 400 * ms}},
		{"two at once", []fault.Fault{
			on(record.Crash, 2, 100*ms, 50*ms), on(record.Crash, 2, 100*ms, 0), restart},
			[]vtime.Duration{100 * ms}, []vtime.Duration{200 * ms}, []vtime.Duration{150 * ms}},
		{"one after the other", []fault.Fault{
			on(record.Crash, 2, 100*ms, 50*ms), on(record.Crash, 2, 300*ms, 50*ms)},
			[]vtime.Duration{100 * ms, 300 * ms}, []vtime.Duration{150 * ms, 350 * ms},
			[]vtime.Duration{150 * ms, 350 * ms}},
	} {
		records, _ := run(t, defaultWorld(lasting(vtime.Second), with(test.faults...)), 1)
		wantTimes(t, test.name+": it crashes", records.of(record.Crashed), test.crashed...)
		wantTimes(t, test.name+": it restarts", records.of(record.Restarted), test.restarted...)
		wantTimes(t, test.name+": the fault ends", records.of(record.FaultEnded), test.ending...)
	}
}

func TestFaultsThatFindTheirTarget(t *testing.T) {
	for seed := range uint64(20) {
		config := defaultWorld(lasting(3*vtime.Second),
			with(crashOf(fault.Leader, vtime.Second, 0), crashOf(fault.Follower, vtime.Second, 0),
				crashOf(fault.Random, vtime.Second, 100*ms)))
		records, _ := run(t, config, seed)
		began := records.of(record.FaultBegan)
		leaders := records.between(0, vtime.Second).of(record.BecameLeader)
		if leader := leaders[len(leaders)-1].Server; began[0].Server != leader {
			t.Fatalf("seed %d: %v was struck, and %v led", seed, began[0].Server, leader)
		}
		struck := raft.SetOf(began[0].Server, began[1].Server, began[2].Server)
		if struck.Len() != 3 || struck.Has(raft.None) {
			t.Fatalf("seed %d: three crashes strike %+v", seed, began)
		}
		for i, r := range records.of(record.Crashed) {
			if r.Server != began[i].Server || r.Event != began[i].Event {
				t.Fatalf("seed %d: %v crashed, the fault says %+v", seed, r.Server, began[i])
			}
		}
		records.of(record.FaultEnded).wantOne(t, "the end of the third")
	}
}

// A fault that finds nobody says so, and is over: the world does not wait for its end.
func TestAFaultThatFindsNobody(t *testing.T) {
	never := func(c *Config) { c.FirstLeader = raft.None }
	records, _ := run(t, defaultWorld(never, with(crashOf(fault.Leader, ms, vtime.Minute/2))), 1)
	began := records.of(record.FaultBegan).wantOne(t, "the fault")
	if began.Text != "crash leader: nobody to strike" || began.Server != raft.None || began.Number != 1 {
		t.Errorf("it is recorded as %+v", began)
	}
	records.of(record.Crashed, record.FaultEnded).wantNone(t, "nobody was struck")
	if end := finished(records); end.Ending != record.Settled || end.At > instant(2*vtime.Second) {
		t.Errorf("the run ended %+v", end)
	}
}

func TestFaultsAreRecorded(t *testing.T) {
	cut := fault.Fault{At: instant(20 * ms), For: 30 * ms, Do: record.Cut, From: 1, To: 2}
	pause := on(record.Pause, 3, 40*ms, 50*ms)
	records, _ := run(t, defaultWorld(with(cut, pause)), 1)
	for i, want := range []record.Record{
		{Kind: record.FaultBegan, At: instant(20 * ms), Number: 1, Verb: record.Cut, Success: true,
			Text: "cut n1 -> n2"},
		{Kind: record.FaultBegan, At: instant(40 * ms), Number: 2, Verb: record.Pause, Success: true, Text: "pause n3",
			Server: 3},
		{Kind: record.FaultEnded, At: instant(50 * ms), Number: 1, Verb: record.Cut, Text: "cut n1 -> n2"},
		{Kind: record.FaultEnded, At: instant(90 * ms), Number: 2, Verb: record.Pause, Text: "pause n3"},
	} {
		got := records.of(record.FaultBegan, record.FaultEnded)[i]
		got.Event = 0
		if got != want {
			t.Errorf("%+v, want %+v", got, want)
		}
	}
}

// crosses tells whether a record is of a message from one set to the other.
func crosses(r *record.Record, from, to raft.ServerSet) bool {
	return from.Has(r.Server) && to.Has(r.Peer)
}

func TestCutsKeepMessagesFromArriving(t *testing.T) {
	const begins, ends = 200 * ms, 700 * ms
	at, lasts := instant(begins), ends-begins
	left, right := raft.SetOf(1, 2), raft.SetOf(3, 4, 5)
	for _, test := range []struct {
		fault    fault.Fault
		from, to raft.ServerSet
		back     bool // cut too
	}{
		{fault.Fault{Do: record.Partition, Groups: []raft.ServerSet{left, right}}, left, right, true},
		{fault.Fault{Do: record.Partition, Groups: []raft.ServerSet{left}}, left, right, true},
		{on(record.Isolate, 1, 0, 0), raft.SetOf(1), raft.SetOf(2, 3, 4, 5), true},
		{fault.Fault{Do: record.Cut, From: 1, To: 3}, raft.SetOf(1), raft.SetOf(3), false},
		{fault.Fault{Do: record.Cut, From: 1, To: 3, Both: true}, raft.SetOf(1), raft.SetOf(3), true},
	} {
		test.fault.At, test.fault.For = at, lasts
		records, _ := run(t, defaultWorld(lasting(2*vtime.Second), with(test.fault)), 4)
		during := records.between(begins, ends)
		there := func(r *record.Record) bool { return crosses(r, test.from, test.to) }
		back := func(r *record.Record) bool { return crosses(r, test.to, test.from) }
		name := test.fault.String()

		during.of(record.Delivered).where(there).wantNone(t, name+": what arrives")
		if came := during.of(record.Delivered).where(back); (len(came) == 0) != test.back {
			t.Errorf("%s: %d messages come back", name, len(came))
		}
		for _, r := range during.of(record.Lost) {
			cut := there(&r) || test.back && back(&r)
			if !cut || r.Text != network.LinkCut.String() {
				t.Errorf("%s: %+v is lost", name, r)
			}
		}
		for _, when := range []story{records.between(0, begins), records.between(ends+50*ms, 2*vtime.Second)} {
			if len(when.of(record.Delivered).where(there)) == 0 || len(when.of(record.Lost)) > 0 {
				t.Errorf("%s: messages are lost before or after it", name)
			}
		}
	}
}

// What is on its way when a cut begins does not arrive, though it was sent before.
func TestACutStopsWhatIsOnItsWay(t *testing.T) {
	slow := func(c *Config) { c.Network.Latency = constantly(20 * ms) }
	cut := fault.Fault{At: instant(60 * ms), For: 300 * ms, Do: record.Cut, From: 1, To: 2}
	records, _ := run(t, defaultWorld(slow, lasting(vtime.Second), with(cut)), 1)
	under := records.of(record.Sent).between(40*ms+1, 60*ms).where(
		func(r *record.Record) bool { return r.Server == 1 && r.Peer == 2 })
	if len(under) == 0 {
		t.Fatal("nothing was on its way: the test tests nothing")
	}
	for _, sent := range under {
		lost := records.of(record.Lost).where(func(r *record.Record) bool {
			return r.Server == 1 && r.Peer == 2 && r.Number == sent.Number
		}).wantOne(t, "what was on its way")
		if lost.At != sent.At.Add(20*ms) {
			t.Errorf("sent at %v, lost at %v, want when it would arrive", sent.At, lost.At)
		}
	}
}

// What was sent to a server before it crashed, and arrives when it is back, arrives all the same.
func TestMessagesOutliveACrashOfTheirReceiver(t *testing.T) {
	slow := func(c *Config) { c.Network.Latency = constantly(30 * ms) }
	records, _ := run(t, defaultWorld(slow, lasting(vtime.Second), with(on(record.Crash, 2, 70*ms, 5*ms))), 1)
	came := records.of(record.Delivered).between(75*ms, 100*ms).where(
		func(r *record.Record) bool { return r.Peer == 2 })
	if len(came) == 0 {
		t.Error("nothing arrives that was sent before the crash")
	}
	records.of(record.Lost).wantNone(t, "nothing arrives in the 5 ms of the crash")
}

// And those of a server that has crashed are on their way.
func TestMessagesOutliveACrashOfTheirSender(t *testing.T) {
	records, _ := run(t, defaultWorld(quick, lasting(vtime.Second), with(on(record.Crash, 1, ms+1, 0))), 1)
	for _, r := range records.of(record.Sent).where(func(r *record.Record) bool { return r.Server == 1 }) {
		records.of(record.Delivered).where(func(d *record.Record) bool {
			return d.Server == 1 && d.Peer == r.Peer && d.Number == r.Number
		}).wantOne(t, "a message of the dead")
	}
	if asked := records.of(record.Sent).where(func(r *record.Record) bool { return r.Server == 1 }); len(asked) != 4 {
		t.Errorf("n1 sent %d messages, want its four requests for votes", len(asked))
	}
}

// A sync that was under way when its server crashed is done for nobody, though the server is back
// before its time.
func TestASyncDoesNotOutliveACrash(t *testing.T) {
	slow := func(c *Config) { c.Server.Disk.Fsync = constantly(40 * ms) }
	for _, lose := range []bool{true, false} {
		config := defaultWorld(slow, lasting(vtime.Second), with(on(record.Crash, 1, 10*ms, 10*ms)),
			func(c *Config) { c.Server.Disk.LoseUnsynced = lose })
		records, _ := run(t, config, 1)
		own := records.where(func(r *record.Record) bool { return r.Server == 1 })
		own.between(20*ms, 60*ms).of(record.Persisted).wantNone(t, "the news of the old sync")
		back := own.of(record.Restarted).wantOne(t, "the restart")
		if voted := back.Peer == 1 && back.Term == 1; voted == lose {
			t.Errorf("lose_unsynced %v, and it came back with %+v", lose, back)
		}
	}
}
