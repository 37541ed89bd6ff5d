package check

import (
	"slices"
	"testing"

	"raftkv/raft"
	"raftkv/sim/record"
)

// twoCommitted is begins, and the commands x and y committed on n1 and n2 and held by them. n3 has
// not heard of either unless a story goes on so.
func (s *story) twoCommitted() {
	s.begins()
	s.appendAll(2, 1, "x", n1, n2)
	s.appendAll(3, 1, "y", n1, n2)
	s.commits(3, n1, n2)
}

// applyBoth is what follows twoCommitted on each of the servers; n3 first gets the entries.
func (s *story) applyBoth(ids ...raft.ServerID) {
	s.appends(n3, 2, 1, "x")
	s.appends(n3, 3, 1, "y")
	s.commits(3, n3)
	for _, id := range ids {
		s.applies(id, 2, 1, "x", 7)
		s.applies(id, 3, 1, "y", 8)
	}
}

// relives: n1 applies x, crashes, and applies it again with the state.
func (s *story) relives(state uint64) {
	s.twoCommitted()
	s.applies(n1, 2, 1, "x", 7)
	s.crashes(n1)
	s.restarts(n1)
	s.recovers(n1, 1, 1, "")
	s.recovers(n1, 2, 1, "x")
	s.follows(n1, 1)
	s.commits(2, n1)
	s.applies(n1, 1, 1, "", 0)
	s.applies(n1, 2, 1, "x", state)
}

// figure8 is Figure 8 of the paper through (c): n1 leads again, in term 4, and has brought its
// entry of term 2 to a majority.
func (s *story) figure8() {
	s.starts(n1, n2, n3, n4, n5)
	s.leads(n1, 1)
	s.appendAll(1, 1, "", n1, n2, n3, n4, n5)
	s.follows(n1, 1)
	s.leads(n1, 2)
	s.appendAll(2, 2, "", n1, n2)
	s.crashes(n1)
	s.leads(n5, 3)
	s.appends(n5, 2, 3, "")
	s.crashes(n5)
	s.restarts(n5)
	s.recovers(n5, 1, 1, "")
	s.recovers(n5, 2, 3, "")
	s.restarts(n1)
	s.recovers(n1, 1, 1, "")
	s.recovers(n1, 2, 2, "")
	s.leads(n1, 4)
	s.appends(n1, 3, 4, "")
	s.follows(n3, 4)
	s.appends(n3, 2, 2, "")
}

// lateCommit: while n1 commits x in term 1, n2 leads term 2 and n3 term 3 already. In its log n3
// had what held says when it was elected, and lost it since.
func (s *story) lateCommit(held string) {
	s.begins()
	s.appendAll(2, 1, "x", n1, n2)
	s.leads(n2, 2)
	term := raft.Term(1)
	if held != "x" {
		term = 2 // not in term 1: that would break Log Matching too
	}
	s.appends(n3, 2, term, held)
	s.leads(n3, 3)
	s.follows(n3, 4)
	s.truncates(n3, 1)
	s.appends(n3, 2, 1, "x")
	s.commits(2, n1)
}

func TestVerdicts(t *testing.T) {
	testVerdicts(t, slices.Concat(verdicts, sessionVerdicts, livenessVerdicts), judge)
}

func testVerdicts(t *testing.T, verdicts []verdict, judge func([]record.Record) *Judges) {
	for _, v := range verdicts {
		t.Run(v.name, func(t *testing.T) {
			good := judge(tell(v.good))
			if first := good.First(); first != nil {
				t.Errorf("the good twin is convicted: %v: %s", first.Check, first.Message)
			}
			bad := judge(tell(v.bad))
			if got := convicted(bad); got != v.convicts {
				t.Errorf("convicted of %v, want the checks %b (bits: %b)",
					bad.Violations(), v.convicts, got)
			}
			if first := bad.First(); first == nil || first.Message != v.first {
				t.Errorf("the message is\n%+v, want\n%s", first, v.first)
			}
			for _, c := range Checks() {
				if v.convicts.Has(c) && bad.Status(c) != Violated {
					t.Errorf("%v is %v, want violated", c, bad.Status(c))
				}
			}
		})
	}
}

// Every check that records can break is broken in some story by itself alone.
func TestEachJudgeConvictsAlone(t *testing.T) {
	alone := SetOf(Linearizability) // no record breaks it: see linearizability_test.go
	all := slices.Concat(verdicts, lemmaVerdicts, sessionVerdicts, validityVerdicts, readVerdicts,
		livenessVerdicts)
	for _, v := range all {
		for _, c := range Checks() {
			if v.convicts == SetOf(c) {
				alone = alone.With(c)
			}
		}
	}
	for _, c := range Checks() {
		if !alone.Has(c) {
			t.Errorf("no story convicts of %v alone", c)
		}
	}
}

func TestAViolationSaysWhere(t *testing.T) {
	records := tell(verdicts[0].bad)
	first := judge(records).First()
	last := records[len(records)-1]
	if first.Check != ElectionSafety || first.Event != last.Event || first.At != last.At {
		t.Errorf("%+v, want election_safety at event %d, %v", first, last.Event, last.At)
	}
}

func TestOnlyTheFirstViolationOfACheckIsKept(t *testing.T) {
	j := judge(tell(func(s *story) {
		s.starts(n1, n2, n3)
		s.leads(n1, 1)
		s.leads(n2, 1)
		s.leads(n3, 1)
	}))
	if got := j.Violations(); len(got) != 1 || got[0].Message != "n1 and n2 both lead term 1" {
		t.Errorf("violations %+v", got)
	}
}

func TestAJudgeThatIsOffIsSilent(t *testing.T) {
	for _, v := range verdicts {
		testOff(t, v, v.convicts|lemmas|unasked)
	}
	for _, v := range lemmaVerdicts {
		testOff(t, v, v.convicts|unasked)
	}
}

func testOff(t *testing.T, v verdict, off Set) {
	t.Helper()
	j := judgeWithout(off, tell(v.bad))
	if first := j.First(); first != nil {
		t.Errorf("%s: all off, yet %v: %s", v.name, first.Check, first.Message)
	}
	for _, c := range Checks() {
		if off.Has(c) != (j.Status(c) == Off) {
			t.Errorf("%s: %v is %v", v.name, c, j.Status(c))
		}
	}
}

func TestStatuses(t *testing.T) {
	undecided := func(j *Judges) []Check {
		return slices.DeleteFunc(Checks(), func(c Check) bool { return j.Status(c) != Undecided })
	}
	settled := func(s *story) { s.twoCommitted(); s.applyBoth(n1, n2, n3); s.settles() }
	ended := func(how record.Ending, open uint32) func(*story) {
		return func(s *story) { s.twoCommitted(); s.ends(how, open) }
	}
	resting := func(s *story) { s.begins(); s.ends(record.TimeUp, 0) }
	open := []Check{Agreement, Linearizability, Finished, Liveness}
	for _, test := range []struct {
		name string
		tale func(*story)
		want []Check
	}{
		{"a run that is not over", (*story).begins, open},
		{"out of time, all at rest", resting, []Check{Linearizability}},
		{"out of time", ended(record.TimeUp, 0), []Check{Linearizability}},
		{"out of events", ended(record.Exhausted, 1), open},
		{"out of memory", ended(record.Flooded, 1), open},
		{"out of events, all asked", ended(record.Exhausted, 0),
			[]Check{Agreement, Linearizability, Liveness}},
		{"a run that came to rest", settled, []Check{Linearizability}},
	} {
		if got := undecided(judge(tell(test.tale))); !slices.Equal(got, test.want) {
			t.Errorf("%s: undecided are %v, want %v", test.name, got, test.want)
		}
	}
	j := judge(tell(settled))
	j.Finish(nil)
	for _, c := range Checks() {
		if c.Kind() != Lemma && !unasked.Has(c) && j.Status(c) != OK {
			t.Errorf("%v is %v after all is over", c, j.Status(c))
		}
	}
}

// A run in which nothing happened says so.
func TestExercised(t *testing.T) {
	var idle Judges
	idle.Reset(0)
	busy := judge(tell(func(s *story) {
		s.twoCommitted()
		s.tells(1, 1, 2, 1, "x")
		s.rejects(1, 2)
		s.applyBoth(n1, n2, n3)
		s.leads(n2, 2)
		s.appends(n2, 4, 2, "")
		s.truncates(n2, 4)
		s.settles()
	}))
	want := [checkCount]uint64{
		ElectionSafety:     2,
		LeaderAppendOnly:   4,         // n1 three times, n2 once
		LogMatching:        2 + 2 + 2, // followers, of three entries
		LeaderCompleteness: 1,         // n2, of what n1 committed
		StateMachineSafety: 3 + 2 + 6, // commits of what was not new, wholly or in part; applications
		Acknowledged:       2,
		Agreement:          3,
		Finished:           1,
		NoPanic:            3, // servers that started
		Validity:           2, // commands
		Liveness:           1,
	}
	for _, c := range Checks() {
		if idle.Exercised(c) != 0 {
			t.Errorf("%v is exercised %d times by nothing", c, idle.Exercised(c))
		}
		if c.Kind() != Lemma && busy.Exercised(c) != want[c] {
			t.Errorf("%v is exercised %d times, want %d", c, busy.Exercised(c), want[c])
		}
	}
	if busy.First() != nil {
		t.Error(busy.First().Message)
	}
}

func TestNames(t *testing.T) {
	for i, c := range Checks() {
		if int(c) != i+1 {
			t.Errorf("check %d is %v: out of order", i, c)
		}
		if got, known := Named(c.String()); got != c || !known {
			t.Errorf("%v by its name is %v, %v", c, got, known)
		}
	}
	for _, name := range []string{"", "elections", "Check(0)"} {
		if c, known := Named(name); known {
			t.Errorf("%q is %v", name, c)
		}
	}
	kinds := map[Kind]int{}
	for _, c := range Checks() {
		kinds[c.Kind()]++
	}
	if kinds[Theorem] != 10 || kinds[Lemma] != 10 || kinds[OfRun] != 3 {
		t.Errorf("kinds of checks: %v", kinds)
	}
	for i, want := range []string{"Kind(0)", "theorem", "lemma", "run", "Kind(4)"} {
		if got := Kind(i).String(); got != want {
			t.Errorf("kind %d is %q, want %q", i, got, want)
		}
	}
	want := []string{"ok", "violated", "undecided", "excused", "off"}
	for i, s := range []Status{OK, Violated, Undecided, Excused, Off} {
		if s.String() != want[i] {
			t.Errorf("status %d is %q, want %q", s, s, want[i])
		}
	}
}
