package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"raftkv/sim/lab"
	"raftkv/sim/results"
	"raftkv/sim/scenario"
	"raftkv/sim/trace"
)

// runFlags are the flags of sim run.
type runFlags struct {
	source
	telling
	json   bool
	verify bool
	out    string // the folder for the results
	trace  string // the file for the records; "-" for stdout

	file *os.File // of that name
}

// telling is the flags that say how a story is told.
type telling struct {
	verbose bool
	quiet   bool
}

// run is sim run, and the main job.
func run(sh *shell, args []string) int {
	var r runFlags
	f := flagSet("run")
	r.source.define(f)
	r.telling.define(f)
	f.BoolVar(&r.json, "json", false, "")
	f.BoolVar(&r.verify, "verify", false, "")
	f.StringVar(&r.out, "out", "", "")
	f.StringVar(&r.trace, "jsonl-trace", "", "")
	operands, err := sh.parse(f, args)
	if err == nil {
		err = r.check(operands)
	}
	if err != nil {
		return r.refuse(sh, err)
	}
	s, err := r.load(sh)
	if err == nil {
		err = r.prepare()
	}
	if err != nil {
		return r.refuse(sh, err)
	}
	out := bufio.NewWriter(sh.stdout)
	defer out.Flush() // of what there is, if the simulator fails
	code, err := r.execute(sh, s.Scenario, out)
	return sh.end(code, errors.Join(err, out.Flush()))
}

// prepare looks at the folder and makes the file that the run is to be written to, so that a
// mistake in their names is told before it.
func (r *runFlags) prepare() (err error) {
	if r.out != "" {
		if err = results.Check(r.out); err != nil {
			return fmt.Errorf("sim: -out: %w", err)
		}
	}
	if r.trace == "" || r.trace == "-" {
		return nil
	}
	if results.Same(r.trace, r.scenario) {
		return fmt.Errorf("sim: -jsonl-trace %s is the scenario, want another file", r.trace)
	}
	if r.file, err = os.Create(r.trace); err != nil {
		return fmt.Errorf("sim: -jsonl-trace: %w", err)
	}
	return nil
}

// check returns what is wrong with the flags together.
func (r *runFlags) check(operands []string) error {
	if len(operands) > 0 {
		return fmt.Errorf("sim: %q is not a flag, want for example -scenario %s, see sim help run",
			operands[0], quoted(operands[0]))
	}
	if r.verbose && (r.json || r.trace == "-") {
		return errors.New("sim: -v tells a story, and stdout is to hold something else: " +
			"want no -v, or neither -json nor -jsonl-trace -")
	}
	return r.telling.check()
}

// define adds the flags.
func (t *telling) define(f *flag.FlagSet) {
	f.BoolVar(&t.verbose, "v", false, "")
	f.BoolVar(&t.quiet, "q", false, "")
}

func (t *telling) check() error {
	if t.verbose && t.quiet {
		return errors.New("sim: -v tells everything, -q nothing: want one of them")
	}
	return nil
}

// refuse reports flags or a scenario that are not valid.
func (r *runFlags) refuse(sh *shell, err error) int {
	code := sh.refuse("run", err)
	if code == exitInvalid && (r.json || sh.wantsJSON()) {
		fmt.Fprintf(sh.stdout, "%s\n", lab.Failed(lab.Invalid, err))
	}
	return code
}

// execute runs the scenario, and prints what was asked for.
func (r *runFlags) execute(sh *shell, s *scenario.Scenario, out io.Writer) (int, error) {
	seed, fresh := chooseSeed(s)
	if fresh {
		line := out
		if r.json || r.trace == "-" {
			line = sh.stderr
		}
		fmt.Fprintf(line, "go run ./sim -scenario %s\n\n", r.words(seed))
	}
	begin := time.Now()
	result, err := r.tell(sh, s, seed, out)
	wall := time.Since(begin)
	if err != nil && !readNoFurther(err) {
		return exitOutput, err
	}
	addFaults(s, &result)
	kept := r.keep(sh, s, &result, wall)
	switch {
	case r.json:
		_, err = fmt.Fprintf(out, "%s\n", result.JSON(wall.Nanoseconds()))
	case r.trace != "-" && err == nil:
		err = errors.Join(result.WriteVerdict(out, sh.width), r.advise(out, &result))
		fmt.Fprintf(sh.stderr, "took %v\n", wall.Round(time.Microsecond))
	}
	if !kept {
		return exitOutput, err
	}
	return exitCode(result.Status), err
}

// addFaults adds to a conviction the faults that were in force.
func addFaults(s *scenario.Scenario, result *lab.Result) {
	if v := result.Violation; v != nil {
		result.Faults = new(lab.Lab).FaultsAt(s, result.Seed, v.Event)
	}
}

// tell runs the scenario, once or twice, tells its story, and writes its records to a file, as far
// as any of it is wanted.
func (r *runFlags) tell(
	sh *shell, s *scenario.Scenario, seed uint64, out io.Writer,
) (lab.Result, error) {
	var sinks sinks
	if !r.json && r.trace != "-" {
		sinks.tell(sh, s, r.telling, out)
	}
	switch header := results.HeaderOf(s, seed); {
	case r.file != nil:
		sinks.write(r.file, header)
	case r.trace == "-":
		sinks.records = trace.NewWriter(out, header)
	}
	result := r.runOnceOrTwice(sh, s, seed, &sinks)
	return result, sinks.close()
}

func (r *runFlags) runOnceOrTwice(
	sh *shell, s *scenario.Scenario, seed uint64, sinks *sinks,
) lab.Result {
	if !r.verify {
		return new(lab.Lab).Run(s, seed, sinks.observe())
	}
	result, difference := lab.Verify(s, seed, sinks.observe())
	if difference != nil {
		result.Status = lab.Nondeterministic
		fmt.Fprintf(sh.stderr, "sim: %s\n", lab.Describe(difference))
	}
	return result
}

// keep writes the folder of results, if it is wanted or the run failed. It returns false if one
// that was asked for could not be written; of others a word is enough.
func (r *runFlags) keep(
	sh *shell, s *scenario.Scenario, result *lab.Result, wall time.Duration,
) bool {
	dir := r.out
	if failed := result.Status == lab.Violated || result.Status == lab.Unmet; dir == "" && failed {
		dir = filepath.Join("results", fmt.Sprintf("%s-%d", s.Name, result.Seed))
	}
	if dir == "" {
		return true
	}
	drawn := new(lab.Lab).Drawn(s, result.Seed)
	again, err := results.Write(dir, drawn, result, wall.Nanoseconds())
	if err != nil {
		fmt.Fprintf(sh.stderr, "sim: the results are not kept: %v\n", err)
		return r.out == ""
	}
	if again.Hash != result.Hash {
		fmt.Fprintf(sh.stderr, "sim: the same seed gave another run, of trace %v\n", again.Hash)
		result.Status = lab.Nondeterministic
	}
	if r.out == "" {
		results.Link(dir)
		fmt.Fprintf(sh.stderr, "kept in %s\n", dir)
	}
	return true
}

// advise prints the lines to paste after a failure. What they say depends on the run alone, and not
// on whether it could be kept.
func (r *runFlags) advise(out io.Writer, result *lab.Result) error {
	if result.Status == lab.Pass || result.Status == lab.Undecided {
		return nil
	}
	var event uint64
	if v := result.Violation; v != nil {
		event = v.Event
	}
	_, err := io.WriteString(out, advice(r.words(result.Seed), event))
	return err
}

// advice returns the lines to paste for the run that the words name, which failed at that event; 0
// for none.
func advice(words string, event uint64) string {
	stop := ""
	if event != 0 {
		stop = fmt.Sprintf(" -event %d", event)
	}
	return fmt.Sprintf("  reproduce  go run ./sim -scenario %s\n"+
		"  look       go run ./sim replay %[1]s%s\n", words, stop)
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
