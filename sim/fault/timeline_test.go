package fault_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"raftkv/raft"
	"raftkv/sim/fault"
	"raftkv/sim/record"
)

func timelineOf(faults ...fault.Fault) *fault.Timeline {
	t := new(fault.Timeline)
	t.Reset(faults)
	return t
}

// began is a timeline all of whose faults have begun, in their order; each strikes whom it names.
func began(faults ...fault.Fault) *fault.Timeline {
	t := timelineOf(faults...)
	for i := range faults {
		t.Begin(i, 0, faults[i].Node.Servers)
	}
	return t
}

func wantHeld(t *testing.T, what string, timeline *fault.Timeline, down, paused raft.ServerSet) {
	t.Helper()
	if timeline.Held(record.Crash) != down || timeline.Held(record.Pause) != paused {
		t.Errorf("%s: down %b, paused %b, want %b and %b",
			what, timeline.Held(record.Crash), timeline.Held(record.Pause), down, paused)
	}
}

func TestNothingIsInForceBeforeItBegins(t *testing.T) {
	timeline := timelineOf(on(record.Crash, 1), on(record.Pause, 2), on(record.Isolate, 3))
	wantHeld(t, "at the start", timeline, 0, 0)
	wantCuts(t, "at the start", timeline, "")
	if timeline.InForce(0) || timeline.End(0) {
		t.Error("a fault that never began was in force")
	}
}

// Two faults hold a server: it is free when both are over, in whatever order they end.
func TestAServerIsHeldWhileAnyFaultHoldsIt(t *testing.T) {
	for _, order := range [][2]int{{0, 1}, {1, 0}} {
		crashes := began(on(record.Crash, 1), on(record.Crash, 1))
		wantHeld(t, "two crashes", crashes, set(1), 0)
		wantEnd(t, crashes, order[0], true)
		wantHeld(t, "the other crash", crashes, set(1), 0)
		wantEnd(t, crashes, order[1], true)
		wantHeld(t, "no crash", crashes, 0, 0)

		pauses := began(on(record.Pause, 1), on(record.Pause, 1))
		wantEnd(t, pauses, order[0], true)
		wantHeld(t, "the other pause", pauses, 0, set(1))
		wantEnd(t, pauses, order[1], true)
		wantHeld(t, "no pause", pauses, 0, 0)

		cuts := began(cut(1, 2), cutBoth(1, 2))
		wantEnd(t, cuts, order[0], true)
		wantCuts(t, "the other cut", cuts, []string{"1>2", "1>2 2>1"}[order[0]^1])
		wantEnd(t, cuts, order[1], true)
		wantCuts(t, "no cut", cuts, "")
	}
}

func wantEnd(t *testing.T, timeline *fault.Timeline, i int, want bool) {
	t.Helper()
	if timeline.InForce(i) != want {
		t.Errorf("fault %d is in force: %v, want %v", i+1, !want, want)
	}
	if got := timeline.End(i); got != want {
		t.Errorf("fault %d was in force: %v, want %v", i+1, got, want)
	}
	if timeline.InForce(i) || timeline.End(i) {
		t.Errorf("fault %d is in force after its end", i+1)
	}
}

func TestCrashAndPauseHoldApart(t *testing.T) {
	timeline := began(on(record.Crash, 1), on(record.Pause, 1), on(record.Pause, 2))
	wantHeld(t, "both", timeline, set(1), set(1, 2))
	timeline.End(0)
	wantHeld(t, "after the crash", timeline, 0, set(1, 2))
}

// A counterpart ends all its kind on that server, and on no other; each fault's own end then finds
// that it is no longer in force.
func TestCounterpartsEndTheirKind(t *testing.T) {
	crashes := []fault.Fault{
		on(record.Crash, 1), on(record.Crash, 1), on(record.Crash, 2), on(record.Pause, 1),
	}
	restarted := began(append(crashes, on(record.Restart, 1))...)
	wantHeld(t, "restart", restarted, set(2), set(1))
	for i, still := range []bool{false, false, true, true, false} {
		wantEnd(t, restarted, i, still)
	}

	pauses := []fault.Fault{
		on(record.Pause, 1), on(record.Pause, 1), on(record.Pause, 2), on(record.Crash, 1),
	}
	resumed := began(append(pauses, on(record.Resume, 1))...)
	wantHeld(t, "resume", resumed, set(1), set(2))
	for i, still := range []bool{false, false, true, true, false} {
		wantEnd(t, resumed, i, still)
	}

	cuts := []fault.Fault{
		partition(set(1)), on(record.Isolate, 2), cut(1, 2), on(record.Crash, 3), on(record.Pause, 2),
	}
	healed := began(append(cuts, heal)...)
	wantCuts(t, "heal", healed, "")
	wantHeld(t, "heal", healed, set(3), set(2))
	for i, still := range []bool{false, false, false, true, true, false} {
		wantEnd(t, healed, i, still)
	}
}

// What begins after the counterpart is a new fault.
func TestCounterpartsEndOnlyWhatHasBegun(t *testing.T) {
	faults := []fault.Fault{on(record.Restart, 1), on(record.Crash, 1), heal, cut(1, 2)}
	timeline := began(faults...)
	wantHeld(t, "crash after restart", timeline, set(1), 0)
	wantCuts(t, "cut after heal", timeline, "1>2")
}

// A target that is found when the fault begins is whom it holds; what the scenario names is not.
func TestTheTimelineHoldsWhomTheFaultStruck(t *testing.T) {
	faults := []fault.Fault{
		find(record.Crash, fault.Leader), find(record.Crash, fault.Leader),
		find(record.Restart, fault.Random), find(record.Isolate, fault.Leader),
	}
	timeline := timelineOf(faults...)
	timeline.Begin(0, 0, set(4))
	timeline.Begin(1, 0, set(2))
	wantHeld(t, "two leaders", timeline, set(2, 4), 0)
	timeline.Begin(2, 0, set(4))
	wantHeld(t, "one restarted", timeline, set(2), 0)
	timeline.Begin(3, 0, set(3))
	wantCuts(t, "an isolated leader", timeline, "1>3 2>3 3>1 3>2 3>4 4>3")
}

func TestResetEndsAll(t *testing.T) {
	timeline := began(on(record.Crash, 1), on(record.Pause, 2), cut(1, 2))
	faults := []fault.Fault{on(record.Crash, 3), on(record.Crash, 1)}
	timeline.Reset(faults)
	wantHeld(t, "reset", timeline, 0, 0)
	wantCuts(t, "reset", timeline, "")
	timeline.Begin(1, 0, set(1))
	wantHeld(t, "the second of the new", timeline, set(1), 0)
}

// cutsText writes the cuts as "1>2 2>1", in order.
func cutsText(cuts *fault.Links) string {
	var parts []string
	for from := range cuts {
		for to := range cuts {
			if cuts[from].Has(raft.ServerID(to)) {
				parts = append(parts, fmt.Sprint(from, ">", to))
			}
		}
	}
	return strings.Join(parts, " ")
}

// cutsOf returns the links that some fault in force strikes.
func cutsOf(timeline *fault.Timeline, members raft.ServerSet) (all fault.Links) {
	for _, links := range timeline.OnLinks(members) {
		for id := range links {
			all[id] |= links[id]
		}
	}
	return all
}

func wantCuts(t *testing.T, what string, timeline *fault.Timeline, want string) {
	t.Helper()
	cuts := cutsOf(timeline, raft.Servers(4))
	if got := cutsText(&cuts); got != want {
		t.Errorf("%s cuts %q, want %q", what, got, want)
	}
}

func TestWhatFaultsCutAmongFourServers(t *testing.T) {
	const (
		halves = "1>3 1>4 2>3 2>4 3>1 3>2 4>1 4>2"         // n1 n2 | n3 n4
		thirds = "1>3 1>4 2>3 2>4 3>1 3>2 3>4 4>1 4>2 4>3" // n1 n2 | n3 | n4
	)
	for _, test := range []struct {
		name   string
		faults []fault.Fault
		want   string
	}{
		{"nothing", nil, ""},
		{"a crash", []fault.Fault{on(record.Crash, 1)}, ""},
		{"two groups", []fault.Fault{partition(set(1, 2), set(3, 4))}, halves},
		{"one group, and the rest", []fault.Fault{partition(set(1, 2))}, halves},
		{"three groups", []fault.Fault{partition(set(1, 2), set(3), set(4))}, thirds},
		{"two groups, and the rest", []fault.Fault{partition(set(3), set(4))}, thirds},
		{"all in one group", []fault.Fault{partition(raft.Servers(4))}, ""},
		{"isolate two", []fault.Fault{{Do: record.Isolate, Node: fault.On(1, 2)}},
			"1>2 1>3 1>4 2>1 2>3 2>4 3>1 3>2 4>1 4>2"},
		{"isolate", []fault.Fault{on(record.Isolate, 2)}, "1>2 2>1 2>3 2>4 3>2 4>2"},
		{"one way", []fault.Fault{cut(3, 1)}, "3>1"},
		{"both ways", []fault.Fault{cutBoth(3, 1)}, "1>3 3>1"},
		{"a bridge", []fault.Fault{partition(set(1, 2), set(2, 3, 4))}, "1>3 1>4 3>1 4>1"},
		{"a bridge, and the rest", []fault.Fault{partition(set(1, 2), set(2, 3))},
			"1>3 1>4 2>4 3>1 3>4 4>1 4>2 4>3"},
		{"two cuts", []fault.Fault{cut(3, 1), cut(3, 2)}, "3>1 3>2"},
		{"overlap", []fault.Fault{partition(set(1, 2)), cut(1, 2)}, "1>2 " + halves},
	} {
		wantCuts(t, test.name, began(test.faults...), test.want)
	}
}

// Of a chain only the first begins at once: who comes after one that is about to begin waits for it.
func TestFaultsFollowOneByOne(t *testing.T) {
	after := func(f fault.Fault, name, after string) fault.Fault {
		f.Name, f.After = name, after
		return f
	}
	timeline := timelineOf(
		after(on(record.Crash, 1), "a", ""), after(on(record.Crash, 2), "b", "a"),
		after(on(record.Crash, 3), "c", "b"), after(heal, "d", "c"), after(heal, "e", "d"),
		after(on(record.Pause, 3), "f", "a"))
	for _, want := range [][]int{nil, {1, 5}, {2}, {3}, {4}, nil} {
		if got := timeline.Following(); !slices.Equal(got, want) {
			t.Fatalf("%v follow, want %v", got, want)
		}
		if again := timeline.Following(); len(again) > 0 {
			t.Fatalf("%v follow twice, before %v have begun", again, want)
		}
		i := 0
		if want != nil {
			i = want[0]
		}
		timeline.Begin(i, 0, timeline.Fault(i).Node.Servers)
		if lasts := timeline.Fault(i).Do.Lasts(); lasts && timeline.Following() != nil {
			t.Fatalf("somebody follows fault %d, which is in force", i)
		}
		timeline.End(i)
	}
}

func TestASteadyTimelineDoesNotAllocate(t *testing.T) {
	faults := []fault.Fault{on(record.Crash, 1), partition(set(1, 2)), on(record.Isolate, 2), heal}
	timeline := timelineOf(faults...)
	if n := testing.AllocsPerRun(100, func() {
		timeline.Reset(faults)
		for i := range faults {
			timeline.Begin(i, 0, set(1))
			cutsOf(timeline, raft.Servers(5))
			timeline.Held(record.Crash)
		}
		timeline.End(0)
	}); n != 0 {
		t.Errorf("the faults of a run allocate %v times, want 0", n)
	}
}

// BenchmarkTimeline is one fault that begins, is looked at and ends, among ten in force, after as many
// as the name says are over: it costs the same after any number.
func BenchmarkTimeline(b *testing.B) {
	for _, over := range []int{100, 1_000, 10_000} {
		b.Run(fmt.Sprint(over), func(b *testing.B) {
			timeline := new(fault.Timeline)
			for i := range over + 11 {
				timeline.Add(on(record.Crash, raft.ServerID(i%5+1)))
				timeline.Begin(i, 0, set(raft.ServerID(i%5+1)))
				if i < over {
					timeline.End(i)
				}
			}
			for b.Loop() {
				timeline.Begin(over+10, 0, set(1))
				timeline.Following()
				timeline.Held(record.Crash)
				timeline.Last(record.ClockDrift, 2)
				cutsOf(timeline, raft.Servers(5))
				timeline.End(over + 10)
				timeline.Ending()
			}
		})
	}
}
