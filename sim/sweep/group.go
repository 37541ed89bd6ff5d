package sweep

import (
	"bytes"
	"fmt"
	"strings"

	"raftkv/sim/check"
	"raftkv/sim/lab"
)

// Group is the runs that failed, or were not decided, in one way.
type Group struct {
	Status    lab.Status
	Signature string // "log_matching at appended"; what was expected; why it is undecided
	Count     uint64
	Seeds     []uint64 // the first few
	Least     Line     // of the run with the fewest events, the first such run

	// violated is in how many of the runs each check is violated, that of the signature or another.
	violated checkCounts

	// Again is that run, run again by [Report.Prove]; nil before.
	Again *lab.Result

	// leaks says that only the run of the sweep was another one, in a world used before, while runs
	// in new worlds are alike.
	leaks bool
}

// maxGroups is how many groups a scenario has at most, and maxSeeds how many seeds a group names.
// What is beyond is counted.
const (
	maxGroups = 64
	maxSeeds  = 10
)

// groups are the groups of a scenario, in the order in which they were found.
type groups struct {
	all    []*Group
	others uint64 // runs of no group
}

func (g *groups) add(l *Line) {
	signature := signatureOf(l)
	for _, one := range g.all {
		if one.Status == l.Status && one.Signature == signature {
			one.add(l)
			return
		}
	}
	if len(g.all) == maxGroups {
		g.others++
		return
	}
	one := &Group{
		Status: l.Status, Signature: signature, Least: *l, violated: checkCounts{},
	}
	one.add(l)
	g.all = append(g.all, one)
}

func (g *Group) add(l *Line) {
	g.Count++
	if len(g.Seeds) < maxSeeds {
		g.Seeds = append(g.Seeds, uint64(l.Seed))
	}
	if l.Events < g.Least.Events {
		g.Least = *l
	}
	g.violated.add(l.Violated)
}

// checkCounts is in how many runs something is true of each check; those of none are left out.
type checkCounts map[check.Check]uint64

func (n checkCounts) add(names checkNames) {
	for _, c := range names.list() {
		n[c]++
	}
}

// each calls f for each check with the number of its runs, in the fixed order of the checks.
func (n checkCounts) each(f func(c check.Check, runs uint64)) {
	for _, c := range check.Checks() {
		if runs := n[c]; runs > 0 {
			f(c, runs)
		}
	}
}

func (n checkCounts) inWords() string {
	var parts []string
	n.each(func(c check.Check, runs uint64) {
		parts = append(parts, fmt.Sprintf("%v in %s", c, count(runs, "seed")))
	})
	return strings.Join(parts, ", ")
}

// json returns the same as a report has it.
func (n checkCounts) json() []jsonCount {
	list := []jsonCount{}
	n.each(func(c check.Check, runs uint64) {
		list = append(list, jsonCount{c.String(), runs})
	})
	return list
}

// signatureOf returns what runs that fail for one reason nearly always have in common: the check
// and the kind of the record that convicts, or what was expected, or what was not decided.
func signatureOf(l *Line) string {
	switch l.Status {
	case lab.Violated:
		return l.Violation.Check + " at " + l.Violation.Kind
	case lab.Unmet:
		var expected []string
		for _, words := range l.Unmet {
			what, _, _ := strings.Cut(words, ": ") // then comes what there was
			expected = append(expected, what)
		}
		return strings.Join(expected, "; ")
	}
	return l.Undecided
}

// Prove runs the run with the fewest events of each group again, in a new world, and keeps what
// came of it, with the faults that were in force when it failed.
func (r *Report) Prove() {
	for i := range r.parts {
		p := &r.parts[i]
		for _, g := range p.groups.all {
			s, seed := p.subject.Scenario, uint64(g.Least.Seed)
			again := new(lab.Lab).Run(s, seed, nil)
			if v := again.Violation; v != nil {
				again.Faults = new(lab.Lab).FaultsAt(s, seed, v.Event)
			}
			g.Again = &again
			g.leaks = false
			if g.Differs() && !r.merged { // what other machines have run is not known to be ours
				third := new(lab.Lab).Run(s, seed, nil)
				g.leaks = bytes.Equal(lineText(&third), lineText(&again))
			}
		}
	}
}

func lineText(r *lab.Result) []byte {
	line := lineOf(r)
	return line.text()
}

// Differs tells whether the same seed gave another run, or another verdict, when it was run again.
func (g *Group) Differs() bool {
	if g.Again == nil {
		return false
	}
	return !bytes.Equal(lineText(g.Again), g.Least.text())
}

func (g *groups) differ() bool {
	for _, one := range g.all {
		if one.Differs() {
			return true
		}
	}
	return false
}

// EachFailure calls f for each group of failures, the gravest first, until f returns false.
func (r *Report) EachFailure(f func(*Subject, *Group) bool) {
	for i := range r.parts {
		for _, g := range r.parts[i].groups.sorted() {
			if g.Status != lab.Undecided && !f(r.parts[i].subject, g) {
				return
			}
		}
	}
}
