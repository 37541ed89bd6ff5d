package lab

import (
	"fmt"
	"testing"

	"raftkv/raft"
	"raftkv/sim/choice"
	"raftkv/sim/record"
	"raftkv/sim/scenario"
	"raftkv/sim/vtime"
)

// stepTimes returns when the server began to do something, in events of their own.
func (a tale) stepTimes(id raft.ServerID) (times []vtime.Time) {
	last := uint64(0)
	for _, r := range a.at(id) {
		if steps[r.Kind] && r.Event != last {
			times, last = append(times, r.At), r.Event
		}
	}
	return times
}

// crowded is a slow processor with enough to do: messages and requests wait for it, and timers.
const crowded = `{at = "1s", do = "slow_cpu", node = "n1", by = "4ms", for = "1s"}`

// TestASlowProcessorTakesItsTime: from one step of it to the next that time passes, and no message is
// lost, but what still waits when the run ends.
func TestASlowProcessorTakesItsTime(t *testing.T) {
	for seed := range uint64(10) {
		all := tell(t, world(t, 3, crowded, ""), seed)
		tight, before := 0, vtime.Time(0)
		for _, at := range all.stepTimes(1) {
			if apart := at.Sub(before); inForce(before) && apart < 4*ms {
				t.Fatalf("seed %d: steps of n1 at %v and %v", seed, before, at)
			} else if inForce(before) && apart == 4*ms {
				tight++
			}
			before = at
		}
		if tight < 100 {
			t.Fatalf("seed %d: n1 was busy for %d steps only", seed, tight)
		}
		waited := 0
		for _, l := range all.letters() {
			if l.sent > instant(2*vtime.Second) {
				continue
			}
			if l.lost != 0 || len(l.arrived) != 1 || l.to != 1 && l.arrived[0] != l.sent.Add(latency) {
				t.Fatalf("seed %d: %+v", seed, l)
			}
			if l.arrived[0] != l.sent.Add(latency) {
				waited++
			}
		}
		if waited < 100 {
			t.Fatalf("seed %d: only %d messages had to wait", seed, waited)
		}
	}
}

// steady lets a leader send heartbeats every 50 ms, and its followers be patient.
func steady(s *scenario.Scenario) *scenario.Scenario {
	s.Cluster.Server.Heartbeat = 50 * ms
	s.Cluster.Server.ElectionTimeout = choice.UniformBetween(int64(400*ms), int64(800*ms))
	return s
}

// TestOverdueTimersComeFirst: when a heartbeat is due, a busy leader does nothing else before, though
// messages were there earlier. It checks no quorum, for which another timer could come first.
func TestOverdueTimersComeFirst(t *testing.T) {
	late, fault := 0, `{at = "1s", do = "slow_cpu", node = "n1", by = "7ms", for = "1s"}`
	for seed := range uint64(10) {
		s := steady(world(t, 3, fault, ""))
		s.Cluster.Server.Raft.CheckQuorum = false
		all := tell(t, s, seed)
		if n := len(all.of(record.BecameCandidate)); n != 1 {
			t.Fatalf("seed %d: n1 is deposed", seed)
		}
		var due vtime.Time
		for _, r := range all.at(1) {
			switch {
			case r.Kind == record.BecameLeader:
				due = r.At.Add(50 * ms)
			case due == 0 || !steps[r.Kind]:
			case isHeartbeat(&r):
				if r.At < due || r.At > due.Add(7*ms) {
					t.Fatalf("seed %d: a heartbeat at %v, due at %v", seed, r.At, due)
				}
				if r.At > due {
					late++
				}
				due = r.At.Add(50 * ms)
			case r.Kind != record.TimerFired && r.At > due: // a leader's election timer fires in vain
				t.Fatalf("seed %d: %v at %v, and a heartbeat due at %v", seed, r.Kind, r.At, due)
			}
		}
	}
	if late < 50 {
		t.Errorf("only %d heartbeats were late", late)
	}
}

// TestACrashAtWork: a crash ends the step, and what waited for it is lost; a pause lets it wait.
func TestACrashAtWork(t *testing.T) {
	for _, do := range []string{"crash", "pause"} {
		dropped := 0
		for seed := range uint64(10) {
			fault := crowded + fmt.Sprintf(`, {at = "%dms", do = %q, node = "n1", for = "100ms"}`, 1500+seed, do)
			all := tell(t, world(t, 3, fault, ""), seed)
			begins, lasts := 1500*ms+vtime.Duration(seed)*ms, 100*ms
			for _, at := range all.stepTimes(1) {
				if at >= instant(begins) && at < instant(begins+lasts) {
					t.Fatalf("seed %d: n1 acts at %v, in its %s", seed, at, do)
				}
			}
			for _, l := range all.letters() {
				// What arrives in the crash is lost, and what had arrived and waited.
				if l.to == 1 && l.lost != 0 {
					arrival := l.sent.Add(latency)
					if do == "pause" || l.why != "the server is down" || l.lost < instant(begins) ||
						l.lost >= instant(begins+lasts) || len(l.arrived) > 0 || l.lost < arrival {
						t.Fatalf("%s, seed %d: %+v", do, seed, l)
					}
					if arrival < instant(begins) {
						dropped++
					}
				}
			}
			if after := all.during(begins+lasts, 2900*ms).stepTimes(1); len(after) < 50 {
				t.Fatalf("%s, seed %d: n1 takes %d steps after it", do, seed, len(after))
			}
		}
		if lost := dropped > 20; lost != (do == "crash") {
			t.Errorf("%s: %d messages are lost that waited", do, dropped)
		}
	}
}

// TestACrashEndsTheStep: a server that is back sooner than the step would have taken is free at once.
func TestACrashEndsTheStep(t *testing.T) {
	for nth := 3; nth < 13; nth++ {
		fault := fmt.Sprintf(`{at = "0s", do = "slow_cpu", node = "n2", by = "100ms"},
			{when = "delivered n2 #%d", do = "crash", node = "n2", for = "1ms"}`, nth)
		all := tell(t, steady(world(t, 0, fault, "")), uint64(nth))
		back := all[all.first(t, 0, record.Restarted, 2)].At
		for _, l := range all.letters() {
			if l.to == 2 && l.sent.Add(latency) > back {
				if len(l.arrived) != 1 || l.arrived[0] != l.sent.Add(latency) {
					t.Fatalf("#%d: back at %v, and the first message waits: %+v", nth, back, l)
				}
				break
			}
		}
	}
}

// clockAt is how far a clock goes until a time, that runs otherwise while a fault lasts: in nanoseconds.
// Drifts are in thousandths.
func clockAt(at vtime.Time, usual, during int64) int64 {
	span := at.Sub(0)
	faulty := max(0, min(span, faultEnds)-faultBegins)
	return int64(span) + int64(span-faulty)*usual/1000 + int64(faulty)*during/1000
}

func isHeartbeat(r *record.Record) bool {
	return r.Kind == record.TimerFired && raft.Timer(r.Number) == raft.HeartbeatTimer
}

// heartbeats returns when the first leader's timer fired, until somebody else stands.
func (a tale) heartbeats(id raft.ServerID) (times []vtime.Time) {
	for _, r := range a {
		switch {
		case r.Kind == record.BecameCandidate && r.Server != id:
			return times
		case isHeartbeat(&r) && r.Server == id:
			times = append(times, r.At)
		}
	}
	return times
}

// TestClocksRunAsFaultsSay: from one heartbeat to the next the leader's own clock goes on by 50 ms: also
// from the one before a fault begins or ends to the one after.
func TestClocksRunAsFaultsSay(t *testing.T) {
	for _, test := range []struct {
		name          string
		fault, more   string
		usual, during int64
	}{
		{"fast", `{at = "1s", do = "clock_drift", node = "n1", drift = 0.25, for = "1s"}`, "", 0, 250},
		{"slow", `{at = "1s", do = "clock_drift", node = "leader", drift = -0.5, for = "1s"}`, "", 0, -500},
		{"several", `{at = "1s", do = "clock_drift", nodes = ["n1", "n2"], drift = 0.1, for = "1s"}`, "", 0, 100},
		{"another's", `{at = "1s", do = "clock_drift", node = "n2", drift = 0.2, for = "1s"}`, "", 0, 0},
		{"the last counts", `{at = "1s", do = "clock_drift", node = "n1", drift = 0.1, for = "1s"},
			{at = "1s", do = "clock_drift", node = "n1", drift = 0.3, for = "1s"}`, "", 0, 300},
		{"by itself", "", "[clock]\ndrift = {min = 0.25, max = 0.25}", 250, 250},
		{"its own", "", "[clock]\ndrift = {min = 0.25, max = 0.25}\n[[server]]\nname = \"n1\"\ndrift = -0.2",
			-200, -200},
		{"back to its own", `{at = "1s", do = "clock_drift", node = "n1", drift = 0.4, for = "1s"}`,
			"[[server]]\nname = \"n1\"\ndrift = -0.2", -200, 400},
	} {
		for seed := range uint64(5) {
			s := steady(world(t, 0, test.fault, test.more))
			beats := tell(t, s, seed).heartbeats(1)
			if len(beats) < 40 || beats[len(beats)-1] < instant(2800*ms) {
				t.Fatalf("%s, seed %d: %d heartbeats", test.name, seed, len(beats))
			}
			for i := 1; i < len(beats); i++ {
				went := clockAt(beats[i], test.usual, test.during) - clockAt(beats[i-1], test.usual, test.during)
				if went < int64(50*ms) || went > int64(50*ms)+4 {
					t.Fatalf("%s, seed %d: from %v to %v its clock goes on by %d ns", test.name, seed,
						beats[i-1], beats[i], went)
				}
			}
		}
	}
}

// TestElectionTimeoutsDriftToo: where the clocks of all followers run at another rate, they wait as much
// longer or shorter for a leader that has crashed.
func TestElectionTimeoutsDriftToo(t *testing.T) {
	waits := func(seed uint64, drift string) vtime.Duration {
		fault := `{at = "1s", do = "crash", node = "n1"}`
		const clocks = "[clock]\ndrift = {min = %s, max = %s}\n[[server]]\nname = \"n1\"\ndrift = 0.0"
		more := fmt.Sprintf(clocks, drift, drift)
		all := tell(t, world(t, 0, fault, more), seed)
		stood := all.during(faultBegins, 3*vtime.Second).of(record.BecamePreCandidate)
		if len(stood) == 0 {
			t.Fatalf("seed %d: nobody asks whether it could win", seed)
		}
		heard := all.during(0, faultBegins+20*ms).at(stood[0].Server).of(record.Delivered)
		return stood[0].At.Sub(heard[len(heard)-1].At)
	}
	for seed := range uint64(20) {
		usual := waits(seed, "0.0")
		if usual < 150*ms || usual > 300*ms {
			t.Fatalf("seed %d: somebody asks after %v", seed, usual)
		}
		for drift, want := range map[string]vtime.Duration{
			"0.5": usual * 2 / 3, "-0.5": usual * 2, "0.25": usual * 4 / 5,
		} {
			if got := waits(seed, drift); got < want || got > want+2 {
				t.Errorf("seed %d, drift %s: somebody asks after %v, want %v", seed, drift, got, want)
			}
		}
	}
}

// TestClocksJump: forwards, what is due by then is due at once; backwards, everything is later. The
// leader checks no quorum: by a long jump it would lose it.
func TestClocksJump(t *testing.T) {
	for _, test := range []struct {
		jump string
		by   vtime.Duration
	}{{"2s", 2 * vtime.Second}, {"20ms", 20 * ms}, {"-20ms", -20 * ms}, {"-300ms", -300 * ms}} {
		for at := range 10 {
			begins := vtime.Second + vtime.Duration(7*at)*ms
			fault := fmt.Sprintf(`{at = "%s", do = "clock_jump", nodes = ["n1"], jump = %q}`, begins, test.jump)
			s := steady(world(t, 0, fault, ""))
			s.Cluster.Server.Raft.CheckQuorum = false
			beats := tell(t, s, uint64(at)).heartbeats(1)
			jumped := 0
			for i := 1; i < len(beats); i++ {
				want := beats[i-1].Add(50 * ms)
				if beats[i-1] < instant(begins) && want >= instant(begins) {
					want = max(instant(begins), want.Add(-test.by))
					jumped++
				}
				if beats[i] != want {
					t.Fatalf("%s at %v: a heartbeat at %v, want %v", test.jump, begins, beats[i], want)
				}
			}
			if jumped != 1 || beats[len(beats)-1] < instant(2*vtime.Second) {
				t.Fatalf("%s at %v: %d heartbeats", test.jump, begins, len(beats))
			}
		}
	}
}

// TestEachServersClockIsDrawn from where [clock] says, for each and with each seed another one.
func TestEachServersClockIsDrawn(t *testing.T) {
	s := steady(world(t, 0, "", "[clock]\ndrift = {min = -0.02, max = 0.01}"))
	spans := map[vtime.Duration]bool{}
	slow := 0
	for seed := range uint64(40) {
		beats := tell(t, s, seed).heartbeats(1)
		span := beats[1].Sub(beats[0])
		spans[span] = true
		if span < 50*ms*1000/1010 || span > 50*ms*1000/980+1 {
			t.Errorf("seed %d: heartbeats are %v apart", seed, span)
		}
		if span > 50*ms {
			slow++
		}
	}
	if len(spans) < 39 || !near(slow, 40*2/3, 40) {
		t.Errorf("of 40 clocks %d differ, %d are slow", len(spans), slow)
	}
}

// TestWhatDiffersOnOneServer: its disk, and how long it waits for a leader.
func TestWhatDiffersOnOneServer(t *testing.T) {
	more := `
[[server]]
name = "n2"
fsync = "7ms"
[[server]]
name = "n3"
election_timeout = {min = "100ms", max = "110ms"}`
	s := world(t, 2, `{at = "1s", do = "crash", node = "n1"}`, more)
	for seed := range uint64(10) {
		all := tell(t, s, seed)
		for id := raft.ServerID(1); id <= 5; id++ {
			all.syncs(id, func(began vtime.Time, takes vtime.Duration) {
				if want := map[raft.ServerID]vtime.Duration{2: 7 * ms}[id]; takes != max(ms, want) {
					t.Fatalf("seed %d: a sync of %v takes %v", seed, id, takes)
				}
			})
		}
		stood := all.during(faultBegins, 3*vtime.Second).of(record.BecamePreCandidate)[0]
		if stood.Server != 3 || stood.At > instant(vtime.Second+115*ms) {
			t.Fatalf("seed %d: %v asks at %v, want n3", seed, stood.Server, stood.At)
		}
	}
}
