package main

import (
	"bytes"
	"errors"
	"strings"
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
	code := sim([]string{"-json", "-seed", "1"}, &stdout, &stderr)
	if code != exitInternal {
		t.Errorf("exit code %d, want %d", code, exitInternal)
	}
	if got := stderr.String(); !strings.Contains(got, "a bug in the simulator") ||
		!strings.Contains(got, `["-json" "-seed" "1"]`) {
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
	if code := sim([]string{"-seed", "1"}, full{}, &stderr); code != exitInternal {
		t.Errorf("exit code %d, want %d", code, exitInternal)
	}
	if !strings.Contains(stderr.String(), "no space left") {
		t.Errorf("stderr says %s", &stderr)
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
