package lab

import (
	"encoding/json"
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
	var text strings.Builder
	if err := r.WriteVerdict(&text, 0); err != nil {
		t.Fatal(err)
	}
	told := strings.Join(strings.Fields(text.String()), " ")
	for _, want := range []string{
		"broken vote_once (lemma) at 0.000000s, event 7: so it is",
		"violated (theorem): election_safety; violated (lemma): vote_once commit_durable; " +
			"violated (run): finished",
	} {
		if !strings.Contains(told, want) {
			t.Errorf("the verdict does not say %q:\n%s", want, text.String())
		}
	}
	var line struct{ Violation struct{ Check, Kind string } }
	if err := json.Unmarshal(r.JSON(0), &line); err != nil {
		t.Fatal(err)
	}
	if line.Violation.Check != "vote_once" || line.Violation.Kind != "lemma" {
		t.Errorf("the JSON has %+v", line.Violation)
	}
}
