package sweep

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"raftkv/sim/check"
	"raftkv/sim/lab"
	"raftkv/sim/mark"
	"raftkv/sim/record"
)

// failing is a line of a run that was convicted.
func failing(seed, events uint64, check, kind string) Line {
	return Line{
		Scenario: "mixed", Seed: seedText(seed), Status: lab.Violated, Events: events,
		Violation: &Violation{Check: check, Kind: kind, Event: 7, Message: "it broke"},
	}
}

// TestGroups: failures with one signature are one group, whose shortest run speaks for it.
func TestGroups(t *testing.T) {
	var g groups
	unmet := func(seed uint64, words ...string) *Line {
		return &Line{Seed: seedText(seed), Status: lab.Unmet, Unmet: words}
	}
	for _, l := range []Line{
		failing(1, 50, "log_matching", "appended"),
		failing(2, 40, "log_matching", "appended"),
		failing(3, 40, "log_matching", "appended"),
		failing(4, 10, "log_matching", "truncated"),
		*unmet(5, "at least 2 leaders: there were 1"),
		*unmet(6, "at least 2 leaders: there were 0"),
		*unmet(7, "at least 2 leaders: there were 1", "a conviction by finished"),
		{Seed: 8, Status: lab.Undecided, Undecided: "linearizability"},
	} {
		g.add(&l)
	}
	var got []string
	for _, one := range g.sorted() {
		got = append(got, fmt.Sprintf("%s %s x%d, shortest %d of %d",
			one.Status, one.Signature, one.Count, one.Least.Seed, one.Seeds))
	}
	want := []string{
		"violation log_matching at appended x3, shortest 2 of [1 2 3]",
		"violation log_matching at truncated x1, shortest 4 of [4]",
		"unmet at least 2 leaders x2, shortest 5 of [5 6]",
		"unmet at least 2 leaders; a conviction by finished x1, shortest 7 of [7]",
		"undecided linearizability x1, shortest 8 of [8]",
	}
	if !slices.Equal(got, want) {
		t.Errorf("the groups are\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestAReportIsSmall: however many seeds fail, in however many ways, what is kept of them has a limit,
// and what is beyond is counted.
func TestAReportIsSmall(t *testing.T) {
	r := New(planOf(t, "1-1000000", 0))
	const seeds = 10_000
	for i := uint64(1); i <= seeds; i++ {
		l := failing(2*i, 9, fmt.Sprint("check", i%100), "appended") // every second seed is missing
		r.add(&l)
	}
	p := &r.parts[0]
	if len(p.groups.all) != maxGroups || p.groups.others != seeds/100*(100-maxGroups) {
		t.Errorf("%d groups, and %d runs beyond", len(p.groups.all), p.groups.others)
	}
	for _, g := range p.groups.all {
		if len(g.Seeds) != maxSeeds || g.Count != seeds/100 {
			t.Errorf("%s names %d of %d seeds", g.Signature, len(g.Seeds), g.Count)
		}
	}
	if m := r.missing(p); len(m.first) != maxGaps || m.count != 1_000_000-seeds {
		t.Errorf("%d gaps are named, of %d seeds", len(m.first), m.count)
	}
	told := text(t, r)
	for _, want := range []string{
		"990000 of 1000000 seeds: 1, 3, 5, 7, 9, 11, 13, 15 and 989992 more",
		"check1 at appended: 100 seeds, 2 202 402 602 802 1002 1202 1402 1602 1802 and 90 more",
		"3600 runs fail or are undecided in other ways than these",
	} {
		if !strings.Contains(strings.Join(strings.Fields(told), " "), want) {
			t.Errorf("the report does not say %q", want)
		}
	}
}

// TestPatterns compares with a map.
func TestPatterns(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var p patterns
		times := map[mark.Pattern]int{}
		for range rapid.IntRange(0, 40).Draw(t, "runs") {
			few := rapid.SampledFrom([]mark.Pattern{0, 1, 7, 63, 64, 1<<16 - 1})
			shown := rapid.SliceOfNDistinct(few, 0, 4, rapid.ID[mark.Pattern]).Draw(t, "shown")
			p.add(shown)
			for _, pattern := range shown {
				times[pattern]++
			}
		}
		once := uint64(0)
		for _, n := range times {
			if n == 1 {
				once++
			}
		}
		if p.seen != uint64(len(times)) || p.once != once {
			t.Fatalf("%d patterns, %d of them once; want %d and %d", p.seen, p.once, len(times), once)
		}
	})
}

// TestSometimes: a sweep that lacks a mark fails and names it; a shard does not know.
func TestSometimes(t *testing.T) {
	for _, test := range []struct {
		marks   string
		shard   Shard
		want    lab.Status
		lacking string
	}{
		{`["leader_elected", "split_vote"]`, Whole, lab.Unmet, "split_vote"},
		{`["leader_elected", "split_vote"]`, Shard{1, 2}, lab.Pass, ""},
		{`["leader_elected", "committed"]`, Whole, lab.Pass, ""},
	} {
		p := planOf(t, "1-4", 0)
		p.Shard = test.shard
		p.Subjects = []Subject{subject(t, "calm", calm+"[expect]\nsometimes = "+test.marks+"\n")}
		r := New(p)
		sweepAll(t, r, 2)
		if got := r.Status(); got != test.want {
			t.Errorf("%s, shard %v: %s, want %s", test.marks, test.shard, got, test.want)
		}
		said := strings.Contains(text(t, r), "expected   "+test.lacking+" in some run: it occurred in none")
		if said != (test.lacking != "") {
			t.Errorf("%s, shard %v: the report is\n%s", test.marks, test.shard, text(t, r))
		}
	}
}

// TestMarksAreCounted: in how many runs, and how often in all.
func TestMarksAreCounted(t *testing.T) {
	p := planOf(t, "1-9", 0)
	r := New(p)
	sweepAll(t, r, 2)
	var want marks
	runs := uint64(0)
	for seed := range uint64(9) {
		result := new(lab.Lab).Run(p.Subjects[0].Scenario, seed+1, nil)
		for m := range want {
			want[m] += result.Marks[m]
		}
		if result.Marks[mark.SplitVote] > 0 {
			runs++
		}
	}
	for m := range want {
		if got := r.parts[0].marks[m]; got.times != want[m] {
			t.Errorf("%v: %d times, want %d", mark.Mark(m), got.times, want[m])
		}
	}
	if got := r.parts[0].marks[mark.SplitVote].runs; got != runs {
		t.Errorf("split votes in %d runs, want %d", got, runs)
	}
}

// TestAnotherRunIsSaidLoudly: a failure that does not repeat is worse than any failure.
func TestAnotherRunIsSaidLoudly(t *testing.T) {
	r := New(planOf(t, "1-60", 0))
	sweepAll(t, r, 2)
	if got := text(t, r); r.Status() != lab.Violated || strings.Contains(got, "ANOTHER") {
		t.Fatalf("of one that repeats it says %s\n%s", r.Status(), got)
	}
	for _, change := range []func(*Line){
		func(l *Line) { l.Trace++ },
		func(l *Line) { l.Marks[mark.SplitVote]++ },
		func(l *Line) { l.Violation = nil },
	} {
		g := r.parts[0].groups.sorted()[0]
		least := g.Least
		change(&g.Least)
		got := text(t, r)
		if r.Status() != lab.Nondeterministic || !strings.Contains(got, "ANOTHER RUN") ||
			!strings.Contains(got, "NONDETERMINISTIC: ") || !strings.Contains(got, `"repeats":false`) {
			t.Errorf("it says %s\n%s", r.Status(), got)
		}
		// New worlds agree: what differs is a world that was used before, if this machine ran it.
		for merged, blamed := range map[bool]string{
			false: "the code under test keeps state over a first start",
			true:  "the simulator is not deterministic",
		} {
			r.merged = merged
			if got := text(t, r); !strings.Contains(strings.Join(strings.Fields(got), " "), blamed) {
				t.Errorf("merged: %v: it does not say that %s:\n%s", merged, blamed, got)
			}
		}
		r.merged = false
		g.Least = least
	}
}

// TestLines: what a file says of a run is what the lab said.
func TestLines(t *testing.T) {
	for seed := range uint64(60) {
		result := new(lab.Lab).Run(parse(t, "mixed", mixed), seed, nil)
		want := lineOf(&result)
		got, err := parseLine(want.text())
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("got\n%+v, want\n%+v: %v", got, want, err)
		}
	}
	for _, text := range []string{
		"", "{}", `{"scenario":"mixed","status":"violation"}`, `{"scenario":"mixed","status":"unmet"}`,
		`{"scenario":"mixed","status":"internal"}`, `{"scenario":"mixed","status":"pass"} {}`,
		`{"scenario":"mixed","status":"pass","news":1}`, `{"scenario":"mixed","status":"pass","seed":7}`,
		`{"scenario":"mixed","status":"pass","seed":"-7"}`, `{"status":"pass","marks":{"nonsense":1}}`,
		`{"status":"pass","trace_hash":"xyz"}`,
	} {
		if l, err := parseLine([]byte(text)); err == nil {
			t.Errorf("%s is read as %+v", text, l)
		}
	}
}

// TestDoubt: why a run is undecided.
func TestDoubt(t *testing.T) {
	r := lab.Result{Status: lab.Undecided, Ending: record.Exhausted}
	if got := lineOf(&r).Undecided; got != record.Exhausted.String() {
		t.Errorf("got %q", got)
	}
	r.Ending = record.Settled
	r.Checks = []lab.Verdict{{Check: check.Linearizability, Status: check.Undecided}, {Check: check.NoPanic}}
	if got := lineOf(&r).Undecided; got != "linearizability" {
		t.Errorf("got %q", got)
	}
	for status := check.OK; status <= check.Off; status++ {
		if want := status == check.Violated || status == check.Excused; convicts(status) != want {
			t.Errorf("%v convicts: %v", status, !want)
		}
	}
}

// TestTheNumbersOfMissingSeeds are those of seeds, not of places.
func TestTheNumbersOfMissingSeeds(t *testing.T) {
	p := planOf(t, "101-110,201-210", 0)
	p.Shard = Shard{2, 3}
	r := New(p)
	l := Line{Scenario: "mixed", Seed: 105, Status: lab.Pass}
	r.add(&l)
	if got, want := r.gapsInWords(r.missing(&r.parts[0])), "102, 108 to 210"; got != want {
		t.Errorf("missing are %s, want %s", got, want)
	}
}

// keys returns the keys of an object, and of the objects in it that have fixed ones.
func keys(value any, into map[string]bool) {
	switch v := value.(type) {
	case []any:
		for _, one := range v {
			keys(one, into)
		}
	case map[string]any:
		for key, one := range v {
			into[key] = true
			if key != "marks" && key != "shortest" {
				keys(one, into)
			}
		}
	}
}

// TestFormatTextTellsEveryField: and no other.
func TestFormatTextTellsEveryField(t *testing.T) {
	p := planOf(t, "1-60", 0)
	lines := plainly(&p)
	r := New(p)
	sweepAll(t, r, 2)
	fields := map[string]bool{}
	for _, text := range append(lines, r.JSON(nil), Failed(lab.Invalid, errors.New("why"))) {
		var decoded any
		if err := json.Unmarshal(text, &decoded); err != nil {
			t.Fatal(err)
		}
		keys(decoded, fields)
	}
	told := map[string]bool{}
	for _, word := range regexp.MustCompile(`[a-z_]+`).FindAllString(FormatText, -1) {
		told[word] = true
	}
	for _, field := range slices.Sorted(maps.Keys(fields)) {
		if !told[field] {
			t.Errorf("the text does not tell of %s", field)
		}
	}
	first := regexp.MustCompile(`(?m)^ {4,8}([a-z_]+(?:, [a-z_]+)*)(?: |$)`)
	for _, m := range first.FindAllStringSubmatch(FormatText, -1) {
		for name := range strings.SplitSeq(m[1], ", ") {
			if !fields[name] {
				t.Errorf("the text tells of %s, which there is not", name)
			}
		}
	}
}
