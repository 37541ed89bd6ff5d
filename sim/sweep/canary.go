package sweep

import (
	"fmt"
	"slices"
	"strings"

	"raftkv/sim/check"
	"raftkv/sim/lab"
	"raftkv/sim/scenario"
)

// Canary is a run that several judges must convict, as they did. It stands for the judges: a sweep
// whose judges see nothing is void, however many seeds it has.
type Canary struct {
	Scenario string   `json:"scenario"`
	Seed     seedText `json:"seed"`
	Checks   []string `json:"checks"` // that convict it
	Trace    string   `json:"trace_hash"`
}

// CanarySeed is the seed with which the canary runs.
const CanarySeed = 1

// mustConvict returns the checks that a canary must violate. They stand for the kinds of judges: of
// elections, of the log, of what is applied, of what clients were told, and of the lemmas. A power
// loss where disks lie breaks all of them with every seed; a test holds that.
func mustConvict() []check.Check {
	return []check.Check{
		check.ElectionSafety, check.LogMatching, check.StateMachineSafety, check.Acknowledged,
		check.Durability,
	}
}

// Release runs the canary. The error names the checks that are silent, and should not be. A
// conviction that is excused counts: the judge has seen what happened.
func Release(s *scenario.Scenario) (Canary, error) {
	r := new(lab.Lab).Run(s, CanarySeed, nil)
	c := Canary{Scenario: s.Name, Seed: CanarySeed, Trace: r.Hash.String()}
	for _, v := range r.Checks {
		if convicts(v.Status) {
			c.Checks = append(c.Checks, v.Check.String())
		}
	}
	var silent []string
	for _, must := range mustConvict() {
		if name := must.String(); !slices.Contains(c.Checks, name) {
			silent = append(silent, name)
		}
	}
	if len(silent) > 0 {
		return Canary{}, fmt.Errorf("void: scenario %s with seed %d must fail, and is not "+
			"convicted by %s: what these judges let pass says nothing",
			s.Name, CanarySeed, strings.Join(silent, ", "))
	}
	return c, nil
}

func (c *Canary) equals(other *Canary) bool {
	return c.Scenario == other.Scenario && c.Seed == other.Seed && c.Trace == other.Trace &&
		slices.Equal(c.Checks, other.Checks)
}
