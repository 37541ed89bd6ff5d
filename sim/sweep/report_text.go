package sweep

import (
	"cmp"
	"fmt"
	"io"
	"strconv"
	"strings"

	"raftkv/sim/lab"
	"raftkv/sim/mark"
	"raftkv/sim/record"
	"raftkv/sim/vtime"
	"raftkv/sim/wrap"
)

// TextOptions is how a report is written for people.
type TextOptions struct {
	Width int  // in columns; 0 is 100, which is also the most
	Quiet bool // without the table of marks

	// Advice returns the lines to paste for a run that failed, at that event unless it is 0.
	Advice func(s *Subject, seed, event uint64) string
}

// sheet is the text of a report.
type sheet struct {
	strings.Builder
	TextOptions
}

// textWidth is how many columns a report takes at most, unless a word is longer.
const textWidth = 100

// WriteText writes the report for people: what was seen of each scenario, then the verdict. It is
// the same for the same lines, however they came about.
func (r *Report) WriteText(w io.Writer, o TextOptions) error {
	o.Width = min(cmp.Or(o.Width, textWidth), textWidth)
	t := sheet{TextOptions: o}
	for i := range r.parts {
		t.part(r, &r.parts[i])
	}
	t.verdict(r)
	_, err := io.WriteString(w, t.String())
	return err
}

// entry writes an entry, over as many lines as its words need.
func (t *sheet) entry(label, format string, args ...any) {
	const indent = 13
	t.WriteString(wrap.Hanging("  "+label, indent, t.Width, fmt.Sprintf(format, args...)))
}

func (t *sheet) part(r *Report, p *part) {
	fmt.Fprintf(t, "%s, seeds %v", p.subject.Scenario.Name, r.plan.Seeds)
	if r.plan.Shard != Whole {
		fmt.Fprintf(t, ", shard %v", r.plan.Shard)
	}
	t.WriteString("\n")
	if p.runs > 0 {
		t.marks(p)
	}
	for _, g := range p.groups.sorted() {
		t.group(p, g)
	}
	if n := p.groups.others; n > 0 {
		t.entry("more", "%s fail or are undecided in other ways than these", count(n, "run"))
	}
	never, notYet := r.lacking(p)
	for _, name := range never {
		t.entry("expected", "%s in some run: it occurred in none", name)
	}
	if len(notYet) > 0 && p.runs > 0 {
		t.entry("not yet", "seen: %s, expected in some run of the whole sweep",
			strings.Join(notYet, " "))
	}
	t.runs(r, p)
	t.WriteString("\n")
}

// marks writes what the runs went through, and how likely the next shows something new.
func (t *sheet) marks(p *part) {
	combinations, kinds := mark.Combinations(), mark.Kinds()
	times := p.times()
	t.entry("marks", "%d of %d occurred, and %d of %d kinds of records",
		times.Seen(combinations), len(combinations), times.Seen(kinds), len(kinds))
	if !t.Quiet {
		t.table(p)
	}
	if never := times.Unseen(mark.All()); len(never) > 0 {
		t.entry("never", "%s", strings.Join(mark.Names(never), " "))
	}
	if lab.HasFaults(p.subject.Scenario) {
		began := p.marks[mark.OfKind(record.FaultBegan)]
		t.entry("faults", "%d began, in %d of %s", began.times, began.runs, count(p.runs, "seed"))
	}
	t.unseen(p)
}

// fewPatterns is how many patterns say something of those that were not seen: of fewer the estimate
// would be noise.
const fewPatterns = 30

// unseen writes how much that no run has shown the next one will show.
func (t *sheet) unseen(p *part) {
	seen := fmt.Sprintf("%s of three records in a row at a server, %d in one seed only (1 in %d "+
		"is looked at): ", count(p.patterns.seen, "pattern"), p.patterns.once, mark.Sampled)
	if p.patterns.seen < fewPatterns {
		t.entry("unseen", "%s", seen+"too few to tell what the next seed will show")
		return
	}
	t.entry("unseen", "%sthe next seed will show %s that no seed has shown (Good-Turing)", seen,
		newPatterns(p.patterns.once, p.runs))
}

// table writes in how many runs each mark occurred, and how often in all.
func (t *sheet) table(p *part) {
	wide := 0
	for _, m := range mark.All() {
		wide = max(wide, len(m.String()))
	}
	fmt.Fprintf(t, "             %-*s %9s %12s\n", wide, "", "seeds", "times")
	for _, m := range mark.All() {
		if o := p.marks[m]; o.runs > 0 {
			fmt.Fprintf(t, "             %-*s %9d %12d\n", wide, m, o.runs, o.times)
		}
	}
}

// group writes a group of failures: what, how often, with which seed to begin.
func (t *sheet) group(p *part, g *Group) {
	t.entry(string(g.Status), "%s: %s, %s", g.Signature, count(g.Count, "seed"), seedsOfGroup(g))
	l := &g.Least
	seed, event := uint64(l.Seed), uint64(0)
	if v := l.Violation; v != nil {
		event = v.Event
		t.entry("broken", "%s at %v, event %d: %s", v.Check, vtime.Time(v.TimeNS), v.Event,
			v.Message)
	}
	if len(g.violated) > 1 {
		t.entry("violated", "%s", g.violated.inWords())
	}
	for _, words := range l.Unmet {
		t.entry("expected", "%s", words)
	}
	if g.Again != nil {
		for i := range g.Again.Faults {
			t.entry([...]string{"during", ""}[min(i, 1)], "%v", &g.Again.Faults[i])
		}
	}
	switch {
	case g.Again == nil:
		t.entry("shortest", "seed %d, %s", seed, count(l.Events, "event"))
	case g.Differs():
		t.entry("shortest", "seed %d, %s; run again it is ANOTHER RUN, of trace %v, not %v: %s",
			seed, count(l.Events, "event"), g.Again.Hash, l.Trace, g.whyItDiffers())
	default:
		t.entry("shortest", "seed %d, %s; run again it is the same, trace %v", seed,
			count(l.Events, "event"), l.Trace)
	}
	if t.Advice != nil {
		t.WriteString(t.Advice(p.subject, seed, event))
	}
}

// whyItDiffers says who is to blame for a run that is another one when it is run again.
func (g *Group) whyItDiffers() string {
	if g.leaks {
		return "in new worlds it is always that, so the code under test keeps state over a first " +
			"start, from the run of an earlier seed"
	}
	return "the simulator is not deterministic"
}

func seedsOfGroup(g *Group) string {
	names := make([]string, len(g.Seeds))
	for i, seed := range g.Seeds {
		names[i] = strconv.FormatUint(seed, 10)
	}
	text := strings.Join(names, " ")
	if more := g.Count - uint64(len(g.Seeds)); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// runs writes how many runs there were, and what that says of those that there were not.
func (t *sheet) runs(r *Report, p *part) {
	each := r.plan.each()
	missing := r.missing(p)
	if missing.count > 0 {
		t.entry("missing", "%d of %s: %s", missing.count, count(each, "seed"),
			r.gapsInWords(missing))
	}
	switch {
	case each == 0:
		t.entry("runs", "none: the shard has no seeds")
		return
	case p.runs == 0:
		t.entry("runs", "none")
		return
	}
	t.entry("runs", "%d: %d as expected, %s, %d unmet, %d undecided; %s, %v simulated", p.runs,
		p.passed, count(p.violated, "violation"), p.unmet, p.undecided, count(p.events, "event"),
		vtime.Duration(p.simulated)/vtime.Millisecond*vtime.Millisecond)
	t.entry("trace", "%v, of all runs", p.trace)
	if p.excused > 0 {
		t.entry("excused", "%s, %s %%: %s", count(p.excused, "run"), percent(p.excused, p.runs),
			p.excusedBy.inWords())
	}
	t.checks(p)
	t.estimate(r, p)
}

// checks names the checks that say nothing of these runs.
func (t *sheet) checks(p *part) {
	if off := p.off(); off != 0 {
		t.entry("off", "%s", strings.Join(off.names(), " "))
	}
	if idle := p.idle(); idle != 0 {
		t.entry("idle", "%s: on, but never exercised", strings.Join(idle.names(), " "))
	}
}

// estimate writes what the runs say of the rate of failures. What is undecided may have failed or
// not: it is left out.
func (t *sheet) estimate(r *Report, p *part) {
	seeds := count(p.decided(), "seed")
	if p.undecided > 0 {
		seeds = fmt.Sprintf("%s (%d undecided are left out)", count(p.decided(), "decided seed"),
			p.undecided)
	}
	switch {
	case p.failed() > 0:
		low, high := interval(p.failed(), p.decided())
		biased := ""
		if r.cutShort(p) {
			biased = "; biased upwards, for the sweep ended with a failure"
		}
		t.entry("estimate", "%s in %s: %s %%, and %s to %s %% at 95 %%%s",
			count(p.failed(), "failure"), seeds, percent(p.failed(), p.decided()), low, high,
			biased)
	case p.exercised == 0:
		t.entry("estimate", "none: no check had anything to judge")
	case p.decided() > 0:
		t.entry("estimate", "0 failures in %s: fewer than %s in a million at 95 %%", seeds,
			fewerThan(p.decided()))
	}
}

// gapsInWords names the seeds that are missing, a few of them.
func (r *Report) gapsInWords(m missed) string {
	var parts []string
	told := uint64(0)
	for _, g := range m.first {
		first := r.plan.Seeds.At(r.plan.Shard.place(g.first))
		last := r.plan.Seeds.At(r.plan.Shard.place(g.last))
		text := strconv.FormatUint(first, 10)
		if g.last > g.first {
			text += " to " + strconv.FormatUint(last, 10)
		}
		parts = append(parts, text)
		told += g.last - g.first + 1
	}
	text := strings.Join(parts, ", ")
	if more := m.count - told; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// verdict writes the verdict on the whole.
func (t *sheet) verdict(r *Report) {
	done, planned := r.Done()
	fmt.Fprintf(t, "%s: %s, %s\n", strings.ToUpper(string(r.Status())),
		count(uint64(len(r.parts)), "scenario"), count(done, "run"))
	if r.ended {
		t.entry("ended", "with failure %d, as -max-failures has it", r.failures)
	}
	switch n := r.missingInAll(); {
	case n > 0:
		t.entry("part", "%d of %s are missing: what they show is not known", n,
			count(planned, "run"))
	case planned == 0:
		t.entry("part", "shard %v of seeds %v has no seeds: nothing was run", r.plan.Shard,
			r.plan.Seeds)
	}
	t.entry("canary", "%v", &r.plan.Canary)
}

// count returns a number of things in words.
func count(n uint64, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
