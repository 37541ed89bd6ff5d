package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"strings"
	"time"

	"raftkv/scenarios"
	"raftkv/sim/lab"
	"raftkv/sim/scenario"
	"raftkv/sim/trace"
)

// runFlags are the flags of sim run.
type runFlags struct {
	scenario string
	seed     *string // nil if not given
	verbose  bool
	json     bool
	verify   bool
}

// run is sim run, and the main job.
func run(args []string, stdout, stderr io.Writer) int {
	var f runFlags
	flags := flag.NewFlagSet("sim", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&f.scenario, "scenario", "default", "")
	flags.Func("seed", "", func(text string) error { f.seed = &text; return nil })
	flags.BoolVar(&f.verbose, "v", false, "")
	flags.BoolVar(&f.json, "json", false, "")
	flags.BoolVar(&f.verify, "verify", false, "")
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(stdout, usage)
		return exitPass
	case err != nil:
		return f.refuse(stdout, stderr, fmt.Errorf("sim: %w, see sim help", err))
	case flags.NArg() > 0:
		err = fmt.Errorf("sim: %q is not a flag, see sim help", flags.Arg(0))
		return f.refuse(stdout, stderr, err)
	}
	s, err := load(f.scenario)
	if err != nil {
		return f.refuse(stdout, stderr, err)
	}
	seed, fresh, err := chooseSeed(f.seed, s)
	if err != nil {
		return f.refuse(stdout, stderr, err)
	}
	out := bufio.NewWriter(stdout)
	defer out.Flush() // of what there is, if the simulator fails
	code, err := f.execute(s, seed, fresh, out, stderr)
	if err = errors.Join(err, out.Flush()); err != nil {
		fmt.Fprintf(stderr, "sim: %v\n", err)
		return exitInternal
	}
	return code
}

// refuse reports flags or a scenario that are not valid.
func (f *runFlags) refuse(stdout, stderr io.Writer, err error) int {
	fmt.Fprintln(stderr, err)
	if f.json {
		fmt.Fprintf(stdout, "%s\n", lab.Failed(lab.Invalid, err))
	}
	return exitInvalid
}

// load reads a scenario: the file of that path, or the built-in one of that name.
func load(name string) (*scenario.Scenario, error) {
	s, err := scenario.Load(name)
	if !errors.Is(err, fs.ErrNotExist) {
		return s, err
	}
	if data, builtIn := scenarios.Read(name); builtIn {
		return scenario.Parse(name+".toml", data)
	}
	return nil, fmt.Errorf("sim: %s is no file, and no built-in scenario: %s",
		name, strings.Join(scenarios.Names(), ", "))
}

// quoted returns a path as a shell reads it as one word.
func quoted(path string) string {
	if !strings.ContainsAny(path, " \t\n'\"\\$`&;|<>()*?[]{}~#!") {
		return path
	}
	return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
}

// chooseSeed returns the seed of the flag, if given, else that of the scenario, else a fresh one.
func chooseSeed(flag *string, s *scenario.Scenario) (seed uint64, fresh bool, err error) {
	switch {
	case flag != nil:
		seed, ok := scenario.ParseSeed(*flag)
		if !ok {
			err = fmt.Errorf("sim: -seed %q, want a number below 2^64, as 42 or 0x2a", *flag)
		}
		return seed, false, err
	case s.Seed != nil:
		return *s.Seed, false, nil
	}
	return rand.Uint64(), true, nil
}

// execute runs the scenario, and prints what was asked for.
func (f *runFlags) execute(
	s *scenario.Scenario, seed uint64, fresh bool, out, stderr io.Writer,
) (int, error) {
	if fresh {
		line := out
		if f.json {
			line = stderr
		}
		fmt.Fprintf(line, "go run ./sim -scenario %s -seed %d\n\n", quoted(f.scenario), seed)
	}
	begin := time.Now()
	result, storyErr := f.tell(s, seed, out, stderr)
	wall := time.Since(begin)
	if storyErr != nil {
		return exitInternal, storyErr
	}
	if f.json {
		_, err := fmt.Fprintf(out, "%s\n", result.JSON(wall.Nanoseconds()))
		return exitCode(result.Status), err
	}
	err := result.WriteVerdict(out)
	fmt.Fprintf(stderr, "took %v\n", wall.Round(time.Microsecond))
	return exitCode(result.Status), err
}

// tell runs the scenario, once or twice, and tells its story unless JSON is wanted.
func (f *runFlags) tell(
	s *scenario.Scenario, seed uint64, out, stderr io.Writer,
) (lab.Result, error) {
	if f.json {
		return f.runOnceOrTwice(s, seed, nil, stderr), nil
	}
	story := trace.NewStory(out, trace.StoryOptions{
		Servers: s.Cluster.Servers, Clients: s.Cluster.Clients, Verbose: f.verbose,
	})
	result := f.runOnceOrTwice(s, seed, story, stderr)
	err := story.Close()
	fmt.Fprintln(out)
	return result, err
}

func (f *runFlags) runOnceOrTwice(
	s *scenario.Scenario, seed uint64, story *trace.Story, stderr io.Writer,
) lab.Result {
	sink := story.Observe
	if story == nil {
		sink = nil
	}
	if !f.verify {
		return new(lab.Lab).Run(s, seed, sink)
	}
	result, difference := lab.Verify(s, seed, sink)
	if difference != nil {
		result.Status = lab.Nondeterministic
		fmt.Fprintf(stderr, "sim: %s\n", lab.Describe(difference))
	}
	return result
}

func exitCode(status lab.Status) int {
	switch status {
	case lab.Pass:
		return exitPass
	case lab.Violated, lab.Unmet:
		return exitViolation
	case lab.Invalid:
		return exitInvalid
	case lab.Undecided:
		return exitUndecided
	case lab.Nondeterministic:
		return exitNondeterministic
	}
	return exitInternal
}
