package zoo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"raftkv/sim/check"
)

// patience is how long one run may take. A bug can make a program that never ends; no run of the
// correct one takes a hundredth of it.
const patience = 2 * time.Minute

// Conviction is what a judge says of a run.
type Conviction struct {
	Seed    uint64
	Judge   check.Check // the first to convict it
	Event   uint64      // with which it does
	Message string
}

// Run runs a scenario with a seed. It returns what the first judge says who convicts it, nil where
// none does. A program that gives up, or tells no verdict, is an error, and so is a run that no
// judge convicts, and that is not as its scenario expects or comes to no end.
func (p Program) Run(scenario string, seed uint64) (*Conviction, error) {
	file, known := scenarioFile(p.root, scenario)
	if !known {
		return nil, fmt.Errorf("zoo: there is no scenario %s", scenario)
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	run := exec.CommandContext(ctx, filepath.Join(p.folder, programName),
		"run", "-json", "-scenario", file, "-seed", strconv.FormatUint(seed, 10))
	run.Dir = p.folder
	run.Env = environment()
	output, _ := run.Output() // what it exits with, its verdict says too
	c, err := verdictOf(output)
	if err != nil {
		return nil, fmt.Errorf("%s with seed %d: %w", scenario, seed, err)
	}
	if c != nil {
		c.Seed = seed
	}
	return c, nil
}

// verdictOf reads what the command prints of a run.
func verdictOf(output []byte) (*Conviction, error) {
	var result struct {
		Status    string
		Error     string
		Violation *struct {
			Check   string
			Event   uint64
			Message string
		}
	}
	if err := json.Unmarshal(output, &result); err != nil {
		return nil, fmt.Errorf("it tells no verdict: %w", err)
	}
	switch v := result.Violation; {
	case result.Error != "":
		return nil, errors.New(result.Error)
	case v == nil && result.Status != "pass":
		return nil, fmt.Errorf("its status is %s, and no judge convicts it", result.Status)
	case v == nil:
		return nil, nil
	default:
		judge, known := check.Named(v.Check)
		if !known {
			return nil, fmt.Errorf("it is convicted by %q, which this program does not know",
				v.Check)
		}
		return &Conviction{Judge: judge, Event: v.Event, Message: v.Message}, nil
	}
}

// Catch is a hunt that came to its end.
type Catch struct {
	Conviction
	Runs uint64 // how many seeds it took, with the one that was caught
}

// Hunt runs seeds from first on, as many as the bug's file grants, until one of the judges that the
// file names is the first to convict a run. Runs that others convict are no proof, least of all a
// panic that nobody predicted. If none is caught, the error says what was seen instead.
func (b *Bug) Hunt(p Program, first uint64) (Catch, error) {
	var others []string
	for run := range b.Seeds {
		c, err := p.Run(b.Scenario, first+run)
		switch {
		case err != nil:
			others = append(others, err.Error())
		case c != nil && slices.Contains(b.Judges, c.Judge):
			return Catch{*c, run + 1}, nil
		case c != nil:
			others = append(others, fmt.Sprintf("seed %d: %v, event %d: %s",
				c.Seed, c.Judge, c.Event, c.Message))
		}
	}
	const told = 3
	if len(others) > told {
		others = append(others[:told], fmt.Sprintf("and %d more", len(others)-told))
	}
	if len(others) == 0 {
		others = []string{"no judge convicts any run"}
	}
	return Catch{}, fmt.Errorf("%s: none of its judges convicts a run of %s with seeds %d to %d:"+
		"\n\t%s", b.file(), b.Scenario, first, first+b.Seeds-1, strings.Join(others, "\n\t"))
}
