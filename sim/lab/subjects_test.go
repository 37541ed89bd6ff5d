package lab

import (
	"regexp"
	"strings"
	"testing"

	"raftkv/scenarios"
	"raftkv/sim/mark"
	"raftkv/sim/scenario"
)

// subjectSeeds is with how many seeds a scenario must notice that a part of its subject is missing.
const subjectSeeds = 50

// part is a piece of a scenario's text, and what stands in its place when it is taken out.
type part struct{ scenario, text, without string }

// parts are those that are no table of their own. What chaos duplicates is none of them, for its nemesis
// duplicates too; TestChaosDrawsEveryMixture looks at it.
var parts = []part{
	{"bridge", `["n1", "n2", "n3"], ["n3", "n4", "n5"]`, `["n1", "n2", "n3"], ["n4", "n5"]`},
	{"bridge", `["n1", "n2", "n3"], ["n3", "n4", "n5"]`, `["n1", "n2"], ["n3", "n4", "n5"]`},
	{"chaos", "tail = ", "# "},
	{"chaos", `max_down = "any"`, ""},
	{"chaos", "inflight_bytes = {min = 20, max = 10_000}\nproposals_max = {min = 2, max = 100}", ""},
	{"chaos", `heal = "random"`, ""},
	{"chaos", `reads = "random"`, ""},
	{"clock-drift", "drift = -0.5", "drift = -0.001"},
	{"clock-drift", `jump = "1s"`, `jump = "1ms"`},
	{"clock-drift", `jump = "-2s"`, `jump = "-1ms"`},
	{"cold-start", `first_leader = "none"`, ""},
	{"flaky-network", "loss = 0.02", ""},
	{"flaky-network", "duplicate = 0.05", ""},
	{"flaky-network", "tail = ", "# "},
	{"bounded-proposals", "proposals_max = 4", ""},
	{"frozen-core", `heal = "core"`, ""},
	{"large-cluster", `"n28", "n29", "n30", "n31"`, `"n28", "n29", "n30", "n31", "n32"`},
	{"mixed-options", "pre_vote = false\ncheck_quorum = false", "pre_vote = false"},
	{"mixed-options", "pre_vote = false\ncheck_quorum = false", "check_quorum = false"},
	{"reads-in-turn", `reads = "read_index"`, ""},
	{"long-tail", "latency = ", "# "},
	{"long-tail", `p99 = "500ms"`, `p99 = "5ms"`},
	{"long-tail", "loss = 0.01", ""},
	{"no-timers", `heartbeat = "off"`, ""},
	{"no-timers", `election_timeout = "off"`, ""},
	{"retries", "loss = 0.05", ""},
	{"retries", "duplicate = 0.2", ""},
	{"retries", `retry = "20ms"`, ""},
	{"retries", `route = "discover"`, ""},
	{"slow-follower", `by = "60ms"`, `by = "1ms"`},
	{"wan", `n1 = "us"`, ""},
	{"wan", `n2 = "us"`, ""},
	{"wan", `n3 = "eu"`, ""},
	{"wan", `n4 = "eu"`, ""},
	{"wan", `n5 = "ap"`, ""},
	{"wan", `for = "6s"`, `for = "100ms"`},
}

// unseen are tables whose loss no expectation sees, with the reason.
var unseen = []struct{ scenario, text, why string }{
	{"bridge", `at = "4400ms"`, "it shows how n1 was deposed, and is no subject itself"},
	{"no-timers", `when = "timer_fired #2"`, "a trap, into which no run steps"},
	{"lease-drift", "[network]", "it makes the instants of the script exact, and is no subject itself"},
	{"mixed-options", `name = "n3"`, "n3 is not cut off as a leader in every run; TestMixedOptionsShow looks at it"},
	{"chaos", "[clock]", "the faults make clocks drift by far more"},
	{"wan", `["eu", "eu"]`, "no message takes it where ap leads; TestWanShows looks at it"},
	{"wan", `["ap", "ap"]`, "there is one server"},
	{"reads-in-turn", "[network]", "it makes the instants of the script exact, and is no subject itself"},
	{"reads-in-turn", "[storage]", "it is a trap, into which no run steps: the first read comes early"},
	{"wan", "[regions]", "the links name them; they are taken out one by one"},
}

// tables matches the tables that a scenario can be without, up to the next one.
var tables = regexp.MustCompile(
	`(?m)^(\[\[(fault|server|network\.link)\]\]|\[(network|clock|storage|store|regions|nemesis)\])\n(.+\n)+`)

// named and begins are how a fault is called, and when it begins.
var (
	named  = regexp.MustCompile(`(?m)^as = (".+")$`)
	begins = regexp.MustCompile(`(?m)^(at|when|after) = .+$`)
)

// tablesOf returns the tables of a scenario as parts. What comes after a fault comes when that would.
func tablesOf(name, text string) (all []part) {
tables:
	for _, table := range tables.FindAllString(text, -1) {
		for _, u := range unseen {
			if u.scenario == name && strings.Contains(table, u.text) {
				continue tables
			}
		}
		without := strings.Replace(text, table, "", 1)
		if as := named.FindStringSubmatch(table); as != nil {
			without = strings.Replace(without, "after = "+as[1], begins.FindString(table), 1)
		}
		all = append(all, part{name, text, without})
	}
	return all
}

// misses returns what the runs of a scenario do not show that it expects, of one of them or of all
// together; "" for nothing.
func misses(s *scenario.Scenario) string {
	var l Lab
	var all mark.Counts
	for seed := range uint64(subjectSeeds) {
		r := l.Run(s, seed+1, nil)
		if r.Status != Pass {
			return string(r.Status)
		}
		all.Add(&r.Marks)
	}
	return strings.Join(mark.Names(all.Unseen(s.Expect.Sometimes)), " ")
}

// TestNoSubjectCanBeTakenOut: a scenario expects something that its runs do not show without a part of
// what it is about, be it a fault, a drift, or a link; with all of them they do.
func TestNoSubjectCanBeTakenOut(t *testing.T) {
	if testing.Short() {
		t.Skip("it runs each scenario many times")
	}
	all := parts
	for _, name := range scenarios.Names() {
		if missing := misses(builtIn(t, name)); missing != "" {
			t.Errorf("%s as it is: %s", name, missing)
		}
		data, _ := scenarios.Read(name)
		all = append(all, tablesOf(name, string(data))...)
	}
	if len(all) < len(parts)+50 {
		t.Fatalf("only %d tables are found", len(all)-len(parts))
	}
	for _, p := range all {
		data, _ := scenarios.Read(p.scenario)
		if strings.Count(string(data), p.text) != 1 {
			t.Errorf("%s has not once %s", p.scenario, p.text)
			continue
		}
		text := strings.Replace(string(data), p.text, p.without, 1)
		if misses(parse(t, p.scenario, text)) == "" {
			t.Errorf("%s passes as\n%s", p.scenario, text)
		}
	}
}
