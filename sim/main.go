// Command sim runs scenarios of a Raft cluster in a simulator that replays every run exactly.
//
//	go run ./sim -scenario scenarios/default.toml -seed 42
//
// Start reading at [main]; a file for each command.
package main

import (
	"fmt"
	"os"
	"runtime/debug"
	"slices"
	"strings"

	"raftkv/sim/lab"
	"raftkv/sim/sweep"
)

// The exit codes.
const (
	exitPass             = 0
	exitViolation        = 1
	exitInvalid          = 2
	exitUndecided        = 3
	exitNondeterministic = 4
	exitInternal         = 70
	exitOutput           = 74  // what was to be written could not be
	exitSignal           = 128 // and the number of the signal that interrupted it
)

func main() {
	os.Exit(sim(here(), os.Args[1:]))
}

// commands are what sim can do.
var commands = []struct {
	name string
	run  func(sh *shell, args []string) int
}{
	{"run", run},
	{"sweep", runSweep},
	{"merge", runMerge},
	{"replay", replay},
	{"diff", diff},
	{"explain", explain},
	{"list", list},
	{"export", export},
	{"version", version},
}

func commandNames() []string {
	var names []string
	for _, c := range commands {
		names = append(names, c.name)
	}
	return append(names, "help")
}

// sim is the command: arguments in, an exit code out.
func sim(sh *shell, args []string) (code int) {
	defer func() {
		if bug := recover(); bug != nil {
			code = sh.confess(args, bug, debug.Stack())
		}
	}()
	sh.args = args
	sh.suspect()
	switch {
	case len(args) == 1 && slices.Contains([]string{"-h", "-help", "--help"}, args[0]):
		return help(sh, nil)
	case len(args) == 1 && slices.Contains([]string{"-version", "--version"}, args[0]):
		return version(sh, nil)
	case len(args) == 0 || strings.HasPrefix(args[0], "-"):
		return run(sh, args)
	case args[0] == "help":
		return help(sh, args[1:])
	}
	for _, c := range commands {
		if c.name == args[0] {
			return c.run(sh, args[1:])
		}
	}
	if _, err := load(args[0], nil); err == nil {
		fmt.Fprintf(sh.stderr, "sim: %q is a scenario, want sim -scenario %[1]s\n", args[0])
		return exitInvalid
	}
	fmt.Fprintf(sh.stderr, "sim: %q is no command%s, want one of %s; see sim help\n",
		args[0], didYouMean(args[0], commandNames()), strings.Join(commandNames(), ", "))
	return exitInvalid
}

// confess tells of a bug in the simulator itself, with all that a report needs.
func (sh *shell) confess(args []string, bug any, stack []byte) int {
	words := make([]string, len(args))
	for i, arg := range args {
		words[i] = quoted(arg)
	}
	fmt.Fprintf(sh.stderr, "sim: a bug in the simulator: %v\n", bug)
	fmt.Fprintf(sh.stderr, "sim: please report it with this line and what follows: %s, sim %s\n",
		revision(), strings.Join(words, " "))
	sh.stderr.Write(stack)
	if sh.wantsJSON() {
		failed := lab.Failed
		if len(args) > 0 && (args[0] == "sweep" || args[0] == "merge") {
			failed = sweep.Failed
		}
		fmt.Fprintf(sh.stdout, "%s\n", failed(lab.Internal, fmt.Errorf("%v", bug)))
	}
	return exitInternal
}
