package lab

import (
	"fmt"
	"testing"

	"raftkv/scenarios"
	"raftkv/sim/check"
	"raftkv/sim/record"
	"raftkv/sim/scenario"
	"raftkv/sim/trace"
)

// builtIn returns a built-in scenario, changed by the given text where that is not empty.
func builtIn(t testing.TB, name string) *scenario.Scenario {
	t.Helper()
	data, ok := scenarios.Read(name)
	if !ok {
		t.Fatalf("no scenario is called %s", name)
	}
	return parse(t, name, string(data))
}

func parse(t testing.TB, name, text string) *scenario.Scenario {
	t.Helper()
	s, err := scenario.Parse(name+".toml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestChecksAreThoseOfScenarios: every check can be switched off by its name, which scenarios have to
// know without knowing the judges.
func TestChecksAreThoseOfScenarios(t *testing.T) {
	for _, c := range check.Checks() {
		s := parse(t, "off", "[checks]\n"+c.String()+" = false\n")
		r := new(Lab).Run(s, 1, nil)
		for _, v := range r.Checks {
			if off := v.Status == check.Off; off != (v.Check == c) {
				t.Errorf("with %v off, %v is %v", c, v.Check, v.Status)
			}
		}
	}
}

// TestStatus weighs convictions, expectations and doubt against each other.
func TestStatus(t *testing.T) {
	const lossy = "duration = \"2s\"\nsettle = \"off\"\n[network]\nloss = 1.0\n"
	const stuck = "duration = \"2s\"\n[raft]\nelection_timeout = \"off\"\nfirst_leader = \"none\"\n"
	for _, test := range []struct {
		name, text string
		want       Status
	}{
		{"as expected", "", Pass},
		{"a conviction", lossy, Violated},
		{"an expected conviction", lossy + "[expect]\nresult = \"fail\"\n", Pass},
		{"by the judge expected", lossy + "[expect]\nresult = \"fail\"\ncheck = \"finished\"\n", Pass},
		{"by another", lossy + "[expect]\nresult = \"fail\"\ncheck = \"agreement\"\n", Unmet},
		{"no conviction where one is expected", "[expect]\nresult = \"fail\"\n", Unmet},
		{"too few leaders", "[expect]\nmin_leaders = 2\n", Unmet},
		{"too many leaders", leaderCrash + "[expect]\nmax_leaders = 1\n", Unmet},
		{"too few answers", leaderCrash + "[expect]\nmin_answered_ratio = 1.0\n", Unmet},
		{"nobody to answer", "num_clients = 0\nduration = \"1s\"\n[expect]\nmin_answered_ratio = 0.1\n",
			Unmet},
		{"no clients", "num_clients = 0\nduration = \"1s\"\n", Pass},
		{"out of events", "max_events = 50\n", Undecided},
		{"out of events when it has healed", "max_events = 2\n" + stuck, Undecided},
		{"stuck, but excused", stuck, Pass},
		{"an excuse is no conviction", stuck + "[expect]\nresult = \"fail\"\n", Unmet},
		{"an expectation is not excused", stuck + "[expect]\nmin_leaders = 1\n", Unmet},
		{"cut off for good", "[[fault]]\nat = \"50ms\"\ndo = \"isolate\"\nnode = \"n5\"\n", Pass},
	} {
		if r := new(Lab).Run(parse(t, "test", test.text), 1, nil); r.Status != test.want {
			t.Errorf("%s: %s, want %s (%v %+v)", test.name, r.Status, test.want, r.Unmet, r.Violation)
		}
	}
}

const leaderCrash = "[[fault]]\nat = \"50ms\"\ndo = \"crash\"\nnode = \"leader\"\nfor = \"1s\"\n"

func TestDescribeNamesTheFirstEventThatDiffers(t *testing.T) {
	d := trace.Difference{
		Position: 17, Through: 17, Event: 4, At: 1_500_000,
		First:  []record.Record{{Event: 4, At: 1_500_000, Kind: record.BecameLeader, Server: 2, Term: 1}},
		Second: []record.Record{{Event: 4, At: 1_500_000, Kind: record.BecameLeader, Server: 3, Term: 1}},
	}
	want := "the same seed gave another run: event 4 at 0.001500s: record 17 is the first that differs: " +
		"became_leader of n2 in term 1 / became_leader of n3 in term 1"
	if got := Describe(&d); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	d.Second, d.SecondEnds = nil, true
	want = "the same seed gave another run: event 4 at 0.001500s: the second ends after record 16, " +
		"the first run goes on: became_leader of n2 in term 1"
	if got := Describe(&d); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestVerifyTellsTheFirstRunOnce: the story is of one run, however often it is played.
func TestVerifyTellsTheFirstRunOnce(t *testing.T) {
	s := builtIn(t, "leader-crash")
	var told uint64
	result, difference := Verify(s, 3, func(*record.Record) { told++ })
	if difference != nil {
		t.Fatal(Describe(difference))
	}
	if want := new(Lab).Run(s, 3, nil); told != want.Records || result.Hash != want.Hash {
		t.Errorf("%d records of %v were told, want %d of %v", told, result.Hash, want.Records, want.Hash)
	}
}

// TestAClusterOfOneLosesPower: a server alone counts its own vote and its own log only when they are
// durable, or a crash inside a sync would have it lead one term twice.
func TestAClusterOfOneLosesPower(t *testing.T) {
	for at := 1; at <= 40; at++ {
		s := parse(t, "alone", fmt.Sprintf(alone, at))
		for seed := range uint64(20) {
			if r := new(Lab).Run(s, seed, nil); r.Violation != nil {
				t.Fatalf("crash at %d ms, seed %d: %+v", at, seed, r.Violation)
			}
		}
	}
}

const alone = `
num_nodes = 1
storage = {fsync = {dist = "uniform", min = "1ms", max = "15ms"}}
[[fault]]
at = "%dms"
do = "crash"
node = "n1"
for = "20ms"
`
