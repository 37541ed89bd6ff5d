package sweep

import (
	"fmt"
	"slices"
	"strings"

	"raftkv/sim/check"
	"raftkv/sim/lab"
	"raftkv/sim/scenario"
)

// Canary is a run that several judges must convict, and what became of it. It stands for the
// judges: where they let it pass, that they let others pass says nothing. It is a run of the very
// code under test, which may be wrong in a way that spares it what it must fail by: then fewer
// judges convict it, and the failures that a sweep has found are failures all the same.
type Canary struct {
	Scenario string   `json:"scenario"`
	Seed     seedText `json:"seed"`
	Checks   []string `json:"checks"` // that convict it
	Silent   []string `json:"silent"` // that must, and do not
	Trace    string   `json:"trace_hash"`
}

// CanarySeed is the seed with which the canary runs.
const CanarySeed = 1

// mustConvict returns the checks that a canary violates where the code is right. They stand for the
// kinds of judges: of elections, of the log, of what is applied, of what clients were told, and of
// the lemmas. A power loss where disks lie breaks all of them with every seed; a test holds that.
func mustConvict() []check.Check {
	return []check.Check{
		check.ElectionSafety, check.LogMatching, check.StateMachineSafety, check.Acknowledged,
		check.Durability,
	}
}

// Release runs the canary. A conviction that is excused counts: the judge has seen what happened.
func Release(s *scenario.Scenario) Canary {
	r := new(lab.Lab).Run(s, CanarySeed, nil)
	c := Canary{
		Scenario: s.Name, Seed: CanarySeed, Trace: r.Hash.String(),
		Checks: []string{}, Silent: []string{},
	}
	for _, v := range r.Checks {
		if convicts(v.Status) {
			c.Checks = append(c.Checks, v.Check.String())
		}
	}
	for _, must := range mustConvict() {
		if name := must.String(); !slices.Contains(c.Checks, name) {
			c.Silent = append(c.Silent, name)
		}
	}
	return c
}

// Convicted tells whether any judge convicts it. If none does, a sweep without a violation is void.
func (c *Canary) Convicted() bool { return len(c.Checks) > 0 }

// String says in a sentence what became of it, and what that is worth.
func (c *Canary) String() string {
	run := fmt.Sprintf("%s with seed %d", c.Scenario, c.Seed)
	expected := make([]string, 0, len(mustConvict()))
	for _, must := range mustConvict() {
		expected = append(expected, must.String())
	}
	switch {
	case !c.Convicted():
		return fmt.Sprintf("%s must fail, and no judge convicts it, expected %s: what they let "+
			"pass says nothing", run, strings.Join(expected, ", "))
	case len(c.Silent) > 0:
		return fmt.Sprintf("this code changes the canary: %s is convicted by %s only, expected %s",
			run, strings.Join(c.Checks, ", "), strings.Join(expected, ", "))
	}
	return fmt.Sprintf("%s is convicted by %s, as it must be", run, strings.Join(c.Checks, ", "))
}

func (c *Canary) equals(other *Canary) bool {
	return c.Scenario == other.Scenario && c.Seed == other.Seed && c.Trace == other.Trace &&
		slices.Equal(c.Checks, other.Checks) && slices.Equal(c.Silent, other.Silent)
}
