package sweep

import (
	"errors"
	"fmt"

	"raftkv/sim/record"
	"raftkv/sim/scenario"
)

// Plan is all that decides what a sweep shows. Two sweeps of one plan give the same file and the
// same report, whatever machine runs them and however often they are interrupted.
type Plan struct {
	Build       string // of the program: another one may judge otherwise
	Canary      Canary
	Seeds       Seeds
	Shard       Shard
	MaxFailures uint64 // the sweep ends with this one; 0 for no limit
	Subjects    []Subject
}

// Subject is a scenario to be swept, and how the command line names it.
type Subject struct {
	Scenario *scenario.Scenario
	Argument string
	Set      []string // "key=value": what is set besides the file
}

// Check tells what is wrong with a plan. Lines of a file, folders and reports know a scenario by
// its name.
func (p *Plan) Check() error {
	names := map[string]string{}
	for _, s := range p.Subjects {
		if other, twice := names[s.Scenario.Name]; twice {
			return fmt.Errorf("%s and %s are both called %q, want another name in one of them",
				other, s.Argument, s.Scenario.Name)
		}
		names[s.Scenario.Name] = s.Argument
	}
	return nil
}

// Count returns how many runs the plan has: one of each scenario and each seed of the shard.
func (p *Plan) Count() uint64 { return uint64(len(p.Subjects)) * p.each() }

// each is how many seeds each scenario has.
func (p *Plan) each() uint64 { return p.Shard.of(p.Seeds.Count()) }

// at returns the run at a place of the plan's order: all seeds of the first scenario, then those of
// the next.
func (p *Plan) at(place uint64) (subject int, seed uint64) {
	each := p.each()
	return int(place / each), p.Seeds.At(p.Shard.place(place % each))
}

// subject returns which scenario is called so, -1 for none.
func (p *Plan) subject(name string) int {
	for i, s := range p.Subjects {
		if s.Scenario.Name == name {
			return i
		}
	}
	return -1
}

// digest is of all that a scenario says, but for its seed: a sweep has its own.
func digest(s *scenario.Scenario) uint64 { return record.Digest(string(contents(s))) }

func contents(s *scenario.Scenario) []byte {
	seedless := *s
	seedless.Seed = nil
	return seedless.TOML()
}

// fits tells in what another plan is not the same sweep; of its shard it says nothing. How the
// command line names the scenarios does not matter.
func (p *Plan) fits(other *Plan) error {
	switch {
	case p.Build != other.Build:
		return fmt.Errorf("it is of build %q, want %q", p.Build, other.Build)
	case !p.Canary.equals(&other.Canary):
		return errors.New("its canary ran another way, want the same run of the same build")
	case p.MaxFailures != other.MaxFailures:
		return fmt.Errorf("its limit of failures is %d, want %d", p.MaxFailures, other.MaxFailures)
	case len(p.Subjects) != len(other.Subjects):
		return fmt.Errorf("it has %d scenarios, want %d", len(p.Subjects), len(other.Subjects))
	}
	for i := range p.Subjects {
		mine, others := p.Subjects[i].Scenario, other.Subjects[i].Scenario
		if mine.Name != others.Name {
			return fmt.Errorf("scenario %d is %s, want %s", i+1, mine.Name, others.Name)
		}
		if digest(mine) != digest(others) {
			return fmt.Errorf("its scenario %s has hash %016x, want %016x: it was changed",
				mine.Name, digest(mine), digest(others))
		}
	}
	return nil
}

// continues tells in what another plan is not this very one, shard and all.
func (p *Plan) continues(other *Plan) error {
	switch {
	case p.Seeds.String() != other.Seeds.String():
		return fmt.Errorf("it is of seeds %v, want %v", p.Seeds, other.Seeds)
	case p.Shard != other.Shard:
		return fmt.Errorf("it is shard %v, want %v", p.Shard, other.Shard)
	}
	return p.fits(other)
}
