package lab

import (
	"fmt"

	"raftkv/sim/check"
	"raftkv/sim/choice"
	"raftkv/sim/history"
	"raftkv/sim/mark"
	"raftkv/sim/moment"
	"raftkv/sim/record"
	"raftkv/sim/scenario"
	"raftkv/sim/trace"
	"raftkv/sim/vtime"
)

// Status is the verdict on a run.
type Status string

// The statuses. What a run in a lab can have are the first four; the others are the command's.
const (
	Pass             Status = "pass"             // what the scenario expects
	Violated         Status = "violation"        // a judge convicts the run
	Unmet            Status = "unmet"            // no judge does, but the scenario expects more
	Undecided        Status = "undecided"        // the run, or a judge, needed more than its share
	Invalid          Status = "invalid"          // the flags or the scenario are not valid
	Nondeterministic Status = "nondeterministic" // the same seed gave another run
	Void             Status = "void"             // of a sweep: its judges are blind
	Internal         Status = "internal"         // the simulator failed
)

// Result is what is known of a run when it is over.
type Result struct {
	Scenario string
	Seed     uint64
	Nodes    int
	Clients  uint32

	Status Status
	Unmet  []string // expectations that the run does not meet, in words

	Ending    record.Ending
	Events    uint64
	Records   uint64
	Messages  uint64 // sent between servers
	Simulated vtime.Duration
	Hash      trace.Hash
	Elections int // won
	Ops       Ops
	Marks     mark.Counts // how often each occurred
	Patterns  []mark.Pattern

	Checks    []Verdict // in the fixed order of the checks
	Violation *check.Violation
	Excused   []check.Violation // what would be one, but for what the message names

	// NemesisSpent is after how many faults the nemesis had to stop, for one run has no more of it;
	// 0 if it had not to.
	NemesisSpent int

	Struck Struck
	// Violations is the first violation of each check that has one, in the order of their events:
	// Violation, and what others make of the run.
	Violations []check.Violation

	// NeverBegun are the faults that waited in vain for what was to begin them, in words.
	NeverBegun []string
	Faults     []moment.Fault // in force when that happened; for who asks [Lab.FaultsAt] to fill in
}

// Verdict is what became of one check.
type Verdict struct {
	Check     check.Check
	Status    check.Status
	Exercised uint64 // how often its judge had something to compare
}

// Struck counts the faults of a run. Where the scenario has none, and no nemesis, it is zero.
type Struck struct {
	Has    bool // the scenario has faults, or a nemesis
	Began  int
	Nobody int // of these: that found nobody to strike
	// Idle tells that the scenario has a nemesis, and it drew none.
	Idle bool
}

// HasFaults tells whether a scenario has faults, or a nemesis that may draw some.
func HasFaults(s *scenario.Scenario) bool {
	return len(s.Cluster.Faults) > 0 || s.Cluster.Nemesis != nil
}

// Ops counts requests by what became of them.
type Ops struct {
	Total   int // that the scenario has its clients make
	OK      int
	Error   int // answered with an error of the store
	Refused int // definitely not done
	Unknown int // no answer in time, or none that tells
	Pending int // open or never begun when the run ended
}

// Answered returns how many requests the store has answered, its errors included.
func (o *Ops) Answered() int { return o.OK + o.Error }

// tally counts while a run goes on.
type tally struct {
	records   uint64
	messages  uint64
	elections int
	began     int // faults
	nobody    int
	last      record.Record
}

func (t *tally) add(r *record.Record) {
	t.records++
	switch r.Kind {
	case record.Sent:
		t.messages++
	case record.BecameLeader:
		t.elections++
	case record.FaultBegan:
		t.began++
		if !r.Success {
			t.nobody++
		}
	case record.Finished:
		t.last = *r
	}
}

func (l *Lab) result(s *scenario.Scenario, seed uint64, ending record.Ending) Result {
	r := Result{
		Scenario:  s.Name,
		Seed:      seed,
		Nodes:     s.Cluster.Servers,
		Clients:   s.Cluster.Clients,
		Ending:    ending,
		Events:    l.tally.last.Event,
		Records:   l.tally.records,
		Messages:  l.tally.messages,
		Simulated: l.tally.last.At.Sub(0),
		Hash:      l.hash,
		Elections: l.tally.elections,
		Ops:       countOps(l.world.History()),
		Marks:     *l.marks.Counts(),
		Patterns:  append([]mark.Pattern(nil), l.patterns.List()...),
		Violation: l.judges.First(), Violations: l.judges.Violations(),
		Excused: l.judges.Excuses(),
	}
	r.Ops.Total = s.Cluster.Requests()
	r.Ops.Pending = r.Ops.Total - r.Ops.OK - r.Ops.Error - r.Ops.Refused - r.Ops.Unknown
	checks := check.Checks()
	r.Checks = make([]Verdict, 0, len(checks))
	for _, c := range checks {
		r.Checks = append(r.Checks, Verdict{c, l.judges.Status(c), l.judges.Exercised(c)})
	}
	r.NemesisSpent = l.world.NemesisSpent()
	drawn := l.world.Faults().Len() - len(s.Cluster.Faults)
	r.Struck = Struck{
		Has: HasFaults(s), Began: l.tally.began, Nobody: l.tally.nobody,
		Idle: s.Cluster.Nemesis != nil && drawn == 0,
	}
	r.NeverBegun = l.neverBegun()
	r.Unmet = unmet(&s.Expect, &r)
	r.Status = status(&s.Expect, &r)
	return r
}

// neverBegun tells of the faults of the run that never began, each in words.
func (l *Lab) neverBegun() (faults []string) {
	timeline := l.world.Faults()
	for i := range timeline.Len() {
		if f := timeline.Fault(i); !timeline.Begun(i) {
			faults = append(faults, fmt.Sprintf("#%d %v, %s", i+1, f, f.Begins()))
		}
	}
	return faults
}

func countOps(operations []history.Operation) Ops {
	var o Ops
	for i := range operations {
		switch operations[i].Outcome {
		case record.OK:
			o.OK++
		case record.KeyExists, record.KeyMissing:
			o.Error++
		case record.Rejected, record.NoSession, record.Superseded:
			o.Refused++
		case record.Unknown:
			o.Unknown++
		}
	}
	return o
}

// status weighs what is known: a conviction first, whatever else is undecided.
func status(e *scenario.Expect, r *Result) Status {
	expectsConviction := e.Result == "fail"
	switch {
	case r.Violation != nil && !expectsConviction:
		return Violated
	case r.Violation == nil && r.undecided():
		return Undecided
	case len(r.Unmet) > 0:
		return Unmet
	}
	return Pass
}

func (r *Result) undecided() bool {
	if r.Ending == record.Exhausted || r.Ending == record.Flooded {
		return true
	}
	for _, v := range r.Checks {
		if v.Status == check.Undecided {
			return true
		}
	}
	return false
}

// unmet says in words what the scenario expects and the run does not show.
func unmet(e *scenario.Expect, r *Result) []string {
	var words []string
	add := func(format string, args ...any) { words = append(words, fmt.Sprintf(format, args...)) }
	if e.Result == "fail" && !r.convictedBy(e.Check) {
		add("a conviction%s", by(e.Check))
	}
	if !r.answeredAtLeast(e.MinAnsweredRatio) {
		add("at least %v of the requests answered: %d of %d were",
			e.MinAnsweredRatio, r.Ops.Answered(), r.Ops.Total)
	}
	if r.Elections < e.MinLeaders {
		add("at least %d leaders: there were %d", e.MinLeaders, r.Elections)
	}
	if e.MaxLeaders != 0 && r.Elections > e.MaxLeaders {
		add("at most %d leaders: there were %d", e.MaxLeaders, r.Elections)
	}
	for _, m := range e.AtLeast {
		if r.Marks[m.Mark] < m.Times {
			add("%v %d times or more: it occurred %d times", m.Mark, m.Times, r.Marks[m.Mark])
		}
	}
	for _, m := range e.AtMost {
		if r.Marks[m.Mark] > m.Times {
			add("%v %d times or less: it occurred %d times", m.Mark, m.Times, r.Marks[m.Mark])
		}
	}
	return words
}

func by(name string) string {
	if name == "" {
		return ""
	}
	return " by " + name
}

// convictedBy tells whether the judge of that name convicts the run; any judge, for no name.
func (r *Result) convictedBy(name string) bool {
	if name == "" {
		return r.Violation != nil
	}
	for _, v := range r.Checks {
		if v.Check.String() == name {
			return v.Status == check.Violated
		}
	}
	return false
}

// answeredAtLeast tells whether that ratio of all requests was answered. Of no requests none is.
func (r *Result) answeredAtLeast(ratio choice.Ratio) bool {
	if r.Ops.Total == 0 {
		return ratio == 0
	}
	return uint64(r.Ops.Answered())*uint64(choice.One) >= uint64(ratio)*uint64(r.Ops.Total)
}
