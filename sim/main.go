// Command sim runs scenarios of a Raft cluster in a simulator that replays every run exactly.
//
//	go run ./sim -scenario scenarios/default.toml -seed 42
package main

import (
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"slices"
	"strings"

	"raftkv/sim/lab"
)

const usage = `Usage:

    sim -scenario scenarios/default.toml -seed 42

runs a scenario: a file, or one of the built-in scenarios by its name. The story of the run goes to
stdout, the verdict comes last.

    -scenario FILE   the scenario (default: the built-in one called default)
    -seed N          a number below 2^64, decimal or 0x...; without it the scenario's own seed, or a
                     fresh one, which is printed first
    -v               tell everything, each record in a line
    -json            print one JSON object instead of story and verdict
    -verify          run twice and compare

Exit codes: 0 as expected, 1 violation or expectation not met, 2 bad flag or scenario, 3 undecided,
4 the same seed gave another run, 70 a bug in the simulator.
`

// The exit codes.
const (
	exitPass             = 0
	exitViolation        = 1
	exitInvalid          = 2
	exitUndecided        = 3
	exitNondeterministic = 4
	exitInternal         = 70
)

func main() {
	os.Exit(sim(os.Args[1:], os.Stdout, os.Stderr))
}

// sim is the command: arguments in, an exit code out.
func sim(args []string, stdout, stderr io.Writer) (code int) {
	defer func() {
		if bug := recover(); bug != nil {
			fmt.Fprintf(stderr, "sim: a bug in the simulator, please report it: %v\n", bug)
			fmt.Fprintf(stderr, "sim: with the arguments %q\n%s", args, debug.Stack())
			if slices.Contains(args, "-json") || slices.Contains(args, "--json") {
				fmt.Fprintf(stdout, "%s\n", lab.Failed(lab.Internal, fmt.Errorf("%v", bug)))
			}
			code = exitInternal
		}
	}()
	if len(args) == 0 || strings.HasPrefix(args[0], "-") {
		return run(args, stdout, stderr)
	}
	switch command := args[0]; command {
	case "run":
		return run(args[1:], stdout, stderr)
	case "help":
		fmt.Fprint(stdout, usage)
		return exitPass
	default:
		fmt.Fprintf(stderr, "sim: %q is not a command, want run or help, or flags\n", command)
		return exitInvalid
	}
}
