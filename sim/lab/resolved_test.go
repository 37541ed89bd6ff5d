package lab

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"raftkv/scenarios"
	"raftkv/sim/scenario"
)

// expectSameRun runs a scenario, and what it is when it was resolved, written and read again: the
// run is the same, to the last bit.
func expectSameRun(t interface{ Fatalf(string, ...any) }, l *Lab, s *scenario.Scenario, seed uint64) {
	want := l.Run(s, seed, nil)
	text := s.TOML()
	again, err := scenario.Parse("resolved.toml", text)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if got := l.Run(again, seed, nil); got.Hash != want.Hash || got.Status != want.Status {
		t.Fatalf("seed %d: %v %v, resolved %v %v\n%s",
			seed, want.Hash, want.Status, got.Hash, got.Status, text)
	}
}

func TestResolvedScenariosRunTheSame(t *testing.T) {
	var l Lab
	for _, name := range scenarios.Names() {
		for _, seed := range goldenSeeds {
			expectSameRun(t, &l, builtIn(t, name), seed)
		}
	}
}

// TestResolvedRandomScenariosRunTheSame tries 500 of them, whatever rapid is told.
func TestResolvedRandomScenariosRunTheSame(t *testing.T) {
	const times = 500
	var l Lab
	for n := range times {
		text := rapid.Custom(anyWorld).Example(n)
		s, err := scenario.Parse("any.toml", []byte(text))
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		expectSameRun(t, &l, s, uint64(n))
	}
}

// anyWorld draws a scenario that says something of every kind that a file can say, and is short.
func anyWorld(t *rapid.T) string {
	var b strings.Builder
	b.WriteString(randomWorld(t))
	text := strings.Replace(b.String(), "duration = \"10s\"", "duration = \"10s\"\nmax_events = 3_000", 1)
	for _, key := range []string{"latency", "fsync", "think_time"} {
		if rapid.Bool().Draw(t, key+" has a shape") {
			text = replaceLine(text, key, anyDistribution(t, key))
		}
	}
	if rapid.Bool().Draw(t, "has a name") {
		text = `name = "any \" of them"` + "\n" + `description = "two\nlines"` + "\n" + text
	}
	if rapid.Bool().Draw(t, "expects") {
		text += "[expect]\nmin_answered_ratio = 0.25\nmin_leaders = 1\nmax_leaders = 9\n"
	}
	if rapid.Bool().Draw(t, "checks") {
		text = strings.Replace(text, "{finished = false}",
			"{finished = false, agreement = false, log_matching = true}", 1)
	}
	for _, timer := range []string{"heartbeat", "election_timeout"} {
		if rapid.IntRange(0, 5).Draw(t, timer) == 0 {
			text = replaceLine(text, timer, `"off"`)
		}
	}
	if rapid.Bool().Draw(t, "mix") {
		text = strings.Replace(text, "[workload]\n", "[workload]\nmix = {put = 3, delete = 1}\n", 1)
	}
	return text
}

// replaceLine gives a key of a scenario another value.
func replaceLine(text, key, value string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, key+" = ") {
			lines[i] = key + " = " + value
		}
	}
	return strings.Join(lines, "\n")
}

func anyDistribution(t *rapid.T, key string) string {
	low := rapid.IntRange(1, 30_000).Draw(t, key+" low")
	high := low + rapid.IntRange(1, 300_000).Draw(t, key+" high")
	format := rapid.SampledFrom([]string{
		`{dist = "exponential", mean = "LOW"}`,
		`{dist = "shifted_exponential", min = "LOW", mean = "HIGH"}`,
		`{dist = "lognormal", median = "LOW", p99 = "HIGH"}`,
		`{dist = "pareto", min = "LOW", p99 = "HIGH"}`,
		`{dist = "empirical", values = ["HIGH", "LOW", "LOW"]}`,
	}).Draw(t, key+" shape")
	return strings.NewReplacer("LOW", fmt.Sprintf("%dus", low), "HIGH", fmt.Sprintf("%dus", high)).Replace(format)
}
