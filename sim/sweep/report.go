package sweep

import (
	"cmp"
	"slices"

	"raftkv/sim/check"
	"raftkv/sim/lab"
	"raftkv/sim/mark"
)

// Report is what a sweep has shown so far: counts, and of its failures a few. Its size does not
// depend on the number of seeds. Make one with [New].
type Report struct {
	plan     Plan
	parts    []part // one for each scenario
	done     uint64 // all places of the plan below are in it, where Run has made it
	failures uint64
	ended    bool // by the last failure that the plan allows
	merged   bool // from files, which other machines may have written

	// ahead is what the file of Resume has of the places beyond: places above done.
	ahead map[uint64]Line
}

// part is what a sweep has shown of one scenario.
type part struct {
	subject *Subject
	missed  missed

	runs, passed, violated, unmet, undecided uint64

	events    uint64
	simulated int64    // ns
	trace     hashText // of the traces of all runs, in their order

	marks     [len(marks{})]occurrence
	patterns  patterns
	exercised checkNames // checks that had something to judge in some run

	excused   uint64 // runs of which some check is
	excusedBy checkCounts
	groups    groups
}

// occurrence is how often a mark occurred.
type occurrence struct {
	runs  uint64 // in how many
	times uint64 // in all of them
}

// New returns the report on a plan of which nothing is done.
func New(p Plan) *Report {
	r := &Report{plan: p, parts: make([]part, len(p.Subjects))}
	for i := range r.parts {
		r.parts[i].subject = &p.Subjects[i]
		r.parts[i].missed.end = p.each()
		r.parts[i].excusedBy = checkCounts{}
	}
	return r
}

// Plan returns what the report is on. It is not to be changed.
func (r *Report) Plan() *Plan { return &r.plan }

// Done returns how many runs are in the report, of those of the plan.
func (r *Report) Done() (done, planned uint64) {
	for i := range r.parts {
		done += r.parts[i].runs
	}
	return done, r.plan.Count()
}

// Failures returns how many runs have failed so far.
func (r *Report) Failures() uint64 { return r.failures }

// Complete tells whether nothing of the plan is left to do.
func (r *Report) Complete() bool { return r.missingInAll() == 0 }

// add takes in a line. Lines come in the order of the plan; what comes after the last failure that
// the plan allows does not count.
func (r *Report) add(l *Line) {
	if r.ended {
		return
	}
	subject := r.plan.subject(l.Scenario)
	place, _ := r.plan.place(0, uint64(l.Seed))
	r.parts[subject].missed.reach(place)
	r.parts[subject].add(l)
	if l.failed() {
		r.failures++
		r.ended = r.failures == r.plan.MaxFailures
	}
}

func (p *part) add(l *Line) {
	p.runs++
	switch l.Status {
	case lab.Pass:
		p.passed++
	case lab.Violated:
		p.violated++
	case lab.Unmet:
		p.unmet++
	case lab.Undecided:
		p.undecided++
	}
	p.events += l.Events
	p.simulated += l.SimNS
	p.trace = p.trace.then(uint64(l.Seed)).then(uint64(l.Trace))
	for m, times := range l.Marks {
		if times > 0 {
			p.marks[m].runs++
			p.marks[m].times += times
		}
	}
	p.patterns.add(l.Patterns)
	p.exercised |= p.on() &^ l.Idle
	if l.Excused != 0 {
		p.excused++
		p.excusedBy.add(l.Excused)
	}
	if l.Status != lab.Pass {
		p.groups.add(l)
	}
}

// then returns the hash of what it is of, followed by a word.
func (h hashText) then(word uint64) hashText {
	const odd = 0x9fb21c651e98df25
	x := (uint64(h) ^ word) * odd
	return hashText(x ^ x>>32)
}

// times returns how often each mark occurred in all.
func (p *part) times() (times mark.Counts) {
	for m := range p.marks {
		times[m] = p.marks[m].times
	}
	return times
}

// failed returns how many runs count as failures, and decided how many there could be.
func (p *part) failed() uint64  { return p.violated + p.unmet }
func (p *part) decided() uint64 { return p.runs - p.undecided }

// off returns the checks that the scenario does without, and on all others.
func (p *part) off() (off checkNames) {
	for _, name := range p.subject.Scenario.ChecksOff {
		if c, known := check.Named(name); known {
			off = off.with(c)
		}
	}
	return off
}

func (p *part) on() checkNames {
	return checkNames(check.SetOf(check.Checks()...)) &^ p.off()
}

// idle returns the checks that are on, and had nothing to judge in any run: that they are kept says
// nothing.
func (p *part) idle() checkNames { return p.on() &^ p.exercised }

// cutShort tells whether the scenario's part ends with the last failure that the plan allows, and
// not with the last seed. What ends with a failure has more of them than its seeds account for.
func (r *Report) cutShort(p *part) bool {
	return r.ended && p.runs > 0 && p.runs+p.missed.count < r.plan.each()
}

// lacking returns the marks that the scenario expects in some run of a sweep, and that no run has
// shown: none of them all, or none yet. While a run is missing, here or of another shard, it may
// have what the others lack.
func (r *Report) lacking(p *part) (never, notYet []string) {
	var names []string
	for _, m := range p.subject.Scenario.Expect.Sometimes {
		if p.marks[m].runs == 0 {
			names = append(names, m.String())
		}
	}
	if r.plan.Shard != Whole || p.runs < r.plan.each() {
		return nil, names
	}
	return names, nil
}

// Status weighs all that the report has. Without a violation it is worth what the judges are: void,
// if they let the canary pass.
func (r *Report) Status() lab.Status {
	status := lab.Pass
	violations := uint64(0)
	for i := range r.parts {
		status = graver(status, r.status(&r.parts[i]))
		violations += r.parts[i].violated
	}
	if violations == 0 && !r.plan.Canary.Convicted() {
		status = graver(status, lab.Void)
	}
	return status
}

// status weighs what the report has of one scenario. What is missing may have failed.
func (r *Report) status(p *part) lab.Status {
	never, _ := r.lacking(p)
	switch {
	case p.groups.differ():
		return lab.Nondeterministic
	case p.violated > 0:
		return lab.Violated
	case p.unmet > 0 || len(never) > 0:
		return lab.Unmet
	case p.undecided > 0 || r.missing(p).count > 0 || p.runs == 0 && r.plan.Count() > 0:
		return lab.Undecided
	}
	return lab.Pass
}

// gravity are the statuses of sweeps, the least grave first.
var gravity = []lab.Status{
	lab.Pass, lab.Undecided, lab.Unmet, lab.Violated, lab.Void, lab.Nondeterministic,
}

func graver(a, b lab.Status) lab.Status {
	if slices.Index(gravity, b) > slices.Index(gravity, a) {
		return b
	}
	return a
}

// missed is which seeds of a scenario have not been run, by their places in the shard.
type missed struct {
	next  uint64 // all places below are run, or counted
	end   uint64 // of the plan
	count uint64
	first []gap // a few
}

// gap is places from first to last, both included.
type gap struct{ first, last uint64 }

// maxGaps is how many gaps are told one by one.
const maxGaps = 8

// reach notes that the seed at the place is run, and those since the last one are not.
func (m *missed) reach(place uint64) {
	m.skip(place)
	m.next = place + 1
}

func (m *missed) skip(until uint64) {
	if until <= m.next {
		return
	}
	m.count += until - m.next
	if len(m.first) < maxGaps {
		m.first = append(m.first, gap{m.next, until - 1})
	}
}

// all returns what is missed of the whole plan.
func (m missed) all() missed {
	m.first = slices.Clone(m.first)
	m.skip(m.end)
	return m
}

// missing returns what a report misses of a scenario. After the last failure that the plan allows
// nothing is missing.
func (r *Report) missing(p *part) missed {
	if r.ended {
		return p.missed
	}
	return p.missed.all()
}

func (r *Report) missingInAll() (count uint64) {
	for i := range r.parts {
		count += r.missing(&r.parts[i]).count
	}
	return count
}

// patterns counts in how many runs each pattern was shown: enough to tell one from more.
type patterns struct {
	runs [1 << 16]uint8 // by pattern; 2 stands for more
	seen uint64         // how many in any run
	once uint64         // and in one only
}

func (p *patterns) add(shown []mark.Pattern) {
	for _, one := range shown {
		switch runs := &p.runs[one]; *runs {
		case 0:
			*runs, p.seen, p.once = 1, p.seen+1, p.once+1
		case 1:
			*runs, p.once = 2, p.once-1
		}
	}
}

// sorted returns the groups in the order in which they are told: the gravest first, then those of
// the most runs.
func (g *groups) sorted() []*Group {
	return slices.SortedFunc(slices.Values(g.all), func(a, b *Group) int {
		return cmp.Or(
			cmp.Compare(slices.Index(gravity, b.Status), slices.Index(gravity, a.Status)),
			cmp.Compare(b.Count, a.Count),
			cmp.Compare(a.Signature, b.Signature),
		)
	})
}
