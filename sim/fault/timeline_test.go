package fault_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

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

// timelineMachine drives a timeline and a naive model: a list of what is in force.
type timelineMachine struct {
	timeline *fault.Timeline
	faults   []fault.Fault
	begun    []bool
	model    []inForce
}

type inForce struct {
	i      int
	struck raft.ServerSet
}

func (m *timelineMachine) Begin(t *rapid.T) {
	i := rapid.IntRange(0, len(m.faults)-1).Draw(t, "fault")
	if m.begun[i] {
		t.Skip("every fault begins once")
	}
	m.begun[i] = true
	struck := raft.ServerSet(rapid.IntRange(1, 7).Draw(t, "struck")) << 1
	m.timeline.Begin(i, 0, struck)
	ends := map[record.Verb][]record.Verb{
		record.Restart: {record.Crash},
		record.Resume:  {record.Pause},
		record.Heal:    {record.Partition, record.Isolate, record.Cut},
	}[m.faults[i].Do]
	if ends == nil {
		m.model = append(m.model, inForce{i, struck})
	}
	for j := range m.model {
		if slices.Contains(ends, m.faults[m.model[j].i].Do) {
			m.model[j].struck &^= struck
			if m.faults[i].Do == record.Heal {
				m.model[j].struck = 0
			}
		}
	}
	m.model = slices.DeleteFunc(m.model, func(f inForce) bool { return f.struck == 0 })
}

func (m *timelineMachine) End(t *rapid.T) {
	i := rapid.IntRange(0, len(m.faults)-1).Draw(t, "fault")
	before := len(m.model)
	m.model = slices.DeleteFunc(m.model, func(f inForce) bool { return f.i == i })
	if got, want := m.timeline.End(i), len(m.model) < before; got != want {
		t.Fatalf("fault %d was in force: %v, want %v", i, got, want)
	}
}

func (m *timelineMachine) Check(t *rapid.T) {
	var down, paused raft.ServerSet
	var links [4][4]bool
	for _, f := range m.model {
		if struck := m.timeline.Struck(f.i); !m.timeline.InForce(f.i) || struck != f.struck {
			t.Fatalf("fault %d has struck %b, want %b", f.i, struck, f.struck)
		}
		switch m.faults[f.i].Do {
		case record.Crash:
			down |= f.struck
		case record.Pause:
			paused |= f.struck
		case record.Isolate:
			for id := f.struck.Next(raft.None); id != raft.None; id = f.struck.Next(id) {
				for other := 1; other <= 3; other++ {
					links[id][other], links[other][id] = true, true
				}
			}
		case record.Cut:
			links[1][2] = true
		}
	}
	if m.timeline.Held(record.Crash) != down || m.timeline.Held(record.Pause) != paused {
		t.Fatalf("down %b, paused %b, want %b and %b",
			m.timeline.Held(record.Crash), m.timeline.Held(record.Pause), down, paused)
	}
	cuts := cutsOf(m.timeline, raft.Servers(3))
	for from := 1; from <= 3; from++ {
		for to := 1; to <= 3; to++ {
			cut := cuts[from].Has(raft.ServerID(to))
			if from != to && cut != links[from][to] {
				t.Fatalf("n%d to n%d is cut: %v, want %v", from, to, cut, links[from][to])
			}
		}
	}
}

func TestTheTimelineIsItsModel(t *testing.T) {
	var faults []fault.Fault
	for range 4 {
		faults = append(faults, cut(1, 2), heal)
		for _, verb := range []record.Verb{
			record.Crash, record.Pause, record.Isolate, record.Restart, record.Resume,
		} {
			faults = append(faults, fault.Fault{Do: verb})
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		m := &timelineMachine{
			timeline: timelineOf(faults...), faults: faults, begun: make([]bool, len(faults)),
		}
		t.Repeat(rapid.StateMachineActions(m))
	})
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
