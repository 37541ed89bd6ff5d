package sweep

import (
	"slices"
	"strings"
	"testing"

	"raftkv/scenarios"
	"raftkv/sim/check"
	"raftkv/sim/lab"
	"raftkv/sim/scenario"
)

func canary(t *testing.T) *scenario.Scenario {
	data, ok := scenarios.Read("canary")
	if !ok {
		t.Fatal("there is no canary")
	}
	return parse(t, "canary", string(data))
}

// TestCanary: theorems and lemmas convict it, and what does is kept.
func TestCanary(t *testing.T) {
	s := canary(t)
	c, err := Release(s)
	if err != nil || c.Scenario != "canary" || c.Seed != CanarySeed {
		t.Errorf("got %+v, %v", c, err)
	}
	kinds := map[check.Kind]int{}
	for _, must := range mustConvict() {
		kinds[must.Kind()]++
		if !slices.Contains(c.Checks, must.String()) {
			t.Errorf("%v is not among %q", must, c.Checks)
		}
	}
	if kinds[check.Theorem] < 1 || kinds[check.Lemma] < 1 {
		t.Errorf("what must convict it are %v", mustConvict())
	}
	r := new(lab.Lab).Run(s, CanarySeed, nil)
	if r.Hash.String() != c.Trace {
		t.Errorf("the canary had trace %s, want %v", c.Trace, r.Hash)
	}
	for _, v := range r.Checks {
		if want := v.Status == check.Violated; slices.Contains(c.Checks, v.Check.String()) != want {
			t.Errorf("%v is %v, the checks are %q", v.Check, v.Status, c.Checks)
		}
	}
}

// TestEverySeedOfTheCanaryIsConvicted by all that must: it is no matter of luck, which the next change
// of the world would turn.
func TestEverySeedOfTheCanaryIsConvicted(t *testing.T) {
	s := canary(t)
	world := new(lab.Lab)
	for seed := uint64(1); seed <= 300; seed++ {
		r := world.Run(s, seed, nil)
		for _, v := range r.Checks {
			if slices.Contains(mustConvict(), v.Check) && v.Status != check.Violated {
				t.Fatalf("with seed %d %v is %v", seed, v.Check, v.Status)
			}
		}
	}
}

// TestASilentJudgeIsNamed: it is enough that one of those that must convict the canary does not.
func TestASilentJudgeIsNamed(t *testing.T) {
	for _, must := range mustConvict() {
		s := canary(t)
		s.ChecksOff = []string{must.String()}
		c, err := Release(s)
		if err == nil || !strings.Contains(err.Error(), " is not convicted by "+must.String()+": ") {
			t.Errorf("without %v: got %+v, %v", must, c, err)
		}
	}
	want := "void: scenario calm with seed 1 must fail, and is not convicted by election_safety, " +
		"log_matching, state_machine_safety, acknowledged, durability: what these judges let pass " +
		"says nothing"
	if c, err := Release(parse(t, "calm", calm)); err == nil || err.Error() != want {
		t.Errorf("of one that survives: got %+v, %v", c, err)
	}
}
