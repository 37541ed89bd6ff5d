package sweep

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"raftkv/sim/check"
	"raftkv/sim/lab"
	"raftkv/sim/mark"
	"raftkv/sim/record"
)

// words is the report for people, without its line breaks.
func words(t testing.TB, r *Report) string {
	t.Helper()
	var b bytes.Buffer
	if err := r.WriteText(&b, TextOptions{}); err != nil {
		t.Fatal(err)
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// reported is the report on lines of one scenario, with the given seeds.
func reported(t testing.TB, limit uint64, scenario string, lines ...Line) *Report {
	p := planOf(t, "1-10", limit)
	p.Subjects = []Subject{subject(t, "mixed", scenario)}
	r := New(p)
	for i := range lines {
		r.add(&lines[i])
	}
	return r
}

func ending(seed uint64, status lab.Status) Line {
	return Line{Scenario: "mixed", Seed: seedText(seed), Status: status, Undecided: "finished"}
}

// TestEstimates: what is undecided is left out and told, a sweep that a failure has ended knows that
// it is biased, and where nothing was judged there is no bound.
func TestEstimates(t *testing.T) {
	all := checkNames(check.SetOf(check.Checks()...))
	allOff := calm + "[checks]\n" + strings.Join(all.names(), " = false\n") + " = false\n"
	bad := failing(3, 9, "finished", "finished")
	idle := ending(1, lab.Pass)
	idle.Idle = all
	for _, test := range []struct {
		name, want, unwanted string
		report               *Report
	}{
		{"one fails", "1 failure in 3 seeds: 33 %, and 6.1 to 80 % at 95 %", "biased",
			reported(t, 0, calm, ending(1, lab.Pass), ending(2, lab.Pass), bad)},
		{"it ends the sweep", "33 %, and 6.1 to 80 % at 95 %; biased upwards, for the sweep ended with", "",
			reported(t, 1, calm, ending(1, lab.Pass), ending(2, lab.Pass), bad)},
		{"it ends the sweep, of which it is the last", "1 failure in 1 seed: 100 %", "biased",
			reported(t, 1, calm, failing(10, 9, "finished", "finished"))},
		{"one is undecided", "1 failure in 2 decided seeds (1 undecided are left out): 50 %", "",
			reported(t, 0, calm, ending(1, lab.Pass), ending(2, lab.Undecided), bad)},
		{"none fails", "0 failures in 2 decided seeds (1 undecided are left out): fewer than 777000 in", "",
			reported(t, 0, calm, ending(1, lab.Pass), ending(2, lab.Undecided), ending(3, lab.Pass))},
		{"all checks are off", "estimate none: no check had anything to judge", "fewer than 9",
			reported(t, 0, allOff, ending(1, lab.Pass))},
		{"all checks are idle", "estimate none: no check had anything to judge", "fewer than 9",
			reported(t, 0, calm, idle)},
	} {
		got := words(t, test.report)
		if !strings.Contains(got, test.want) || test.unwanted != "" && strings.Contains(got, test.unwanted) {
			t.Errorf("%s: the report is\n%s\nwant %s, and not %q", test.name, got, test.want, test.unwanted)
		}
		json := string(test.report.JSON(nil))
		bound := strings.Contains(test.want, "fewer than")
		if strings.Contains(json, "fewer_than_per_million") != bound {
			t.Errorf("%s: the report is %s", test.name, json)
		}
		if got, want := strings.Contains(json, `"biased":true`), strings.Contains(test.want, "biased"); got != want {
			t.Errorf("%s: biased: %v, the report is %s", test.name, got, json)
		}
	}
}

// TestChecksThatSayNothing: those that are off, and those that no run has exercised, are named, and
// one run that does exercise them is enough.
func TestChecksThatSayNothing(t *testing.T) {
	scenario := calm + "[checks]\nsessions = false\nagreement = false\n"
	p := planOf(t, "1-4", 0)
	p.Subjects = []Subject{subject(t, "calm", scenario)}
	r := New(p)
	sweepAll(t, r, 2)
	part := &r.parts[0]
	var idle checkNames
	for _, c := range check.Checks() {
		exercised := uint64(0)
		for seed := uint64(1); seed <= 4; seed++ {
			for _, v := range new(lab.Lab).Run(p.Subjects[0].Scenario, seed, nil).Checks {
				if v.Check == c && v.Status != check.Off {
					exercised += v.Exercised
				}
			}
		}
		if off := c == check.Sessions || c == check.Agreement; exercised == 0 && !off {
			idle = idle.with(c)
		}
	}
	if idle == 0 || part.idle() != idle {
		t.Errorf("idle are %v, want %v", part.idle().names(), idle.names())
	}
	got := words(t, r)
	for _, want := range []string{
		" off agreement sessions ", " idle " + strings.Join(idle.names(), " ") + ": on, but never exercised ",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the report does not say %q:\n%s", want, got)
		}
	}
	if json := string(r.JSON(nil)); !strings.Contains(json, `"checks_off":["agreement","sessions"],"checks_idle":["`) {
		t.Errorf("the report is %s", json)
	}
	busy := ending(5, lab.Pass)
	busy.Scenario = "calm"
	part.add(&busy)
	if got := words(t, r); part.idle() != 0 || strings.Contains(got, " idle ") {
		t.Errorf("one has exercised them all, and the report is\n%s", got)
	}
}

// TestAllThatIsViolated: a group names each check that a run of it violates, not only the first.
func TestAllThatIsViolated(t *testing.T) {
	first, second := failing(1, 5, "finished", "finished"), failing(2, 9, "finished", "finished")
	first.Violated = checkNames(check.SetOf(check.Finished))
	second.Violated = checkNames(check.SetOf(check.Finished, check.Linearizability))
	want := " violated linearizability in 1 seed, finished in 2 seeds "
	if got := words(t, reported(t, 0, calm, first)); strings.Contains(got, " violated ") {
		t.Errorf("of one check the report is\n%s", got)
	}
	r := reported(t, 0, calm, first, second)
	if got := words(t, r); !strings.Contains(got, want) {
		t.Errorf("the report is\n%s\nwant%s", got, want)
	}
	wantJSON := `"violated":[{"check":"linearizability","count":1},{"check":"finished","count":2}]`
	if got := string(r.JSON(nil)); !strings.Contains(got, wantJSON) {
		t.Errorf("the report is %s, want %s", got, wantJSON)
	}
}

// TestLinesNameAllThatIsViolated: of the canary that is much.
func TestLinesNameAllThatIsViolated(t *testing.T) {
	r := new(lab.Lab).Run(canary(t), CanarySeed, nil)
	c := Release(canary(t))
	l := lineOf(&r)
	if got := l.Violated.names(); len(got) < 2 || !slices.Equal(got, c.Checks) {
		t.Errorf("violated are %q, want %q", got, c.Checks)
	}
}

// TestWhatIsMissing: while runs are missing nothing passes and no mark is judged, by whom and for
// whatever reason it was stopped: a sweep and a merge of its file say the same. A failure is a failure.
func TestWhatIsMissing(t *testing.T) {
	expecting := calm + "[expect]\nsometimes = [\"split_vote\"]\n"
	bad := failing(3, 9, "finished", "finished")
	pass := ending(1, lab.Pass)
	const notYet = "not yet seen: split_vote, expected in some run of the whole sweep"
	for _, test := range []struct {
		name, scenario string
		line           Line
		limit          uint64
		want           lab.Status
		say            string
	}{
		{"one passes", calm, pass, 0, lab.Undecided, "UNDECIDED: "},
		{"one fails", calm, bad, 0, lab.Violated, "VIOLATION: "},
		{"one fails and ends it, the first ones are missing", calm, bad, 1, lab.Violated, "VIOLATION: "},
		{"none shows a mark", expecting, pass, 0, lab.Undecided, notYet},
		{"one fails, none shows a mark", expecting, bad, 1, lab.Violated, notYet},
	} {
		swept := reported(t, test.limit, test.scenario, test.line)
		_, merged, err := merge(t, append(swept.plan.Header(), test.line.text()...))
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range []*Report{swept, merged} {
			if got := r.Status(); got != test.want || r.Complete() {
				t.Errorf("%s: it is %s, want %s", test.name, got, test.want)
			}
			got := words(t, r)
			if !strings.Contains(got, " are missing: what they show is not known ") ||
				!strings.Contains(got, test.say) || strings.Contains(got, "occurred in none") {
				t.Errorf("%s: the report is\n%s", test.name, got)
			}
		}
		if got, want := words(t, merged), words(t, swept); got != want {
			t.Errorf("%s: merged it is\n%s\nwant\n%s", test.name, got, want)
		}
		if got, want := merged.JSON(nil), swept.JSON(nil); !bytes.Equal(got, want) {
			t.Errorf("%s: merged it is\n%s\nwant\n%s", test.name, got, want)
		}
	}
}

// TestAMarkThatALaterRunMayHave: the last failure that is allowed has ended the sweep, and what came
// then is not known.
func TestAMarkThatALaterRunMayHave(t *testing.T) {
	expecting := calm + "[expect]\nsometimes = [\"split_vote\"]\n"
	r := reported(t, 1, expecting, ending(1, lab.Pass), failing(2, 9, "finished", "finished"))
	if got := words(t, r); !r.Complete() || strings.Contains(got, "occurred in none") ||
		!strings.Contains(got, "not yet seen: split_vote") {
		t.Errorf("the report is\n%s", got)
	}
}

// TestQuietlyAllThatNeverOccurred: without the table of marks too every mark that did not occur is
// named, and marks are counted as runs count them.
func TestQuietlyAllThatNeverOccurred(t *testing.T) {
	r := reported(t, 0, calm, ending(1, lab.Pass))
	r.parts[0].marks[mark.SplitVote].runs, r.parts[0].marks[mark.SplitVote].times = 1, 3
	r.parts[0].marks[mark.OfKind(record.Sent)].times = 1
	for _, quiet := range []bool{false, true} {
		var b bytes.Buffer
		if err := r.WriteText(&b, TextOptions{Quiet: quiet}); err != nil {
			t.Fatal(err)
		}
		told := strings.Join(strings.Fields(b.String()), " ")
		_, never, _ := strings.Cut(told, " never ")
		never, _, _ = strings.Cut(never, " unseen ")
		var want []string
		for _, m := range mark.All() {
			if m != mark.SplitVote && m.String() != "sent" {
				want = append(want, m.String())
			}
		}
		if never != strings.Join(want, " ") {
			t.Errorf("quiet %v: never are %s", quiet, never)
		}
		counts := fmt.Sprintf("marks 1 of %d occurred, and 1 of %d kinds of records",
			len(mark.Combinations()), len(mark.Kinds()))
		if !strings.Contains(told, counts) {
			t.Errorf("quiet %v: the report is\n%s\nwant %s", quiet, told, counts)
		}
	}
}

// TestFewPatternsSayLittle: of fewer than thirty nothing is estimated.
func TestFewPatternsSayLittle(t *testing.T) {
	for seen, want := range map[int]string{
		fewPatterns - 1: "29 patterns of three records in a row at a server, 29 in one seed only (1 in 8 is " +
			"looked at): too few to tell what the next seed will show",
		fewPatterns: "30 patterns of three records in a row at a server, 30 in one seed only (1 in 8 is " +
			"looked at): the next seed will show about 240 that no seed has shown (Good-Turing)",
	} {
		l := ending(1, lab.Pass)
		for pattern := range seen {
			l.Patterns = append(l.Patterns, mark.Pattern(pattern))
		}
		if got := words(t, reported(t, 0, calm, l)); !strings.Contains(got, want) {
			t.Errorf("the report is\n%s\nwant %s", got, want)
		}
	}
}

// TestFaultsOfASweep: in how many seeds any began, where the scenario has any.
func TestFaultsOfASweep(t *testing.T) {
	l := ending(1, lab.Pass)
	l.Marks[mark.OfKind(record.FaultBegan)] = 3
	with := calm + "[[fault]]\nat = '1ms'\ndo = 'crash'\nnode = 'n2'\n"
	want := " faults 3 began, in 1 of 2 seeds "
	if got := words(t, reported(t, 0, with, l, ending(2, lab.Pass))); !strings.Contains(got, want) {
		t.Errorf("the report is\n%s\nwant%s", got, want)
	}
	if got := words(t, reported(t, 0, calm, ending(1, lab.Pass))); strings.Contains(got, " faults ") {
		t.Errorf("of a scenario without faults it is\n%s", got)
	}
}

// TestNumbersAreNumbers: what programs compute with, they need not parse.
func TestNumbersAreNumbers(t *testing.T) {
	decode := func(r *Report) map[string]any {
		var report struct{ Scenarios []map[string]any }
		if err := json.Unmarshal(r.JSON(nil), &report); err != nil {
			t.Fatal(err)
		}
		return report.Scenarios[0]
	}
	pass := ending(1, lab.Pass)
	if got := decode(reported(t, 0, calm, pass))["fewer_than_per_million"]; got != 950000.0 {
		t.Errorf("fewer than %v (%[1]T), want 950000", got)
	}
	rate := decode(reported(t, 0, calm, failing(2, 9, "finished", "finished"), ending(3, lab.Pass)))
	got, _ := rate["failing_percent"].(map[string]any)
	if got["seen"] != 50.0 || got["low"] != 9.4 || got["high"] != 91.0 || got["biased"] != false {
		t.Errorf("got %v", got)
	}
}

// TestFailed: in the place of a report, its format, and why there is none.
func TestFailed(t *testing.T) {
	got := string(Failed(lab.Invalid, errors.New("no \"seeds\"")))
	want := `{"format":"raftkv-sweep-report","version":3,"status":"invalid","error":"no \"seeds\""}`
	if got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestTheNamesOfChecks: in a fixed order, and no others.
func TestTheNamesOfChecks(t *testing.T) {
	var s checkNames
	if err := s.UnmarshalJSON([]byte(`["finished","log_matching"]`)); err != nil {
		t.Fatal(err)
	}
	if got, err := s.MarshalJSON(); string(got) != `["log_matching","finished"]` || err != nil {
		t.Errorf("got %s, %v", got, err)
	}
	for _, text := range []string{`["nonsense"]`, `"finished"`, `{}`} {
		if err := s.UnmarshalJSON([]byte(text)); err == nil {
			t.Errorf("%s is read as %q", text, s.names())
		}
	}
}
