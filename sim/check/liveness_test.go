package check

import (
	"testing"

	"raftkv/raft"
	"raftkv/sim/record"
	"raftkv/sim/vtime"
)

const second = vtime.Second

// heals: the servers heal, and have a second to settle; the rest is cut off, or not.
func (s *story) heals(core raft.ServerSet, cut bool) {
	s.put(record.Record{Kind: record.Healed, Servers: core, Success: cut, Bound: second})
}

func (s *story) healsAll() { s.heals(raft.SetOf(n1, n2, n3), false) }

func (s *story) waits(d vtime.Duration) { s.waited += d }

func (s *story) campaigns(id raft.ServerID, term raft.Term) {
	s.terms[id] = term
	s.add(record.Record{Kind: record.BecameCandidate, Server: id})
}

func (s *story) wouldWin(id raft.ServerID) {
	s.add(record.Record{Kind: record.BecamePreCandidate, Server: id})
}

// deadlock is what is told where nobody has moved at all.
const deadlock = ": a deadlock, in which nobody has stood for election and nothing was committed"

func (s *story) begs(client, operation uint32) {
	s.add(record.Record{
		Kind: record.Invoked, Client: client, Operation: operation, Action: record.Get, Key: "a",
		Digest: record.Digest("get a"),
	})
}

func (s *story) givesUp(client, operation uint32) {
	s.add(record.Record{
		Kind: record.Returned, Client: client, Operation: operation, Outcome: record.Unknown,
	})
}

func (s *story) mends()   { s.ends(record.Mended, 0) }
func (s *story) isStuck() { s.waits(second); s.ends(record.Stuck, 0) }

// rules: the server leads the term; its no-op at the index commits and is applied by all who hear of it.
func (s *story) rules(id raft.ServerID, term raft.Term, index raft.Index, ids ...raft.ServerID) {
	for _, to := range ids {
		s.follows(to, term)
	}
	s.leads(id, term)
	s.appendAll(index, term, "", ids...)
	s.commits(index, id)
	for _, to := range ids {
		if to != id {
			s.commits(index, to)
		}
		s.applies(to, index, term, "", 0)
	}
}

var livenessVerdicts = []verdict{
	{
		name: "elections come to an end",
		good: func(s *story) {
			s.begins()
			s.crashes(n1)
			s.healsAll()
			s.campaigns(n2, 2)
			s.campaigns(n3, 3)
			s.rules(n3, 4, 2, n2, n3)
			s.mends()
		},
		bad: func(s *story) {
			s.begins()
			s.crashes(n1)
			s.healsAll()
			s.campaigns(n2, 2)
			s.campaigns(n3, 3)
			s.waits(second)
			s.campaigns(n2, 4)
			s.campaigns(n3, 5)
			s.isStuck()
		},
		convicts: SetOf(Liveness),
		first: "2.005s after it healed, nobody leads: a livelock of 4 elections, 0 of them won, terms 2 to 5, " +
			"in which n2 n3 stood",
	},
	{
		name: "elections that are won come to an end too",
		good: func(s *story) {
			s.begins()
			s.begs(1, 1)
			s.healsAll()
			s.rules(n2, 2, 2, n1, n2, n3)
			s.waits(second)
			s.rules(n3, 3, 3, n1, n2, n3)
			s.rejects(1, 1)
			s.ends(record.Stuck, 0)
		},
		bad: func(s *story) {
			s.begins()
			s.begs(1, 1)
			s.healsAll()
			for term := raft.Term(2); term < 6; term++ {
				s.campaigns(n2, term)
				s.rules(n2, term, raft.Index(term), n1, n2, n3)
				s.waits(second / 2)
			}
			s.ends(record.Stuck, 0)
		},
		convicts: SetOf(Liveness),
		first: "2.057s after it healed, open are c1's get a (request 1) since 0.014000s: a livelock of " +
			"4 elections, 4 of them won, terms 2 to 5, in which n2 stood",
	},
	{
		name: "work comes to an end",
		good: func(s *story) { s.begins(); s.healsAll(); s.rules(n2, 2, 2, n1, n2, n3); s.ends(record.Stuck, 0) },
		bad: func(s *story) {
			s.begins()
			s.begs(1, 1)
			s.healsAll()
			s.waits(second)
			s.rules(n2, 2, 2, n1, n2, n3)
			s.ends(record.Stuck, 0)
		},
		convicts: SetOf(Liveness),
		first: "1.014s after it healed, open are c1's get a (request 1) since 0.014000s: it is still at " +
			"work, and has last committed at 1.027000s",
	},
	{
		name: "somebody stands for election",
		good: func(s *story) {
			s.begins()
			s.follows(n1, 2)
			s.healsAll()
			s.waits(second / 2)
			s.rules(n2, 3, 2, n1, n2, n3)
			s.isStuck()
		},
		bad: func(s *story) { s.begins(); s.follows(n1, 2); s.healsAll(); s.isStuck() },

		convicts: SetOf(Liveness),
		first:    "1.001s after it healed, nobody leads" + deadlock,
	},
	{
		name: "who has stood stands again",
		good: func(s *story) {
			s.begins()
			s.crashes(n1)
			s.healsAll()
			s.campaigns(n2, 2)
			s.waits(second / 2)
			s.rules(n2, 3, 2, n2, n3)
			s.isStuck()
		},
		bad: func(s *story) {
			s.begins()
			s.crashes(n1)
			s.healsAll()
			s.campaigns(n2, 2)
			s.isStuck()
		},
		convicts: SetOf(Liveness),
		first: "1.002s after it healed, nobody leads: a deadlock, in which nobody has stood for " +
			"election since 0.016000s and nothing was committed",
	},
	{
		name: "a leader commits an entry of its term",
		good: func(s *story) { s.begins(); s.healsAll(); s.rules(n2, 2, 2, n1, n2, n3); s.mends() },
		bad: func(s *story) {
			s.begins()
			s.follows(n1, 2)
			s.healsAll()
			s.leads(n2, 2)
			s.appendAll(2, 2, "", n2, n3)
			s.isStuck()
		},
		convicts: SetOf(Liveness),
		first:    "1.004s after it healed, n2 leads term 2, but has committed nothing of it" + deadlock,
	},
	{
		name: "the leader of the highest term counts",
		good: func(s *story) { s.begins(); s.healsAll(); s.isStuck() },
		bad: func(s *story) {
			s.begins()
			s.healsAll()
			s.leads(n2, 2)
			s.isStuck()
		},
		convicts: SetOf(Liveness),
		first:    "1.002s after it healed, n2 leads term 2, but has committed nothing of it" + deadlock,
	},
	{
		name: "no leader of the core is not enough",
		good: func(s *story) { s.begins(); s.heals(raft.SetOf(n1, n2), true); s.mends() },
		bad:  func(s *story) { s.begins(); s.heals(raft.SetOf(n2, n3), true); s.isStuck() },

		convicts: SetOf(Liveness),
		first:    "1.001s after it healed, nobody leads" + deadlock,
	},
	{
		name: "no request stays open",
		good: func(s *story) {
			s.begins()
			s.begs(1, 1)
			s.begs(2, 1)
			s.givesUp(1, 1)
			s.begs(1, 2)
			s.healsAll()
			s.rejects(1, 2)
			s.givesUp(2, 1)
			s.mends()
		},
		bad: func(s *story) {
			s.begins()
			s.begs(1, 1)
			s.begs(2, 1)
			s.begs(3, 1)
			s.givesUp(1, 1)
			s.begs(1, 2)
			s.begs(1, 2)
			s.healsAll()
			s.givesUp(2, 1)
			s.isStuck()
		},
		convicts: SetOf(Liveness),
		first: "1.002s after it healed, open are c3's get a (request 1) since 0.016000s, " +
			"c1's get a (request 2) since 0.018000s" + deadlock,
	},
	{
		name: "a world that says so is not believed",
		good: func(s *story) { s.begins(); s.healsAll(); s.mends() },
		bad:  func(s *story) { s.begins(); s.begs(1, 1); s.healsAll(); s.mends() },

		convicts: SetOf(Liveness),
		first:    "1ms after it healed, open are c1's get a (request 1) since 0.014000s",
	},
	{
		name: "who has healed catches up",
		good: func(s *story) {
			s.twoCommitted()
			s.heals(raft.SetOf(n1, n2), false)
			s.applyBoth(n1, n2)
			s.mends()
		},
		bad: func(s *story) { s.twoCommitted(); s.healsAll(); s.applyBoth(n1, n2); s.isStuck() },

		convicts: SetOf(Liveness),
		first: "1.008s after it healed, n1 has applied through entry 3, but n3 through entry 1" +
			deadlock + " since 0.023000s",
	},
	{
		name: "an outsider that cannot reach the core excuses nothing",
		good: func(s *story) { s.outsider(false) },
		bad:  func(s *story) { s.outsider(true) },

		convicts: SetOf(Liveness),
		first:    "1.001s after it healed, nobody leads" + deadlock,
	},
}

// outsider leads, and the core has no leader.
func (s *story) outsider(cut bool) {
	s.begins()
	s.heals(raft.SetOf(n2, n3), cut)
	s.isStuck()
}

func TestMoreThanAFewOpenRequestsAreCounted(t *testing.T) {
	j := judge(tell(func(s *story) {
		s.begins()
		for client := range uint32(9) {
			s.begs(9-client, 1)
		}
		s.healsAll()
		s.isStuck()
	}))
	const want = "1.001s after it healed, open are c9's get a (request 1) since 0.014000s, " +
		"c8's get a (request 1) since 0.015000s, c7's get a (request 1) since 0.016000s, " +
		"c6's get a (request 1) since 0.017000s and 5 more" + deadlock
	if first := j.First(); first == nil || first.Message != want {
		t.Errorf("%+v, want %s", first, want)
	}
}

// What excuses a run is told with what it excuses, and is no violation.
func TestExcuses(t *testing.T) {
	usurped := func(quiet, reign, after vtime.Duration) func(*story) {
		return func(s *story) {
			s.begins()
			s.follows(n1, 1)
			s.heals(raft.SetOf(n2, n3), false)
			s.waits(quiet)
			s.leads(n1, 2)
			s.waits(reign)
			s.follows(n1, 3)
			s.waits(after)
			s.ends(record.Stuck, 0)
		}
	}
	resting := func(s *story) { s.begins(); s.crashes(n1); s.healsAll(); s.isStuck() }
	inVain := func(s *story) {
		s.begins()
		s.crashes(n1)
		s.healsAll()
		s.campaigns(n2, 2)
		s.campaigns(n3, 3)
		s.waits(second)
		s.campaigns(n2, 4)
		s.ends(record.Stuck, 0)
	}
	for _, test := range []struct {
		name      string
		reason    string
		elections bool
		tale      func(*story)
		want      string // "" for a violation
	}{
		{"the core has had its second", "", false, usurped(second/2, second, second/2), ""},
		{"an outsider took of it", "", false, usurped(0, second+second/2, second/2),
			"2.003s after it healed, nobody leads" + deadlock + "; excused: n1 led for 1.501s, outside of " +
				"what has healed: 502ms are left, of 1s"},
		{"it rules to the end", "", false, func(s *story) { s.outsider(false) },
			"1.001s after it healed, nobody of n2 n3 leads, but n1; excused: n1 led for 1.001s, outside " +
				"of what has healed: 0s are left, of 1s"},
		{"and while it is paused it does not", "", false, func(s *story) {
			s.begins()
			s.heals(raft.SetOf(n2, n3), false)
			s.pauses(n1)
			s.isStuck()
		}, ""},
		{"the timers", "they are off", false, resting, "1.001s after it healed, nobody leads" + deadlock +
			"; excused: they are off"},
		{"elections are in vain", "they are short", true, inVain,
			"1.004s after it healed, nobody leads: a livelock of 3 elections, 0 of them won, terms 2 to 4, " +
				"in which n2 n3 stood; excused: they are short"},
		{"there are none", "they are short", true, resting, ""},
		{"they ask whether they could win", "they are short", true, func(s *story) {
			s.begins()
			s.crashes(n1)
			s.healsAll()
			s.waits(second)
			s.wouldWin(n2)
			s.ends(record.Stuck, 0)
		}, "1.002s after it healed, nobody leads" + deadlock + ", though they ask whether they could win: " +
			"n2; excused: they are short"},
		{"they ask no more", "they are short", true, func(s *story) {
			s.begins()
			s.crashes(n1)
			s.healsAll()
			s.wouldWin(n2)
			s.isStuck()
		}, ""},
		{"somebody leads in peace", "they are short", true, func(s *story) {
			s.begins()
			s.begs(1, 1)
			s.healsAll()
			s.isStuck()
		}, ""},
	} {
		var j Judges
		j.Reset(lemmas | unasked)
		j.ExcuseLiveness(test.reason, test.elections)
		observe(&j, tell(test.tale))
		excuses := j.Excuses()
		if test.want == "" {
			if first := j.First(); first == nil || first.Check != Liveness || len(excuses) > 0 ||
				j.Status(Liveness) != Violated {
				t.Errorf("%s: %+v, excused %+v", test.name, first, excuses)
			}
			continue
		}
		if len(excuses) != 1 || excuses[0].Check != Liveness || excuses[0].Message != test.want ||
			excuses[0].Record != record.Finished || j.First() != nil || j.Status(Liveness) != Excused {
			t.Errorf("%s: excused %+v, want %s; %v %+v", test.name, excuses, test.want, j.Status(Liveness),
				j.First())
		}
		j.Reset(lemmas | unasked | SetOf(Liveness))
		observe(&j, tell(test.tale))
		if j.Excuses() != nil || j.Status(Liveness) != Off || j.First() != nil {
			t.Errorf("%s: switched off, it is %v, excused %+v", test.name, j.Status(Liveness), j.Excuses())
		}
	}
}

// What needs no excuse gets none, and what was cut short is not judged.
func TestWhatLivenessDoesNotJudge(t *testing.T) {
	stuck := func(s *story) { s.begins(); s.crashes(n1); s.healsAll(); s.waits(second) }
	for _, test := range []struct {
		name      string
		tale      func(*story)
		want      Status
		exercised uint64
	}{
		{"it settled before it healed", func(s *story) { s.begins(); s.settles() }, OK, 1},
		{"nothing heals", func(s *story) { s.begins(); s.ends(record.TimeUp, 0) }, OK, 0},
		{"it mended", func(s *story) { s.begins(); s.healsAll(); s.mends() }, OK, 1},
		{"it mended with its last event", func(s *story) { s.begins(); s.healsAll(); s.ends(record.Exhausted, 0) },
			OK, 1},
		{"out of events", func(s *story) { stuck(s); s.ends(record.Exhausted, 0) }, Undecided, 0},
		{"out of memory", func(s *story) { stuck(s); s.ends(record.Flooded, 0) }, Undecided, 0},
		{"torn", func(s *story) { stuck(s); s.ends(record.Broken, 0) }, Undecided, 0},
		{"it is not over", stuck, Undecided, 0},
	} {
		var j Judges
		j.Reset(lemmas | unasked)
		j.ExcuseLiveness("none is needed", false)
		observe(&j, tell(test.tale))
		if j.Status(Liveness) != test.want || j.Exercised(Liveness) != test.exercised || j.Excuses() != nil {
			t.Errorf("%s: %v, exercised %d times, excused %+v", test.name, j.Status(Liveness),
				j.Exercised(Liveness), j.Excuses())
		}
	}
}

// A second phase keeps clients from making requests: then those that never were made are no fault.
func TestFinishedIsForRunsThatDoNotHeal(t *testing.T) {
	j := judge(tell(func(s *story) { s.begins(); s.healsAll(); s.ends(record.Mended, 7) }))
	if first := j.First(); first != nil || j.Status(Finished) != OK || j.Exercised(Finished) != 0 {
		t.Errorf("%v, exercised %d times: %+v", j.Status(Finished), j.Exercised(Finished), first)
	}
}

// Pre-votes that come to nothing are no elections; who asks for them is named.
func TestADeadlockNamesWhoAsks(t *testing.T) {
	j := judge(tell(func(s *story) {
		s.starts(n1, n2, n3)
		s.wouldWin(n1)
		s.healsAll()
		s.wouldWin(n2)
		s.wouldWin(n3)
		s.follows(n3, 1)
		s.isStuck()
	}))
	const want = "1.004s after it healed, nobody leads" + deadlock + ", " +
		"though they ask whether they could win: n1 n2"
	if first := j.First(); first == nil || first.Check != Liveness || first.Message != want {
		t.Errorf("%+v, want %s", first, want)
	}
}

// What was last done in the earlier half of the phase is a move no more.
func TestLately(t *testing.T) {
	l := liveness{since: 1000}
	for _, test := range []struct {
		last, now vtime.Time
		want      bool
	}{{0, 3000, false}, {1999, 3000, false}, {2000, 3000, true}, {3000, 3000, true}, {1000, 1000, true}} {
		if got := l.lately(test.last, test.now); got != test.want {
			t.Errorf("at %d, %d is lately: %v", test.now, test.last, got)
		}
	}
}
