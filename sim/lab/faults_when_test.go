package lab

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"raftkv/raft"
	"raftkv/sim/mark"
	"raftkv/sim/record"
	"raftkv/sim/server"
	"raftkv/sim/vtime"
)

// busy is what a world has on top, in which much happens that a fault can wait for.
const busy = `[storage]
fsync = {dist = "uniform", min = "1ms", max = "4ms"}`

// troubles are faults that bring about what others wait for.
var troubles = []string{
	`{at = "200ms", do = "transfer_leader", node = "follower"}`,
	`{at = "300ms", do = "crash", nodes = ["n1", "n2"], for = "100ms"}`,
	`{at = "600ms", do = "pause", node = "leader", for = "300ms"}`,
	`{at = "1s", do = "isolate", node = "leader", for = "400ms"}`,
	`{at = "1500ms", do = "crash", nodes = ["n1", "n2", "n3"]}`,
	`{at = "1510ms", do = "crash", nodes = ["n4", "n5"], for = "20ms"}`,
	`{at = "1600ms", do = "restart", node = "n1"}, {at = "1600ms", do = "restart", node = "n2"}`,
	`{at = "1700ms", do = "restart", node = "n3"}`,
	`{at = "1900ms", do = "loss", node = "leader", rate = 0.2, for = "300ms"}`,
	`{at = "1900ms", do = "duplicate", node = "leader", rate = 0.2, for = "300ms"}`,
	`{at = "1900ms", do = "slow_link", node = "leader", rate = 0.2, by = "20ms", for = "300ms"}`,
	`{at = "1900ms", do = "clog", node = "follower", for = "50ms"}`,
	`{at = "2s", do = "slow_disk", node = "leader", by = "5ms", for = "50ms"}`,
	`{at = "2s", do = "stall_disk", node = "follower", for = "50ms"}`,
	`{at = "2s", do = "slow_cpu", node = "follower", by = "1ms", for = "50ms"}`,
	`{at = "2s", do = "clock_drift", node = "leader", drift = 0.1, for = "50ms"}`,
	`{at = "2s", do = "clock_jump", node = "follower", jump = "1s"}`,
	`{at = "2200ms", do = "pause", node = "follower", for = "50ms"}`,
	`{at = "2200ms", do = "isolate", node = "follower", for = "50ms"}`,
	`{at = "2300ms", do = "partition", groups = [["n1", "n2"]], for = "300ms"}`,
	`{at = "2300ms", do = "cut", link = {from = "n1", to = "n3"}, for = "50ms"}`,
	`{at = "2700ms", do = "pause", node = "n4"}, {at = "2800ms", do = "resume", node = "n4"}`,
	`{at = "2900ms", do = "heal"}`,
}

// meets returns the place of the record that meets the condition, by a count of its own; -1 if none
// does.
func (a tale) meets(c mark.Condition) int {
	var watch mark.Watch
	watch.Reset()
	left := c.Nth
	for i := range a {
		made := watch.Observe(&a[i])
		if !made.Has(c.What) || c.Server != raft.None && !slices.Contains(a[i:i+1].at(c.Server), a[i]) &&
			!(a[i].Kind == record.Lost && a[i].Server == c.Server) ||
			c.Client != 0 && a[i].Client != c.Client {
			continue
		}
		if left--; left == 0 {
			return i
		}
	}
	return -1
}

// sameStep tells whether the second record is told in one breath with the first: what a node's step has
// changed, a whole restart, all crashes of one fault, a message that is lost as it is sent.
func sameStep(before, r *record.Record) bool {
	switch r.Kind {
	case record.BecameFollower, record.BecameLeader, record.BecameCandidate, record.LearnedLeader,
		record.BecamePreCandidate, record.Truncated, record.Appended, record.Committed,
		record.Proposed, record.Refused, record.TakenToRead, record.TransferAsked:
		return before.Kind != record.FaultBegan
	case record.Recovered:
		return true
	case record.Restarted, record.Crashed, record.Paused, record.Resumed:
		return before.Kind == record.FaultBegan || before.Kind == record.FaultEnded ||
			before.Kind == r.Kind || before.Kind == record.Recovered
	case record.Started:
		return before.Kind == record.Started
	case record.Lost:
		return before.Kind == record.Sent && before.Number == r.Number
	case record.Missed:
		return before.Kind == record.Answered || before.Kind == record.Invoked
	}
	return false
}

// checkStrike fails unless the fault begins right after the record that meets its condition.
func checkStrike(t *testing.T, all tale, c mark.Condition, number uint64) (struck bool) {
	t.Helper()
	i := all.meets(c)
	if i < 0 || all[i].Kind == record.Finished {
		if began := all.began(number); began >= 0 {
			t.Fatalf("%v: it begins at %v, though nothing met it", c, all[began].At)
		}
		return false
	}
	j := i + 1
	for j < len(all) && sameStep(&all[j-1], &all[j]) {
		j++
	}
	if all[j].Kind != record.FaultBegan || all[j].Number != number || all[j].At != all[i].At {
		t.Fatalf("%v: met by %+v, after it (%d) comes\n%+v", c, all[i], j-i, all[j])
	}
	return true
}

// began returns the place where the fault of that number begins, -1 if nowhere.
func (a tale) began(number uint64) int {
	return slices.IndexFunc(a, func(r record.Record) bool {
		return r.Kind == record.FaultBegan && r.Number == number
	})
}

// TestFaultsStrikeRightAfterWhatTheyWaitFor, in the same instant, before anything else that is owed:
// for each mark, whomever it concerns, the first time and a later one.
func TestFaultsStrikeRightAfterWhatTheyWaitFor(t *testing.T) {
	struck := map[mark.Mark]bool{}
	for i, what := range mark.All() {
		if what == mark.OfKind(record.Panicked) || what == mark.OfKind(record.Finished) {
			continue // after them nothing happens
		}
		for k, subject := range []string{"", " n2", " n3 #3", " #4", " c1 #2"} {
			text := what.String() + subject
			c, err := mark.ParseCondition(text)
			over := what == mark.OfKind(record.Panicked) || what == mark.OfKind(record.Finished)
			if err != nil || over {
				continue // it concerns nobody, or no client; or the run ends with it
			}
			verb := []string{`"pause", node = "n1"`, `"crash", node = "n4"`, `"isolate", node = "n2"`}[(i+k)%3]
			fault := fmt.Sprintf(`{when = %q, do = %s, for = "50ms"}, %s`, text, verb, strings.Join(troubles, ","))
			s := world(t, 2, fault, busy)
			s.Cluster.Server.Reads = server.Reads(k % 2) // no leases: the clocks are wrong
			all := tell(t, s, uint64(i))
			if checkStrike(t, all, c, 1) {
				struck[what] = true
			}
		}
	}
	if len(struck) < 105 {
		t.Errorf("only %d marks were met", len(struck))
	}
}

// TestTwoFaultsOnOneCondition begin in the order of the list, before anything else goes on.
func TestTwoFaultsOnOneCondition(t *testing.T) {
	for nth := 1; nth <= 20; nth++ {
		fault := fmt.Sprintf(`{when = "sent n1 #%d", do = "crash", node = "n2", for = "20ms"},
			{when = "sent n1 #%d", do = "pause", node = "n1", for = "20ms"}`, nth, nth)
		all := tell(t, world(t, 2, fault, ""), uint64(nth))
		i := all.meets(mark.Condition{What: mark.OfKind(record.Sent), Server: 1, Nth: uint32(nth)})
		var kinds []record.Kind
		for _, r := range all[i+1 : i+5] {
			kinds = append(kinds, r.Kind)
		}
		want := []record.Kind{record.FaultBegan, record.Crashed, record.FaultBegan, record.Paused}
		if !slices.Equal(kinds, want) || all[i+4].At != all[i].At {
			t.Fatalf("#%d: after %+v come %v", nth, all[i], kinds)
		}
	}
}

// goesOn returns what a server does from a place on, at that instant, that it owed: it is without time.
func (a tale) goesOn(from int, id raft.ServerID) tale {
	at := a[from].At
	rest := a[from+1:].where(func(r *record.Record) bool {
		return r.At == at && r.Server == id && owed[r.Kind]
	})
	return rest.same()
}

// TestAFaultElsewhereLeavesTheRestToBeDone: who was in the middle of what it owed goes on, as it would
// have without the fault.
func TestAFaultElsewhereLeavesTheRestToBeDone(t *testing.T) {
	rests := 0
	for nth := 1; nth <= 60; nth++ {
		undisturbed := tell(t, world(t, 2, "", ""), uint64(nth))
		fault := fmt.Sprintf(`{when = "sent n1 #%d", do = "crash", node = "n3", for = "50ms"}`, nth)
		all := tell(t, world(t, 2, fault, ""), uint64(nth))
		i := all.meets(mark.Condition{What: mark.OfKind(record.Sent), Server: 1, Nth: uint32(nth)})
		want := undisturbed.goesOn(i, 1)
		if got := all.goesOn(i, 1); !slices.Equal(got, want) {
			t.Fatalf("#%d: n1 goes on with %d actions, want %d", nth, len(got), len(want))
		}
		rests += len(want)
	}
	if rests < 60 {
		t.Errorf("only %d actions were still to be done", rests)
	}
}

// TestAPauseInTheMiddle: what a server was at is carried out when it goes on, first of all.
func TestAPauseInTheMiddle(t *testing.T) {
	rests := 0
	for nth := 1; nth <= 60; nth++ {
		undisturbed := tell(t, world(t, 2, "", ""), uint64(nth))
		fault := fmt.Sprintf(`{when = "sent n1 #%d", do = "pause", node = "n1", for = "60ms"}`, nth)
		all := tell(t, world(t, 2, fault, ""), uint64(nth))
		i := all.meets(mark.Condition{What: mark.OfKind(record.Sent), Server: 1, Nth: uint32(nth)})
		var want tale // of the event in which it was struck
		for _, r := range undisturbed[i+1:] {
			if r.Event == undisturbed[i].Event && owed[r.Kind] {
				want = append(want, r)
			}
		}
		resumed := all.first(t, i, record.Resumed, 1)
		for _, r := range all[i+1 : resumed].at(1) {
			if owed[r.Kind] || steps[r.Kind] {
				t.Fatalf("#%d: %v in the pause", nth, r.Kind)
			}
		}
		next := all[resumed+1:].at(1)
		if got := next[:len(want)].same(); !slices.Equal(got, want.same()) {
			t.Fatalf("#%d: after the pause come\n%+v, want\n%+v", nth, got, want.same())
		}
		if nth > 8 && next[len(want)].Kind != record.TimerFired { // 60 ms are longer than a heartbeat
			t.Fatalf("#%d: after what was owed comes %v, want a timer", nth, next[len(want)].Kind)
		}
		rests += len(want)
	}
	if rests < 60 {
		t.Errorf("only %d actions were still to be done", rests)
	}
}

// TestFaultsFollowEachOther: each begins at the instant at which the one before ends, in whatever way:
// by its time, by its counterpart, or because it struck nobody or for a moment only.
func TestFaultsFollowEachOther(t *testing.T) {
	all := tell(t, world(t, 0, `
		{at = "500ms", do = "crash", node = "n2", for = "100ms", as = "a"},
		{after = "a", do = "pause", nodes = ["n3", "n4"], as = "b"},
		{at = "900ms", do = "resume", node = "n3"},
		{at = "1s", do = "resume", node = "n4"},
		{after = "b", do = "crash", node = "candidate", for = "1s", as = "c"},
		{after = "c", do = "clock_jump", node = "n2", jump = "5ms", as = "d"},
		{after = "d", do = "isolate", node = "n5", for = "200ms", as = "e"},
		{after = "d", do = "clog", node = "n4", as = "f"},
		{at = "1100ms", do = "heal"},
		{after = "e", do = "slow_cpu", node = "n5", by = "1ms", for = "50ms"},
		{after = "f", do = "loss", node = "n5", rate = 0.1, for = "50ms"}`, ""), 1)
	for i, want := range []vtime.Duration{
		500 * ms, 600 * ms, 900 * ms, 1000 * ms, 1000 * ms, 1000 * ms, 1000 * ms, 1000 * ms,
		1100 * ms, 1100 * ms, 1100 * ms,
	} {
		j := all.began(uint64(i + 1))
		if j < 0 || all[j].At != instant(want) {
			t.Errorf("fault %d does not begin at %v", i+1, want)
		}
	}
	if nobody := all[all.began(5)]; nobody.Text != "crash candidate: nobody to strike" {
		t.Errorf("%+v", nobody)
	}
}

// TestOneOfSeveralComesBack: a restart or a resume ends what holds that server, and leaves the others.
func TestOneOfSeveralComesBack(t *testing.T) {
	for _, test := range []struct {
		do, counterpart string
		kind            record.Kind
	}{{"crash", "restart", record.Restarted}, {"pause", "resume", record.Resumed}} {
		for _, also := range []string{"", `, for = "1s"`} {
			all := tell(t, world(t, 0, fmt.Sprintf(
				`{at = "500ms", do = %q, nodes = ["n2", "n3", "n4"]%s}, {at = "800ms", do = %q, node = "n3"}`,
				test.do, also, test.counterpart), ""), 1)
			at := map[raft.ServerID]vtime.Time{}
			for _, r := range all.of(test.kind) {
				at[r.Server] = r.At
			}
			want := map[raft.ServerID]vtime.Time{3: instant(800 * ms)}
			if also != "" {
				want[2], want[4] = instant(1500*ms), instant(1500*ms)
			}
			if fmt.Sprint(at) != fmt.Sprint(want) {
				t.Errorf("%s%s: they come back at %v, want %v", test.do, also, at, want)
			}
		}
	}
}

// TestAMajorityIsSpared where the fault says so, and only there.
func TestAMajorityIsSpared(t *testing.T) {
	const down = `{at = "500ms", do = "crash", node = "n4", for = "1s"}, `
	for _, test := range []struct {
		before, nodes, spare string
		struck               bool
	}{
		{"", `["n1", "n2", "n3"]`, "true", false},
		{"", `["n1", "n2", "n3"]`, "false", true},
		{"", `["n1", "n2"]`, "true", true},
		{down, `["n1", "n2"]`, "true", false},
		{down, `["n1", "n2"]`, "false", true},
		{down, `["n1", "n4"]`, "true", true}, // n4 is down as it is
		{down, `["n1"]`, "true", true},
	} {
		for _, do := range []string{"crash", "pause"} {
			for _, begins := range []string{`at = "800ms"`, `when = "timer_fired n5"`} {
				all := tell(t, world(t, 0, fmt.Sprintf(
					`%s{%s, do = %q, nodes = %s, spare_majority = %s, for = "100ms"},
					{at = "700ms", do = "clock_jump", node = "n5", jump = "1s"}`,
					test.before, begins, do, test.nodes, test.spare), ""), 1)
				number := uint64(1)
				if test.before != "" {
					number = 2
				}
				began := all.began(number)
				if began < 0 {
					t.Fatalf("%+v never begins", test)
				}
				next := all[began+1].Kind
				if got := next == record.Crashed || next == record.Paused; got != test.struck {
					t.Errorf("%+v, %s: %q, struck: %v", test, do, all[began].Text, got)
				}
			}
		}
	}
}

// TestCandidatesAreStruck: whom a fault strikes that strikes a candidate stands for election then, or
// asks whether it could win.
func TestCandidatesAreStruck(t *testing.T) {
	struck := 0
	for seed := range uint64(60) {
		fault := fmt.Sprintf(`{when = "became_candidate #%d", do = "crash", node = "candidate", for = "300ms"},
			{at = "500ms", do = "pause", node = "leader", for = "1s"}`, 1+seed%3)
		all := tell(t, world(t, 0, fault, ""), seed)
		i := all.began(1)
		if i < 0 {
			continue
		}
		standing := map[raft.ServerID]bool{}
		for _, r := range all[:i] {
			switch r.Kind {
			case record.BecameCandidate, record.BecamePreCandidate:
				standing[r.Server] = true
			case record.BecameLeader, record.BecameFollower, record.Crashed, record.Paused:
				delete(standing, r.Server)
			}
		}
		if !standing[all[i].Server] || all[i+1].Kind != record.Crashed || all[i+1].Server != all[i].Server {
			t.Fatalf("seed %d: %+v strikes, and %v stand", seed, all[i], standing)
		}
		struck++
	}
	if struck < 40 {
		t.Errorf("only %d candidates were struck", struck)
	}
}
