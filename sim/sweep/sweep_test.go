package sweep

import (
	"bytes"
	"slices"
	"testing"

	"raftkv/scenarios"
	"raftkv/sim/lab"
	"raftkv/sim/scenario"
)

// mixed is a scenario whose runs end in every way: some seeds pass, some are convicted, some do not
// meet what is expected, some are undecided. Its runs are short.
const mixed = `num_nodes = 3
duration = "400ms"
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
		Canary:   Canary{Scenario: "canary", Seed: 1, Check: "finished", Trace: "0123456789abcdef"},
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

// TestCanary: a scenario that no judge convicts is no canary.
func TestCanary(t *testing.T) {
	data, ok := scenarios.Read("canary")
	if !ok {
		t.Fatal("there is no canary")
	}
	s := parse(t, "canary", string(data))
	c, err := Release(s)
	if err != nil || c.Scenario != "canary" || c.Seed != CanarySeed || c.Check == "" {
		t.Errorf("got %+v, %v", c, err)
	}
	if r := new(lab.Lab).Run(s, CanarySeed, nil); r.Hash.String() != c.Trace {
		t.Errorf("the canary had trace %s, want %v", c.Trace, r.Hash)
	}
	if c, err := Release(parse(t, "calm", calm)); err == nil {
		t.Errorf("one that survives is taken for a canary: %+v", c)
	}
}
