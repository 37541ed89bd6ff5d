package main

import (
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"strings"

	"raftkv/sim/lab"
	"raftkv/sim/mark"
	"raftkv/sim/moment"
	"raftkv/sim/scenario"
	"raftkv/sim/spelling"
	"raftkv/sim/sweep"
	"raftkv/sim/trace"
)

const overview = `    sim -scenario scenarios/default.toml -seed 42

runs a scenario, tells its story and judges it. It is short for sim run.

    run      one run: its story, then the verdict
    sweep    many seeds, on all cores
    merge    what several sweeps have written, as one
    replay   a run once more, to its end, or to a moment and its state there
    diff     where two runs part
    explain  a scenario with all its values, and where each came from
    list     the built-in scenarios
    export   the records of a run, as JSONL
    version  of this program and of the files it writes
    help     this; or of a command; or scenario, marks, when, schema, formats

A scenario is a file, or a built-in one by its name. -h after a command tells
its flags; each has a variable, SIM_SEED for -seed, that stands in for it.

Exit codes: 0 as expected; 1 violation, or expectation not met; 2 bad flag or
scenario; 3 undecided, seeds missing; 4 same seed, another run; 70 bug in the
simulator, blind judges; 74 no room for the output; 130, 143 interrupted. go run
makes 1 of them all: build the program, or read "status" in what -json prints.
`

const sourceFlags = `
    -scenario NAME   a file, or a built-in scenario; default if there is none
    -seed N          a number below 2^64, decimal or 0x..., or a git commit hash; without it the
                     scenario's own seed, or a fresh one, which is printed first
    -set KEY=VALUE   a value in place of the scenario's: -set network.loss=0.1, also more than once;
                     SIM_SET may hold several, a line each
`

// usages are what help says of each command.
var usages = []struct{ command, text string }{
	{"run", `    sim run -scenario scenarios/default.toml -seed 42

runs a scenario once: its story goes to stdout, the verdict comes last.
` + sourceFlags + `
    -v               tell everything, each record in a line
    -q               tell nothing, print the verdict alone
    -json            print one JSON object instead of story and verdict
    -jsonl-trace F   write every record to the file F, or to stdout in place of the story for -
    -verify          run twice and compare, record by record
    -out DIR         keep the run in the folder DIR; one that fails is kept in any case, in
                     results/<scenario>-<seed>, to which results/latest leads
`},
	{"sweep", `    sim sweep leader-crash partition -seeds 1-10000

runs scenarios with many seeds, on all cores, and reports what they show: failures by what they have
in common, the marks that occurred, and what that says of other seeds. Before them it runs one that
must fail: if no judge convicts that, and none any run, the sweep is void. The report is the same
however many workers and shards there are, and however often the sweep was interrupted.

    -seeds S         1-10000, or 7, or 1-100,500-600; they run in ascending order; without it 1-1000
    -j N             how many run at once; without it as many as there are cores
    -budget T        begin no more seeds after this time, such as 10m; what is missing is undecided
    -max-failures N  end with the Nth failure, in the order of the scenarios and their seeds
    -shard I/N       the part of one machine of N: of every N seeds the one numbered I
    -jsonl FILE      write a line for each run to a new file; sim help formats describes it
    -resume FILE     take in the lines of the same sweep that FILE has, and run the rest; they go to
                     the end of FILE, or with those before to the file of -jsonl; damaged lines are
                     told, left where they are, and run again
    -scenario NAME   a file, or a built-in scenario; the same as NAME alone
    -set KEY=VALUE   as in run, for all scenarios
    -q               no table of marks
    -json            print the report as one JSON object

The shortest run of each kind of failure runs once more, and is kept in results/<scenario>-<seed>.
An interrupted sweep ends the seeds under way, reports, and exits with 130 or 143.
`},
	{"merge", `    sim merge 1.jsonl 2.jsonl 3.jsonl

reports on what the shards of a sweep have written with -jsonl, as if one machine had run it all,
and tells which seeds are missing: while any is, nothing passes, the rest is undecided. All files
must be of one build, of this program, and of the same scenarios; a run in several files must have
the same outcome in all, else it exits with 4.

    -o FILE          write all lines to a file, which can be merged, or resumed, like any other
    -q, -json        as in sweep
`},
	{"replay", `    sim replay results/latest -event 120

runs once more what a folder of results holds, or a scenario with its seed, tells its story, and
compares its trace with the one that was kept.

    -until T         stop when all is done that happens until then, such as 1.3s; print the state of
                     every server, of the messages on their way, of clients and faults
    -event N         stop after that event, and print the state
    -seed N          of a scenario, as in run; -set KEY=VALUE too
    -v, -q           as in run
    -json            print the state, or the result if it did not stop, as one JSON object
`},
	{"diff", `    sim diff default@1 default@2
    sim diff old/trace.jsonl new/trace.jsonl

tells the first record in which two runs differ, with what came before and after. A run is a file of
records, a folder of results, or a scenario and a seed. It exits with 0 if they are the same, with 1
if they differ, and with 4 if they differ in spite of the same scenario and seed: two builds are
compared by what each writes with -jsonl-trace.
`},
	{"explain", `    sim explain scenarios/leader-crash.toml

prints the scenario with every value it has, as a valid scenario file, and beside each value where
it came from: default, file and line, -set, environment.
` + sourceFlags},
	{"list", `    sim list

tells the built-in scenarios, each with what it shows.
`},
	{"export", `    sim export jsonl default@42

prints the records of a run as JSONL, which sim help formats describes. A run is a scenario and a
seed, a folder of results, or a file of records.

    -o FILE          write them to a file
`},
	{"version", `    sim version

tells the revision that this program was built from, a hash of the program itself, and the versions
of the files it writes.
`},
}

// usageOf returns what help says of a command.
func usageOf(command string) string {
	for _, u := range usages {
		if u.command == command {
			return u.text
		}
	}
	return overview
}

// help is sim help.
func help(sh *shell, args []string) int {
	if len(args) == 0 {
		args = []string{"help"}
	}
	var text string
	switch topic := args[0]; {
	case topic == "scenario":
		text = scenario.Reference()
	case topic == "marks" || topic == "when":
		text = mark.Reference()
	case topic == "schema":
		text = string(scenario.JSONSchema())
	case topic == "formats":
		text = trace.FormatText + "\n" + lab.FormatText + "\n" + moment.FormatText +
			"\n" + sweep.FormatText
	case topic == "help" || usageOf(topic) != overview:
		text = usageOf(topic)
	default:
		topics := append(commandNames(), "scenario", "marks", "when", "schema", "formats")
		fmt.Fprintf(sh.stderr, "sim: there is no help on %q%s, want one of %s\n",
			topic, didYouMean(topic, topics), strings.Join(topics, ", "))
		return exitInvalid
	}
	_, err := fmt.Fprint(sh.stdout, text)
	return sh.end(exitPass, err)
}

// didYouMean is the end of a sentence about a word that was perhaps misspelt.
func didYouMean(word string, among []string) string {
	if near := spelling.Nearest(word, among); near != "" {
		return ", did you mean " + near + "?"
	}
	return ""
}

// version is sim version.
func version(sh *shell, args []string) int {
	operands, err := sh.parse(flagSet("version"), args)
	if err == nil && len(operands) > 0 {
		err = fmt.Errorf("sim: version takes no %q", operands[0])
	}
	var name string
	if err == nil {
		name, err = build()
	}
	if err != nil {
		return sh.refuse("version", err)
	}
	_, err = fmt.Fprintf(sh.stdout,
		"sim %s, %s %s/%s\nfiles: %s %d, %s %d, %s %d, %s %d, %s %d, %s %d\n",
		name, runtime.Version(), runtime.GOOS, runtime.GOARCH,
		trace.Format, trace.Version, trace.HistoryFormat, trace.HistoryVersion,
		lab.ResultFormat, lab.ResultVersion, moment.Format, moment.Version,
		sweep.Format, sweep.Version, sweep.ReportFormat, sweep.ReportVersion)
	return sh.end(exitPass, err)
}

// build names this program so that another one has another name: by the revision it was built from,
// for people, and by what its file holds. Of one revision there are many programs: tags, overlays,
// another version of Go make others.
func build() (string, error) {
	path, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("sim: which program is this? %w", err)
	}
	program, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("sim: which program is this? %w", err)
	}
	defer program.Close()
	return buildOf(revision(), program)
}

func buildOf(revision string, program io.Reader) (string, error) {
	hash := sha256.New()
	if _, err := io.Copy(hash, program); err != nil {
		return "", fmt.Errorf("sim: which program is this? %w", err)
	}
	return fmt.Sprintf("%s, program %.6x", revision, hash.Sum(nil)), nil
}

// revision is what this program was built from, as far as it was told.
func revision() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "of an unknown revision"
	}
	var commit, changed string
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			commit = s.Value[:min(len(s.Value), 12)]
		case s.Key == "vcs.modified" && s.Value == "true":
			changed = ", with changes"
		}
	}
	if commit == "" {
		return strings.Trim(info.Main.Version, "()")
	}
	return commit + changed
}
