package sweep

import (
	"bytes"
	"maps"
	"slices"
	"testing"

	"raftkv/sim/lab"
	"raftkv/sim/scenario"
)

// mixed is a scenario whose runs end in every way: some seeds pass, some are convicted, some do not
// meet what is expected, some are undecided. Its runs are short.
const mixed = `num_nodes = 3
duration = "400ms"
settle = "off"
max_events = 150
[raft]
first_leader = "none"
[network]
loss = 0.02
[workload]
requests_per_client = 3
timeout = "100ms"
[expect]
max_leaders = 1
min_answered_ratio = 0.8
`

// calm is a scenario whose runs all pass.
const calm = "num_nodes = 3\n[workload]\nrequests_per_client = 1\n"

func parse(t testing.TB, name, text string) *scenario.Scenario {
	t.Helper()
	s, err := scenario.Parse(name+".toml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// subject is a scenario as a command line would name it.
func subject(t testing.TB, name, text string) Subject {
	return Subject{Scenario: parse(t, name, text), Argument: name + ".toml"}
}

func seedsFor(t testing.TB, text string) Seeds {
	t.Helper()
	s, err := ParseSeeds(text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// planOf is a plan of two scenarios.
func planOf(t testing.TB, seeds string, maxFailures uint64) Plan {
	return Plan{
		Build: "test", Seeds: seedsFor(t, seeds), Shard: Whole, MaxFailures: maxFailures,
		Canary:   Canary{Scenario: "canary", Seed: 1, Checks: []string{"finished"}, Trace: "0123456789abcdef"},
		Subjects: []Subject{subject(t, "mixed", mixed), subject(t, "calm", calm)},
	}
}

// plainly is what a plain loop over the runs of a plan would write, as the lines of its file: what
// every other way of doing it is compared with.
func plainly(p *Plan) (file [][]byte) {
	file = append(file, p.Header())
	failures := uint64(0)
	for place := range p.Count() {
		subject, seed := p.at(place)
		result := new(lab.Lab).Run(p.Subjects[subject].Scenario, seed, nil)
		line := lineOf(&result)
		file = append(file, line.text())
		if result.Status == lab.Violated || result.Status == lab.Unmet {
			if failures++; failures == p.MaxFailures {
				break
			}
		}
	}
	return file
}

// sweepAll carries out what is left of a report, and returns its lines.
func sweepAll(t testing.TB, r *Report, workers int) []byte {
	t.Helper()
	var file bytes.Buffer
	err := r.Run(Options{Workers: workers, Write: func(line []byte) error {
		file.Write(line)
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

// inOrder returns lines in the order of the plan.
func inOrder(t testing.TB, p *Plan, lines []byte) []byte {
	t.Helper()
	byPlace := map[uint64][]byte{}
	for _, text := range bytes.SplitAfter(lines, []byte{'\n'}) {
		if len(text) == 0 {
			continue
		}
		l, err := parseLine(text)
		if err != nil {
			t.Fatal(err)
		}
		place, ok := p.place(p.subject(l.Scenario), uint64(l.Seed))
		if _, twice := byPlace[place]; twice || !ok {
			t.Fatalf("%s is twice in the file, or not of its plan", l.label())
		}
		byPlace[place] = text
	}
	var sorted []byte
	for _, place := range slices.Sorted(maps.Keys(byPlace)) {
		sorted = append(sorted, byPlace[place]...)
	}
	return sorted
}

// text is the report for people and for programs, after its failures ran again.
func text(t testing.TB, r *Report) string {
	t.Helper()
	r.Prove()
	advice := func(s *Subject, seed, event uint64) string { return "  advice\n" }
	var b bytes.Buffer
	if err := r.WriteText(&b, TextOptions{Advice: advice}); err != nil {
		t.Fatal(err)
	}
	b.Write(r.JSON(advice))
	return b.String()
}

func joined(lines [][]byte) []byte { return bytes.Join(lines, nil) }

// TestMixedIsMixed: what the tests below are worth.
func TestMixedIsMixed(t *testing.T) {
	p := planOf(t, "1-60", 0)
	lines := plainly(&p)
	var statuses []lab.Status
	for _, text := range lines[1:] {
		line, err := parseLine(text)
		if err != nil {
			t.Fatal(err)
		}
		statuses = append(statuses, line.Status)
	}
	for _, status := range []lab.Status{lab.Pass, lab.Violated, lab.Unmet, lab.Undecided} {
		if !slices.Contains(statuses, status) {
			t.Errorf("no run is %s", status)
		}
	}
}
