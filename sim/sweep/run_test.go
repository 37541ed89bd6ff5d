package sweep

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"raftkv/scenarios"
	"raftkv/sim/lab"
	"raftkv/sim/scenario"
)

// TestTheSameForAnyNumberOfWorkers: the file has the lines that a plain loop writes, the report is
// that of one worker; with every limit of failures too, beyond which more lines may stand.
func TestTheSameForAnyNumberOfWorkers(t *testing.T) {
	for _, limit := range []uint64{0, 1, 2, 3, 7, 1000} {
		p := planOf(t, "3,5-40", limit)
		lines := plainly(&p)
		want := ""
		for _, workers := range []int{1, 2, 3, 8} {
			r := New(p)
			file := inOrder(t, &p, sweepAll(t, r, workers))
			exact := limit == 0 || workers == 1
			if !bytes.HasPrefix(file, joined(lines[1:])) || exact && len(file) != len(joined(lines[1:])) {
				t.Fatalf("limit %d, %d workers: the file is another one", limit, workers)
			}
			got := text(t, r)
			if want == "" {
				want = got
			}
			if got != want {
				t.Errorf("limit %d, %d workers: the report is\n%s\nof one worker\n%s",
					limit, workers, got, want)
			}
			if !r.Complete() {
				t.Errorf("limit %d, %d workers: it is not complete", limit, workers)
			}
		}
	}
}

// TestStopping: wherever it stops, what there is is a beginning, and it can go on.
func TestStopping(t *testing.T) {
	p := planOf(t, "1-20", 0)
	lines := plainly(&p)
	for at := range len(lines) - 1 {
		var file bytes.Buffer
		stop := make(chan struct{})
		r := New(p)
		err := r.Run(Options{
			Workers: 1 + at%3, Stop: stop,
			Write: func(line []byte) error {
				file.Write(line)
				return nil
			},
			Tell: func(done uint64) {
				if done == uint64(at+1) {
					close(stop)
				}
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		done, planned := r.Done()
		if done <= uint64(at) || !bytes.Equal(inOrder(t, &p, file.Bytes()), joined(lines[1:done+1])) {
			t.Fatalf("stopped at %d: %d lines, which are no beginning", at, done)
		}
		if whole := done == planned; r.Complete() != whole || whole == strings.Contains(text(t, r), "part  ") {
			t.Errorf("stopped at %d: %d of %d lines, complete: %v", at, done, planned, r.Complete())
		}
		if r.Status() == lab.Pass && done < planned {
			t.Errorf("stopped at %d: it passes without the others", at)
		}
		if got, merged := text(t, r), mergedText(t, &p, file.Bytes()); got != merged {
			t.Errorf("stopped at %d: the report is\n%s\nthat of its file\n%s", at, got, merged)
		}
		if rest := inOrder(t, &p, sweepAll(t, r, 2)); !bytes.Equal(rest, joined(lines[done+1:])) {
			t.Errorf("stopped at %d: what came then is not the rest", at)
		}
	}
}

// mergedText is the report on lines of a file.
func mergedText(t *testing.T, p *Plan, lines []byte) string {
	t.Helper()
	_, r, err := merge(t, append(p.Header(), lines...))
	if err != nil {
		t.Fatal(err)
	}
	return text(t, r)
}

// TestStoppedBeforeItBegan: of no run nothing is known.
func TestStoppedBeforeItBegan(t *testing.T) {
	stop := make(chan struct{})
	close(stop)
	r := New(planOf(t, "1-20", 0))
	if err := r.Run(Options{Workers: 2, Stop: stop}); err != nil {
		t.Fatal(err)
	}
	if done, _ := r.Done(); done != 0 || r.Status() != lab.Undecided {
		t.Errorf("%d runs, status %s", done, r.Status())
	}
}

// TestAnEmptyShard: with more machines than seeds some have nothing to do, and that is no failure.
func TestAnEmptyShard(t *testing.T) {
	p := planOf(t, "1-3", 0)
	p.Shard = Shard{5, 7}
	r := New(p)
	if lines := sweepAll(t, r, 2); len(lines) != 0 || r.Status() != lab.Pass || !r.Complete() {
		t.Errorf("%d bytes, status %s", len(lines), r.Status())
	}
	said := words(t, r)
	if !strings.Contains(said, "runs none: the shard has no seeds") ||
		!strings.Contains(said, "part shard 5/7 of seeds 1-3 has no seeds: nothing was run") {
		t.Errorf("it says\n%s", said)
	}
}

// undisturbed is sweeps of one plan with several limits of failures, that nobody has disturbed.
type undisturbed struct {
	plan       Plan
	file       []byte
	reportText string
}

func undisturbedSweeps(t *testing.T) (sweeps []undisturbed) {
	for limit := range uint64(5) {
		p := planOf(t, "1-12", limit)
		whole := New(p)
		sweepAll(t, whole, 1)
		sweeps = append(sweeps, undisturbed{p, joined(plainly(&p)), text(t, whole)})
	}
	return sweeps
}

// TestResuming: cut at any byte, the file goes on to be the same file, and the report the same report.
func TestResuming(t *testing.T) {
	sweeps := undisturbedSweeps(t)
	rapid.Check(t, func(rt *rapid.T) {
		s := &sweeps[rapid.IntRange(0, len(sweeps)-1).Draw(rt, "limit")]
		p, want := s.plan, s.file
		cut := rapid.IntRange(0, len(want)).Draw(rt, "cut")

		r := New(p)
		resumed, err := r.Resume(bytes.NewReader(want[:cut]), nil)
		if err != nil {
			rt.Fatal(err)
		}
		kept := resumed.Whole
		file := append([]byte{}, want[:kept]...)
		if kept == 0 {
			file = append(file, p.Header()...)
		}
		file = append(file, sweepAll(t, r, 1)...)
		if !bytes.Equal(file, want) {
			rt.Fatalf("cut after %d of %d bytes, the file is another one", cut, len(want))
		}
		if got := text(t, r); got != s.reportText {
			rt.Fatalf("cut after %d bytes, the report is\n%s", cut, got)
		}
		if torn := int64(cut) - kept; torn < 0 || bytes.ContainsRune(want[kept:cut], '\n') {
			rt.Fatalf("cut after %d bytes, %d are kept", cut, kept)
		}
	})
}

// TestResumingWithGaps: of whatever runs the file has lines, in whatever order, these are not run
// again, all others are, and nobody can tell it from the report; not even where the file goes beyond
// the last failure that is allowed.
func TestResumingWithGaps(t *testing.T) {
	sweeps := undisturbedSweeps(t)
	unlimited := planOf(t, "1-12", 0)
	all := plainly(&unlimited)[1:]
	rapid.Check(t, func(rt *rapid.T) {
		s := &sweeps[rapid.IntRange(0, len(sweeps)-1).Draw(rt, "limit")]
		p, needed := s.plan, bytes.Count(s.file, []byte{'\n'})-1
		order := rapid.Permutation(all).Draw(rt, "order")
		there := order[:rapid.IntRange(0, len(order)).Draw(rt, "there")]

		r := New(p)
		file := append(p.Header(), joined(there)...)
		if got, err := r.Resume(bytes.NewReader(file), nil); err != nil || got.Whole != int64(len(file)) {
			rt.Fatalf("%d of %d bytes are kept, %v", got.Whole, len(file), err)
		}
		more := sweepAll(t, r, rapid.IntRange(1, 4).Draw(rt, "workers"))
		for _, line := range bytes.SplitAfter(more, []byte{'\n'}) {
			if len(line) > 0 && bytes.Contains(joined(there), line) {
				rt.Fatalf("it was there, and is run again: %s", line)
			}
		}
		for _, line := range all[:needed] {
			if !bytes.Contains(file, line) && !bytes.Contains(more, line) {
				rt.Fatalf("it is missing: %s", line)
			}
		}
		if got := text(t, r); got != s.reportText {
			rt.Fatalf("the report is\n%s\nwant\n%s", got, s.reportText)
		}
		if len(r.ahead) > 0 && !r.ended {
			rt.Fatalf("%d lines wait, and nothing is left to do", len(r.ahead))
		}
	})
}

// TestResumingWithMuchAhead: how many lines wait has a limit.
func TestResumingWithMuchAhead(t *testing.T) {
	p := planOf(t, "1-100000", 0)
	for seed, want := range map[uint64]string{
		maxAhead: "", // the last that a sweep has begun before the first has ended
		maxAhead + 1: "line 2: mixed with seed 65537 is far beyond mixed with seed 1, which is missing: " +
			"want a sweep of the missing seeds in another file, and sim merge of both",
	} {
		l := Line{Scenario: "mixed", Seed: seedText(seed), Status: lab.Pass}
		_, err := New(p).Resume(bytes.NewReader(append(p.Header(), l.text()...)), nil)
		if want == "" && err != nil || want != "" && (err == nil || err.Error() != want) {
			t.Errorf("seed %d: got %v, want %s", seed, err, want)
		}
	}
}

// TestResumingWhatHasEnded: nothing is left to do, also where the last failure ended it.
func TestResumingWhatHasEnded(t *testing.T) {
	for _, limit := range []uint64{0, 1, 3} {
		p := planOf(t, "1-30", limit)
		r := New(p)
		if _, err := r.Resume(bytes.NewReader(joined(plainly(&p))), nil); err != nil {
			t.Fatal(err)
		}
		if more := sweepAll(t, r, 2); len(more) != 0 || !r.Complete() {
			t.Errorf("limit %d: more comes then:\n%s", limit, more)
		}
	}
}

// TestResumingIntoAnotherFile: its lines are those of the first.
func TestResumingIntoAnotherFile(t *testing.T) {
	p := planOf(t, "1-6", 0)
	lines := plainly(&p)
	var file bytes.Buffer
	r := New(p)
	keep := func(line []byte) error {
		file.Write(line)
		return nil
	}
	if _, err := r.Resume(bytes.NewReader(joined(lines[:5])), keep); err != nil {
		t.Fatal(err)
	}
	file.Write(sweepAll(t, r, 2))
	if !bytes.Equal(inOrder(t, &p, file.Bytes()), joined(lines[1:])) {
		t.Error("the other file is another one")
	}
	broken := errors.New("no room")
	_, err := New(p).Resume(bytes.NewReader(joined(lines)), func([]byte) error { return broken })
	if !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

// TestWhatCannotBeResumed: each mistake is told in words.
func TestWhatCannotBeResumed(t *testing.T) {
	p := planOf(t, "1-6", 0)
	lines := plainly(&p)
	changed := func(change func(*Plan)) [][]byte {
		other := planOf(t, "1-6", 0)
		change(&other)
		return append([][]byte{other.Header()}, lines[1:3]...)
	}
	for _, test := range []struct {
		name, want string
		file       [][]byte
	}{
		{"another build", `it is of build "other", want "test"`,
			changed(func(p *Plan) { p.Build = "other" })},
		{"other seeds", "it is of seeds 1-7, want 1-6",
			changed(func(p *Plan) { p.Seeds = seedsFor(t, "1-7") })},
		{"another shard", "it is shard 1/2, want 1/1",
			changed(func(p *Plan) { p.Shard = Shard{1, 2} })},
		{"another limit", "its limit of failures is 3, want 0",
			changed(func(p *Plan) { p.MaxFailures = 3 })},
		{"another canary", "its canary ran another way",
			changed(func(p *Plan) { p.Canary.Trace = "0" })},
		{"fewer scenarios", "it has 1 scenarios, want 2",
			changed(func(p *Plan) { p.Subjects = p.Subjects[:1] })},
		{"another scenario", "scenario 2 is wild, want calm",
			changed(func(p *Plan) { p.Subjects[1] = subject(t, "wild", calm) })},
		{"a changed scenario", "its scenario calm has hash ",
			changed(func(p *Plan) { p.Subjects[1] = subject(t, "calm", calm+"timeout = \"5s\"\n") })},
		{"a line twice", "line 3: mixed with seed 5 was there before, want each run once, as sim merge -o",
			[][]byte{lines[0], lines[5], lines[5]}},
		{"too many lines", "line 14: mixed with seed 1 was there before", append(lines, lines[1])},
		{"no file of a sweep", `format is "raftkv-trace", want "raftkv-sweep"`,
			[][]byte{[]byte("{\"format\":\"raftkv-trace\"}\n")}},
		{"a file of the future", "version 4 of the format is newer",
			[][]byte{[]byte("{\"format\":\"raftkv-sweep\",\"version\":4}\n")}},
		{"no JSON", "it is no file of a sweep", [][]byte{[]byte("num_nodes = 5\n")}},
		{"years of work in one line", "it has no header", [][]byte{[]byte("years of work")}},
	} {
		_, err := New(p).Resume(bytes.NewReader(joined(test.file)), nil)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %s", test.name, err, test.want)
		}
	}
}

// TestDamagedLines: whatever has become of some lines, their runs are run again, the others are not,
// and the damage is told line by line. A merge passes over the same lines.
func TestDamagedLines(t *testing.T) {
	p := planOf(t, "1-12", 0)
	lines := plainly(&p)
	whole := New(p)
	sweepAll(t, whole, 1)
	want := text(t, whole)
	rapid.Check(t, func(rt *rapid.T) {
		file := slices.Clone(lines)
		damaged := rapid.SliceOfNDistinct(rapid.IntRange(1, len(lines)-1), 1, 12, rapid.ID[int]).
			Draw(rt, "damaged")
		slices.Sort(damaged)
		for _, i := range damaged {
			file[i] = []byte(rapid.SampledFrom([]string{
				"\n", "{}\n", "\x00\x00\n", string(lines[i][:20]) + "\n", string(lines[i][20:]),
				strings.Replace(string(lines[i]), `"seed":"`, `"seed":"9`, 1),
				string(lines[i][:40]) + string(lines[0]),
			}).Draw(rt, "line"))
		}
		r := New(p)
		got, err := r.Resume(bytes.NewReader(joined(file)), nil)
		if err != nil || got.Whole != int64(len(joined(file))) || got.Damaged.Count != len(damaged) {
			rt.Fatalf("got %+v, %v; want %d lines", got, err, len(damaged))
		}
		for i, line := range got.Damaged.First {
			if line != damaged[i]+1 {
				rt.Fatalf("damaged are %v, want %d, counted from 0", got.Damaged.First, damaged)
			}
		}
		expectPassedOver(rt, lines, damaged, file, &got.Damaged)
		if more := sweepAll(t, r, 1); bytes.Count(more, []byte{'\n'}) != len(damaged) {
			rt.Fatalf("run again is\n%s", more)
		}
		if told := text(t, r); told != want {
			rt.Fatalf("the report is\n%s", told)
		}
	})
}

// expectPassedOver merges the file, and expects in the result all lines but the damaged ones.
func expectPassedOver(t *rapid.T, lines [][]byte, damaged []int, file [][]byte, d *Damage) {
	m, err := OpenMerge("test", []MergeFile{{"file", bytes.NewReader(joined(file))}})
	if err != nil {
		t.Fatal(err)
	}
	var left []byte
	r, err := m.Report(func(line []byte) error {
		left = append(left, line...)
		return nil
	})
	if err != nil || r.missingInAll() != uint64(len(damaged)) {
		t.Fatalf("%d are missing, %v", r.missingInAll(), err)
	}
	for i, line := range lines {
		if bytes.Contains(left, line) == slices.Contains(damaged, i) {
			t.Fatalf("line %d is in the merged file, or is not, and %d are damaged", i, damaged)
		}
	}
	if told := m.Damaged(); len(told) != 1 || told[0].File != "file" || told[0].String() != d.String() {
		t.Fatalf("a merge tells of %+v", told)
	}
}

// TestDamageInWords: a few lines by their numbers, and how many more.
func TestDamageInWords(t *testing.T) {
	var d Damage
	d.note(3, errors.New("odd"))
	if got, want := d.String(), "line 3: odd"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	for line := range 10 {
		d.note(10+line, errors.New("later"))
	}
	want := "lines 3, 10, 11, 12, 13, 14, 15, 16 and 3 more: odd"
	if got := d.String(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestAFailingWrite: no run counts whose line was not written, and the error is not lost.
func TestAFailingWrite(t *testing.T) {
	p := planOf(t, "1-10", 0)
	broken := errors.New("no room")
	for room := range 15 {
		r := New(p)
		written := 0
		err := r.Run(Options{Workers: 2, Write: func([]byte) error {
			if written == room {
				return broken
			}
			written++
			return nil
		}})
		if done, _ := r.Done(); !errors.Is(err, broken) || done > uint64(room) {
			t.Errorf("room for %d lines: %d count, %v", room, done, err)
		}
	}
}

// TestABugInTheSimulator: it is told with its seed, and what came before it counts.
func TestABugInTheSimulator(t *testing.T) {
	p := planOf(t, "1-10", 0)
	p.Subjects[1].Scenario.ChecksOff = []string{"no such check"}
	for _, workers := range []int{1, 3} {
		r := New(p)
		err := r.Run(Options{Workers: workers})
		bug := (*Bug)(nil)
		if !errors.As(err, &bug) {
			t.Fatalf("got %v", err)
		}
		if bug.Scenario != "calm" || bug.Seed != 1 || !strings.Contains(err.Error(), "no such check") ||
			!bytes.Contains(bug.Stack, []byte("checksOff")) {
			t.Errorf("got %v\n%s", err, bug.Stack)
		}
		if done, _ := r.Done(); done != 10 {
			t.Errorf("%d runs count, want the 10 before it", done)
		}
	}
}

// TestTheNamesOfScenarios: two of one name could not be told apart.
func TestTheNamesOfScenarios(t *testing.T) {
	p := planOf(t, "1", 0)
	if err := p.Check(); err != nil {
		t.Error(err)
	}
	p.Subjects = append(p.Subjects, Subject{parse(t, "calm", calm), "other/calm.toml", nil})
	want := `calm.toml and other/calm.toml are both called "calm", want another name in one of them`
	if err := p.Check(); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// TestHeaderHoldsThePlan: a file needs nothing else to be reported on.
func TestHeaderHoldsThePlan(t *testing.T) {
	p := planOf(t, "1-10,18446744073709551615", 4)
	p.Shard = Shard{2, 3}
	p.Subjects[0].Set = []string{"network.loss=0.02", `name="a b"`}
	got, err := parseHeader(p.Header(), p.Build)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.Header(), p.Header()) {
		t.Errorf("got\n%s, want\n%s", got.Header(), p.Header())
	}
	if err := got.continues(&p); err != nil {
		t.Error(err)
	}
}

// TestHeaderHoldsEveryScenario: what is built in, and what reads another file.
func TestHeaderHoldsEveryScenario(t *testing.T) {
	p := planOf(t, "1", 0)
	p.Subjects = nil
	for _, name := range scenarios.Names() {
		data, _ := scenarios.Read(name)
		p.Subjects = append(p.Subjects, subject(t, name, string(data)))
	}
	measured, err := scenario.Read(scenario.Input{
		Name: "measured.toml",
		Data: []byte("[network]\nlatency = {dist = \"empirical\", file = \"x\"}\n"),
		Open: func(string) ([]byte, error) { return []byte("1ms\n5ms\n9ms\n"), nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	p.Subjects = append(p.Subjects, Subject{Scenario: measured.Scenario, Argument: "measured.toml"})
	got, err := parseHeader(p.Header(), p.Build)
	if err != nil {
		t.Fatal(err)
	}
	for i := range p.Subjects {
		want := new(lab.Lab).Run(p.Subjects[i].Scenario, 7, nil)
		if again := new(lab.Lab).Run(got.Subjects[i].Scenario, 7, nil); again.Hash != want.Hash {
			t.Errorf("%s runs as %v, want %v", want.Scenario, again.Hash, want.Hash)
		}
	}
}

// TestDamagedHeaders: none is believed.
func TestDamagedHeaders(t *testing.T) {
	p := planOf(t, "1-10", 0)
	good := string(p.Header())
	for _, change := range [][2]string{
		{`"seeds":"1-10"`, `"seeds":"1-"`},
		{`"shard":"1/1"`, `"shard":"2/1"`},
		{`num_nodes = 3`, `num_nodes = 4`},
		{`num_nodes = 3`, `num_nodes = 0`},
		{`"name":"calm"`, `"name":"clam"`},
		{`"scenarios":[`, `"scenario":[`},
		{`"max_failures":0`, `"max_failures":-1`},
	} {
		text := strings.Replace(good, change[0], change[1], 1)
		if text == good {
			t.Errorf("there is no %s in %s", change[0], good)
		}
		if _, err := parseHeader([]byte(text), p.Build); err == nil {
			t.Errorf("%s is believed", change[1])
		}
	}
}

func ExampleShard() {
	for n := range uint64(3) {
		shard := Shard{n + 1, 3}
		fmt.Println(shard, shard.place(0), shard.place(1))
	}
	// Output:
	// 1/3 0 3
	// 2/3 1 4
	// 3/3 2 5
}
