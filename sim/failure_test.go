package main

import (
	"bytes"
	"errors"
	"strings"
	"syscall"
	"testing"

	"raftkv/sim/lab"
)

// brokenOnce is a writer whose first use panics: a bug in the simulator, as far as anybody can see.
type brokenOnce struct {
	bytes.Buffer
	broke bool
}

func (w *brokenOnce) Write(p []byte) (int, error) {
	if !w.broke {
		w.broke = true
		panic("oops")
	}
	return w.Buffer.Write(p)
}

// TestABugInTheSimulatorSaysSo: exit code 70, what to report on stderr, and the JSON, if wanted, all
// the same.
func TestABugInTheSimulatorSaysSo(t *testing.T) {
	var stdout brokenOnce
	var stderr bytes.Buffer
	code := sim(&shell{stdout: &stdout, stderr: &stderr}, []string{"-json", "-set", "name=a b", "-seed", "1"})
	if code != exitInternal {
		t.Errorf("exit code %d, want %d", code, exitInternal)
	}
	if got := stderr.String(); !strings.Contains(got, "a bug in the simulator") ||
		!strings.Contains(got, "sim -json -set 'name=a b' -seed 1\n") {
		t.Errorf("stderr says %s", got)
	}
	if !strings.Contains(stdout.String(), `"status":"internal","error":"oops"`) {
		t.Errorf("stdout says %s", stdout.String())
	}
}

// full is a disk without room.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left") }

func TestOutputThatCannotBeWrittenIsAnError(t *testing.T) {
	var stderr bytes.Buffer
	if code := sim(&shell{stdout: full{}, stderr: &stderr}, []string{"-seed", "1"}); code != exitOutput {
		t.Errorf("exit code %d, want %d", code, exitOutput)
	}
	if !strings.Contains(stderr.String(), "no space left") {
		t.Errorf("stderr says %s", &stderr)
	}
}

// gone is a pipe whose reader has left.
type gone struct{}

func (gone) Write([]byte) (int, error) { return 0, syscall.EPIPE }

// TestWhoReadsNoFurtherHearsNothing: sim | head is no failure, of whatever command.
func TestWhoReadsNoFurtherHearsNothing(t *testing.T) {
	for _, args := range []string{
		"-seed 1", "-seed 1 -v", "-seed 1 -json", "-seed 1 -jsonl-trace -", "help", "help scenario",
		"explain default", "list", "version", "export jsonl default@1", "replay default -seed 1",
		"replay default -seed 1 -event 9",
	} {
		var stderr bytes.Buffer
		sh := &shell{stdout: gone{}, stderr: &stderr}
		if code := sim(sh, strings.Fields(args)); code != exitPass {
			t.Errorf("sim %s: exit code %d", args, code)
		}
		if text := stderr.String(); text != "" {
			t.Errorf("sim %s says %s", args, text)
		}
	}
}

func TestExitCodes(t *testing.T) {
	for status, want := range map[lab.Status]int{
		lab.Pass: 0, lab.Violated: 1, lab.Unmet: 1, lab.Invalid: 2, lab.Undecided: 3,
		lab.Nondeterministic: 4, lab.Internal: 70,
	} {
		if got := exitCode(status); got != want {
			t.Errorf("%s exits with %d, want %d", status, got, want)
		}
	}
}
