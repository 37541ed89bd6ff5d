package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"

	"raftkv/sim/lab"
	"raftkv/sim/results"
	"raftkv/sim/scenario"
)

// replayFlags are the flags of sim replay.
type replayFlags struct {
	source
	telling
	json  bool
	until string
	event *uint64 // nil if not given

	recorded string // the hash of the run that was kept, "" if none was
}

// replay is sim replay.
func replay(sh *shell, args []string) int {
	var r replayFlags
	f := flagSet("replay")
	r.defineValues(f)
	r.telling.define(f)
	f.BoolVar(&r.json, "json", false, "")
	f.StringVar(&r.until, "until", "", "")
	f.Func("event", "", func(text string) error {
		number, err := strconv.ParseUint(text, 10, 64)
		r.event = &number
		if err != nil || number == 0 {
			return errors.New("want the number of an event, as the story with -v has them")
		}
		return nil
	})
	operands, err := sh.parse(f, args)
	if err != nil {
		return sh.refuse("replay", err)
	}
	s, stop, err := r.prepare(sh, operands)
	if err != nil {
		return sh.refuse("replay", err)
	}
	out := bufio.NewWriter(sh.stdout)
	defer out.Flush()
	code, err := r.execute(sh, s, stop, out)
	return sh.end(code, errors.Join(err, out.Flush()))
}

// prepare finds the run that the operand names, and where to stop it.
func (r *replayFlags) prepare(sh *shell, operands []string) (*scenario.Scenario, lab.Stop, error) {
	stop, err := r.stop()
	switch {
	case err != nil:
		return nil, stop, err
	case len(operands) != 1:
		return nil, stop, errors.New("sim: replay takes one run, for example " +
			"sim replay results/latest or sim replay default -seed 42")
	}
	if err := r.telling.check(); err != nil {
		return nil, stop, err
	}
	r.scenario = operands[0]
	if results.Is(r.scenario) {
		s, err := r.folder(sh)
		return s, stop, err
	}
	s, err := r.load(sh)
	if err == nil && s.Seed == nil {
		err = fmt.Errorf("sim: %s has no seed, want for example -seed 42", r.scenario)
	}
	return s.Scenario, stop, err
}

// stop reads where to stop.
func (r *replayFlags) stop() (lab.Stop, error) {
	switch {
	case r.until != "" && r.event != nil:
		err := errors.New("sim: -until and -event both say where to stop, want one of them")
		return lab.Stop{}, err
	case r.event != nil:
		return lab.AfterEvent(*r.event), nil
	case r.until == "":
		return lab.Stop{}, nil
	}
	stop, err := lab.Until(r.until)
	if err != nil {
		err = fmt.Errorf("sim: -until: %w", err)
	}
	return stop, err
}

// folder reads a folder of results. What it holds runs as it is.
func (r *replayFlags) folder(sh *shell) (*scenario.Scenario, error) {
	if len(r.set) > 0 || r.seed != nil && !sh.mirrored["seed"] {
		return nil, fmt.Errorf("sim: a folder of results has its seed and its values; "+
			"to change them run %s/%s", r.scenario, results.ScenarioFile)
	}
	folder, err := results.Read(r.scenario)
	if wrong := (*scenario.Error)(nil); err != nil && !errors.As(err, &wrong) {
		err = fmt.Errorf("sim: %w", err)
	}
	if err != nil {
		return nil, err
	}
	r.recorded = folder.Hash
	s := folder.Scenario.Scenario
	s.Seed = &folder.Seed
	return s, nil
}

// execute runs the scenario once more, and prints what was asked for.
func (r *replayFlags) execute(
	sh *shell, s *scenario.Scenario, stop lab.Stop, out io.Writer,
) (int, error) {
	var sinks sinks
	if !r.json {
		sinks.tell(sh, s, r.telling, out)
	}
	moment := new(lab.Lab).RunUntil(s, *s.Seed, stop, sinks.observe())
	if err := sinks.close(); err != nil {
		return exitOutput, err
	}
	if stop == (lab.Stop{}) {
		return r.conclude(sh, s, moment.Result, out)
	}
	err := r.show(&moment, sh.width, out)
	switch {
	case moment.Result == nil || err != nil:
		return exitPass, err
	case r.json:
		return exitCode(moment.Result.Status), nil
	}
	fmt.Fprintln(out) // the run ends there, or before
	return r.conclude(sh, s, moment.Result, out)
}

// show prints the state at which a run has stopped.
func (r *replayFlags) show(moment *lab.Moment, width int, out io.Writer) error {
	if !r.json {
		return moment.World.WriteText(out, min(width, 100))
	}
	_, err := fmt.Fprintf(out, "%s\n", moment.World.JSON())
	return err
}

// conclude prints the verdict on a run that has ended, and compares it with the one that was kept.
func (r *replayFlags) conclude(
	sh *shell, s *scenario.Scenario, result *lab.Result, out io.Writer,
) (int, error) {
	addFaults(s, result)
	differs := r.recorded != "" && r.recorded != result.Hash.String()
	if differs {
		result.Status = lab.Nondeterministic
	}
	var err error
	if r.json {
		_, err = fmt.Fprintf(out, "%s\n", result.JSON(0))
	} else {
		err = result.WriteVerdict(out, sh.width)
	}
	if differs {
		fmt.Fprintf(sh.stderr, "sim: the run that was kept has trace %s: another program made it. "+
			"Where they part: sim diff %s %s/%s\n", r.recorded, quoted(r.scenario),
			quoted(r.scenario), results.ScenarioFile)
	}
	return exitCode(result.Status), err
}
