package lab

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"raftkv/sim/check"
)

// TestAVerdictSaysWhatSpoke: lemmas and theorems are told and counted apart.
func TestAVerdictSaysWhatSpoke(t *testing.T) {
	r := Result{
		Status: Violated, Scenario: "s",
		Violation: &check.Violation{Check: check.VoteOnce, Event: 7, Message: "so it is"},
	}
	violated := check.SetOf(check.ElectionSafety, check.Finished, check.VoteOnce, check.CommitDurable)
	for _, c := range check.Checks() {
		status := check.OK
		if violated.Has(c) {
			status = check.Violated
		}
		r.Checks = append(r.Checks, Verdict{Check: c, Status: status})
	}
	r.Violations = []check.Violation{
		*r.Violation,
		{Check: check.CommitDurable, Event: 8, Message: "what follows"},
		{Check: check.Linearizability, Event: 9, Message: "no order explains it"},
	}
	var text strings.Builder
	if err := r.WriteVerdict(&text, 0); err != nil {
		t.Fatal(err)
	}
	told := strings.Join(strings.Fields(text.String()), " ")
	for _, want := range []string{
		"broken vote_once (lemma) at 0.000000s, event 7: so it is " +
			"broken linearizability (theorem) at 0.000000s, event 9: no order explains it requests 0:",
		"violated (theorem): election_safety; violated (lemma): vote_once commit_durable; " +
			"violated (run): finished",
	} {
		if !strings.Contains(told, want) {
			t.Errorf("the verdict does not say %q:\n%s", want, text.String())
		}
	}
	type conviction struct{ Check, Kind, Message string }
	var line struct {
		Violation  conviction
		Violations []conviction
	}
	if err := json.Unmarshal(r.JSON(0), &line); err != nil {
		t.Fatal(err)
	}
	if line.Violation.Check != "vote_once" || line.Violation.Kind != "lemma" {
		t.Errorf("the JSON has %+v", line.Violation)
	}
	want := []conviction{
		{"vote_once", "lemma", "so it is"}, {"commit_durable", "lemma", "what follows"},
		{"linearizability", "theorem", "no order explains it"},
	}
	if !slices.Equal(line.Violations, want) {
		t.Errorf("the JSON has %+v, want %+v", line.Violations, want)
	}
}

// TestAnAnswerNobodyCanExplainIsToldOnce: where what the clients saw is the first violation, it is not
// told again.
func TestAnAnswerNobodyCanExplainIsToldOnce(t *testing.T) {
	v := check.Violation{Check: check.Linearizability, Event: 9, Message: "no order explains it"}
	r := Result{Status: Violated, Violation: &v, Violations: []check.Violation{v}}
	var text strings.Builder
	if err := r.WriteVerdict(&text, 0); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(text.String(), "no order explains it"); n != 1 {
		t.Errorf("told %d times:\n%s", n, text.String())
	}
}
