package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"syscall"
	"time"

	"raftkv/scenarios"
	"raftkv/sim/lab"
	"raftkv/sim/results"
	"raftkv/sim/scenario"
	"raftkv/sim/sweep"
)

// canaryName is the built-in scenario that judges must convict, or no sweep without a violation
// counts.
const canaryName = "canary"

// maxKept is how many failures are kept in folders at most.
const maxKept = 20

// sweepFlags are the flags of sim sweep.
type sweepFlags struct {
	source
	reporting
	seeds       string
	shard       string
	workers     int
	budget      time.Duration // 0 for no limit
	maxFailures uint64
	jsonl       string // the file for the lines, "" for none
	resume      string // the file with the lines of the part that is done, "" for none

	lines lines
}

// runSweep is sim sweep.
func runSweep(sh *shell, args []string) int {
	var w sweepFlags
	f := flagSet("sweep")
	f.StringVar(&w.scenario, "scenario", "", "")
	f.Var(&w.set, "set", "")
	w.reporting.define(f)
	f.StringVar(&w.seeds, "seeds", "1-1000", "")
	f.StringVar(&w.shard, "shard", "1/1", "")
	f.IntVar(&w.workers, "j", runtime.GOMAXPROCS(0), "")
	f.DurationVar(&w.budget, "budget", 0, "")
	f.Uint64Var(&w.maxFailures, "max-failures", 0, "")
	f.StringVar(&w.jsonl, "jsonl", "", "")
	f.StringVar(&w.resume, "resume", "", "")
	operands, err := sh.parse(f, args)
	if err == nil {
		err = w.check()
	}
	var plan sweep.Plan
	if err == nil {
		plan, err = w.plan(sh, operands)
	}
	if err != nil {
		return w.refuse(sh, "sweep", err)
	}
	plan.Canary = release(canaryName)
	if !plan.Canary.Convicted() {
		fmt.Fprintf(sh.stderr, "sim: without a violation this sweep is void: %v\n", &plan.Canary)
	}
	return w.execute(sh, sweep.New(plan))
}

// check returns what is wrong with the flags alone.
func (w *sweepFlags) check() error {
	switch {
	case w.workers < 1 || w.workers > sweep.MaxWorkers:
		return fmt.Errorf("sim: -j %d, want 1 to %d", w.workers, sweep.MaxWorkers)
	case w.budget < 0:
		return fmt.Errorf("sim: -budget %v, want a time to come, for example 10m", w.budget)
	case w.jsonl == "-" || w.resume == "-":
		return errors.New("sim: stdout is for the report, want the name of a file")
	}
	return nil
}

// plan reads the scenarios, and says what is to be run.
func (w *sweepFlags) plan(sh *shell, operands []string) (p sweep.Plan, err error) {
	p = sweep.Plan{MaxFailures: w.maxFailures}
	if p.Build, err = build(); err != nil {
		return p, err
	}
	if p.Seeds, err = sweep.ParseSeeds(w.seeds); err != nil {
		return p, fmt.Errorf("sim: -seeds: %w", err)
	}
	if p.Shard, err = sweep.ParseShard(w.shard); err != nil {
		return p, fmt.Errorf("sim: -shard: %w", err)
	}
	set, err := w.assignments(sh)
	if err != nil {
		return p, err
	}
	if w.scenario != "" { // as sim run has it
		operands = append(operands, w.scenario)
	}
	if len(operands) == 0 {
		operands = []string{"default"}
	}
	for _, name := range operands {
		s, err := load(name, set)
		if err != nil {
			return p, err
		}
		p.Subjects = append(p.Subjects, sweep.Subject{
			Scenario: s.Scenario, Argument: name, Set: assigned(set),
		})
	}
	if err := p.Check(); err != nil {
		return p, fmt.Errorf("sim: %w", err)
	}
	return p, nil
}

// release runs the built-in scenario of that name, which must fail.
func release(name string) sweep.Canary {
	data, _ := scenarios.Read(name)
	s, err := scenario.Parse(name+".toml", data)
	if err != nil {
		panic("sim: " + err.Error()) // it is part of the program
	}
	return sweep.Release(s)
}

// execute runs what is left of the seeds, prints the report, and returns the exit code.
func (w *sweepFlags) execute(sh *shell, report *sweep.Report) int {
	stop := newStopping(w.budget)
	defer stop.release()
	if err := w.open(sh, report); err != nil {
		return w.notOpened(sh, err)
	}
	p := newProgress(sh, report, w.budget)
	wrong := report.Run(sweep.Options{
		Workers: w.workers, Stop: stop.channel, Write: w.lines.write, Tell: p.tell,
	})
	p.close()
	wrong = errors.Join(wrong, w.lines.close())
	bug := (*sweep.Bug)(nil)
	if errors.As(wrong, &bug) {
		return sh.confess(sh.args, bug, bug.Stack)
	}
	code := w.conclude(sh, report)
	if wrong != nil {
		return w.stopped(sh)
	}
	if caught := stop.caught(); caught != 0 {
		fmt.Fprintf(sh.stderr, "sim: interrupted%s\n", w.goOn())
		if code != exitNondeterministic && code != exitOutput && code != exitInternal {
			return exitSignal + int(caught)
		}
	}
	return code
}

// goOn says how to go on with an interrupted sweep.
func (w *sweepFlags) goOn() string {
	if file := w.file(); file != "" {
		return ", the same with -resume " + quoted(file) + " goes on"
	}
	return ""
}

// notOpened tells why a sweep did not begin: its file cannot be written, or it cannot be resumed.
func (w *sweepFlags) notOpened(sh *shell, err error) int {
	if w.lines.broken == nil {
		return w.refuse(sh, "sweep", err)
	}
	if w.json {
		fmt.Fprintf(sh.stdout, "%s\n", sweep.Failed(lab.Internal, err))
	}
	return w.stopped(sh)
}

// stopped tells that the file of a sweep cannot be written.
func (w *sweepFlags) stopped(sh *shell) int {
	// A pipe without a reader is a failure here: these lines were to be kept.
	fmt.Fprintf(sh.stderr, "sim: -jsonl: %v\n", w.lines.broken)
	return exitOutput
}

// reporting is the flags that say how a report is printed.
type reporting struct {
	json  bool
	quiet bool
}

// define adds the flags.
func (r *reporting) define(f *flag.FlagSet) {
	f.BoolVar(&r.json, "json", false, "")
	f.BoolVar(&r.quiet, "q", false, "")
}

// conclude runs failures again, keeps them, prints the report, and returns the exit code.
func (r *reporting) conclude(sh *shell, report *sweep.Report) int {
	report.Prove()
	keepFailures(sh, report)
	code := exitCode(report.Status())
	if r.json {
		_, err := fmt.Fprintf(sh.stdout, "%s\n", report.JSON(adviceOn))
		return sh.end(code, err)
	}
	return sh.end(code, report.WriteText(sh.stdout, sweep.TextOptions{
		Width: sh.width, Quiet: r.quiet, Advice: adviceOn,
	}))
}

// refuse reports flags, a scenario or a file that are not valid.
func (r *reporting) refuse(sh *shell, command string, err error) int {
	code := sh.refuse(command, err)
	if code == exitInvalid && (r.json || sh.wantsJSON()) {
		fmt.Fprintf(sh.stdout, "%s\n", sweep.Failed(lab.Invalid, err))
	}
	return code
}

// adviceOn returns the lines to paste for a run of a sweep that failed.
func adviceOn(s *sweep.Subject, seed, event uint64) string {
	return advice(wordsOf(s.Argument, seed, s.Set), event)
}

// keepFailures writes a folder of results for the shortest run of each group of failures.
func keepFailures(sh *shell, report *sweep.Report) {
	kept := 0
	report.EachFailure(func(s *sweep.Subject, g *sweep.Group) bool {
		if g.Differs() {
			return true // there is no run to be kept
		}
		dir := filepath.Join("results", fmt.Sprintf("%s-%d", s.Scenario.Name, g.Least.Seed))
		drawn := new(lab.Lab).Drawn(s.Scenario, uint64(g.Least.Seed))
		if _, err := results.Write(dir, drawn, g.Again, 0); err != nil {
			fmt.Fprintf(sh.stderr, "sim: the results are not kept: %v\n", err)
			return true
		}
		if kept++; kept == 1 {
			results.Link(dir)
		}
		fmt.Fprintf(sh.stderr, "kept in %s\n", dir)
		return kept < maxKept
	})
}

// stopping is why a sweep may end before its last seed: its budget, or a signal.
type stopping struct {
	channel chan struct{} // closed when no more seeds are to begin
	signal  atomic.Int32  // that was caught, 0 for none
	end     chan struct{}
}

func newStopping(budget time.Duration) *stopping {
	s := &stopping{channel: make(chan struct{}), end: make(chan struct{})}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	var spent <-chan time.Time
	if budget > 0 {
		spent = time.After(budget)
	}
	go s.watch(signals, spent)
	return s
}

func (s *stopping) watch(signals chan os.Signal, spent <-chan time.Time) {
	defer signal.Stop(signals) // from the first one on, another ends the program at once
	select {
	case <-spent:
		close(s.channel)
		select {
		case caught := <-signals:
			s.note(caught)
		case <-s.end:
		}
	case caught := <-signals:
		s.note(caught)
		close(s.channel)
	case <-s.end:
	}
}

func (s *stopping) note(caught os.Signal) {
	if number, ok := caught.(syscall.Signal); ok {
		s.signal.Store(int32(number))
	}
}

// caught returns the signal that was caught, 0 if none was.
func (s *stopping) caught() syscall.Signal { return syscall.Signal(s.signal.Load()) }

func (s *stopping) release() { close(s.end) }
