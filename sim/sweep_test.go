package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// inFolder runs the command in a folder of its own.
func inFolder(t *testing.T) func(args string) (code int, stdout, stderr string) {
	t.Helper()
	t.Chdir(t.TempDir())
	return func(args string) (int, string, string) {
		var stdout, stderr bytes.Buffer
		code := sim(&shell{stdout: &stdout, stderr: &stderr}, strings.Fields(args))
		return code, stdout.String(), stderr.String()
	}
}

func contents(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestExitCodesOfSweeps: the gravest of what the runs were.
func TestExitCodesOfSweeps(t *testing.T) {
	run := inFolder(t)
	for name, text := range map[string]string{
		"lossy.toml":   "duration = \"1s\"\n[network]\nloss = 1.0\n",
		"alone.toml":   "[expect]\nmin_leaders = 2\n",
		"endless.toml": "max_events = 50\n",
		"doubt.toml":   "max_events = 375\n",
		"split.toml":   "[expect]\nsometimes = [\"split_vote\"]\n",
	} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		args   string
		want   int
		status string
	}{
		{"default -seeds 1-5", exitPass, "PASS"},
		{"lossy.toml -seeds 1-5", exitViolation, "VIOLATION"},
		{"alone.toml -seeds 1-5", exitViolation, "UNMET"},
		{"endless.toml -seeds 1-5", exitUndecided, "UNDECIDED"},
		{"doubt.toml -seeds 1-20", exitUndecided, "UNDECIDED"},
		{"endless.toml lossy.toml -seeds 1-5", exitViolation, "VIOLATION"},
		{"split.toml -seeds 1-5", exitViolation, "UNMET"},
		{"split.toml -seeds 1-5 -shard 1/2", exitPass, "PASS"},
		{"default -seeds 1 -shard 2/2", exitPass, "PASS"},
		{"-scenario default -seeds 7 -set num_nodes=3", exitPass, "PASS"},
	} {
		code, stdout, stderr := run("sweep " + test.args)
		if code != test.want || !strings.Contains(stdout, "\n"+test.status+": ") {
			t.Errorf("sim sweep %s: exit code %d, want %d\n%s%s", test.args, code, test.want, stdout, stderr)
		}
	}
}

// TestASweepWithoutItsCanaryIsVoid: with an exit code that no run has, and in words.
func TestASweepWithoutItsCanaryIsVoid(t *testing.T) {
	if _, err := release(canaryName); err != nil {
		t.Error(err)
	}
	_, err := release("default")
	if err == nil {
		t.Fatal("what survives is taken for a canary")
	}
	var stdout, stderr bytes.Buffer
	w := sweepFlags{reporting: reporting{json: true}}
	if code := w.void(&shell{stdout: &stdout, stderr: &stderr}, err); code != exitInternal {
		t.Errorf("exit code %d", code)
	}
	if !strings.Contains(stderr.String(), "sim: void: no judge convicts scenario default with seed 1") ||
		!strings.Contains(stdout.String(), `"status":"internal"`) {
		t.Errorf("it says %s%s", &stderr, &stdout)
	}
}

// TestLinesThatCannotBeWritten: a full disk and a pipe that nobody reads are failures, whatever
// became of the runs.
func TestLinesThatCannotBeWritten(t *testing.T) {
	for _, broken := range []error{errors.New("no space left"), syscall.EPIPE} {
		var stdout, stderr bytes.Buffer
		sh := &shell{stdout: &stdout, stderr: &stderr}
		w := sweepFlags{lines: lines{broken: broken}}
		if code := w.stopped(sh, broken); code != exitOutput {
			t.Errorf("%v: exit code %d", broken, code)
		}
		if want := "sim: -jsonl: " + broken.Error() + "\n"; stderr.String() != want {
			t.Errorf("%v: it says %s", broken, &stderr)
		}
	}
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("there is no /dev/full")
	}
	run := inFolder(t)
	code, stdout, stderr := run("sweep default -seeds 1-9 -jsonl /dev/full")
	if code != exitOutput || strings.Count(stderr, "no space left") != 1 {
		t.Errorf("exit code %d, it says %s%s", code, stdout, stderr)
	}
	run("sweep default -seeds 1-9 -jsonl lines")
	code, stdout, stderr = run("sweep default -seeds 1-9 -resume lines -jsonl /dev/full")
	if code != exitOutput || strings.Count(stderr, "no space left") != 1 {
		t.Errorf("exit code %d, it says %s%s", code, stdout, stderr)
	}
	code, stdout, stderr = run("merge lines -o /dev/full")
	if code != exitOutput || strings.Count(stderr, "no space left") != 1 || stdout != "" {
		t.Errorf("exit code %d, it says %s%s", code, stdout, stderr)
	}
}

// TestReportsThatCannotBeWritten is no different from any other output.
func TestReportsThatCannotBeWritten(t *testing.T) {
	run := inFolder(t)
	run("sweep default -seeds 1-3 -jsonl lines")
	for _, args := range []string{
		"sweep -seeds 1-3", "sweep -seeds 1-3 -json", "merge lines", "merge -json lines",
	} {
		var stderr bytes.Buffer
		if code := sim(&shell{stdout: full{}, stderr: &stderr}, strings.Fields(args)); code != exitOutput {
			t.Errorf("sim %s: exit code %d, it says %s", args, code, &stderr)
		}
		if code := sim(&shell{stdout: gone{}, stderr: &stderr}, strings.Fields(args)); code != exitPass {
			t.Errorf("sim %s | head: exit code %d", args, code)
		}
	}
}

// sweepOf are the arguments of a sweep that takes a while.
func sweepOf(file string) []string {
	return []string{"sim", "sweep", "default", "leader-crash", "-seeds", "1-200", "-j", "2", "-resume", file}
}

// disturb starts a sweep, sends it a signal when its file has a few lines, and returns its exit code,
// -1 if the signal has killed it, and its report.
func disturb(t *testing.T, file string, lines int, with os.Signal) (code int, stdout, stderr string) {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var out, diagnostics bytes.Buffer
	sweep := exec.Cmd{Path: program, Args: sweepOf(file), Stdout: &out, Stderr: &diagnostics}
	if err := sweep.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		sweep.Wait()
		close(ended)
	}()
	for {
		select {
		case <-ended:
			return sweep.ProcessState.ExitCode(), out.String(), diagnostics.String()
		case <-time.After(time.Millisecond):
		}
		if linesOf(file) > lines {
			sweep.Process.Signal(with)
			<-ended
			return sweep.ProcessState.ExitCode(), out.String(), diagnostics.String()
		}
	}
}

func linesOf(file string) int {
	data, _ := os.ReadFile(file)
	return bytes.Count(data, []byte{'\n'})
}

// TestKilledAndResumed: whatever kills a sweep, again and again, what comes of it in the end is what
// comes of one that nobody disturbs.
func TestKilledAndResumed(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts processes")
	}
	dir := t.TempDir()
	whole, cut := filepath.Join(dir, "whole"), filepath.Join(dir, "cut")
	_, want, _ := disturb(t, whole, 1_000_000, nil)
	if !strings.Contains(want, "PASS: 2 scenarios, 400 runs\n") {
		t.Fatalf("undisturbed it says %s", want)
	}
	disturbances := []struct {
		lines int
		with  os.Signal
		code  int
	}{
		{10, syscall.SIGKILL, -1},
		{190, syscall.SIGINT, 130},
		{10, syscall.SIGTERM, 143},
		{10, syscall.SIGKILL, -1},
	}
	for _, d := range disturbances {
		code, stdout, stderr := disturb(t, cut, linesOf(cut)+d.lines, d.with)
		if code == exitPass {
			t.Logf("%v: it was faster than the signal", d.with)
			break
		}
		if code != d.code {
			t.Errorf("%v: exit code %d, want %d", d.with, code, d.code)
		}
		if !strings.HasPrefix(contents(t, whole), contents(t, cut)) {
			t.Errorf("%v: what is in the file is no beginning", d.with)
		}
		if d.code < 0 {
			continue
		}
		if !strings.Contains(stdout, " of 400 runs are missing") {
			t.Errorf("%v: the report is\n%s", d.with, stdout)
		}
		if !strings.Contains(stderr, "sim: interrupted, the same with -resume "+cut+" goes on\n") {
			t.Errorf("%v: it says %s", d.with, stderr)
		}
	}
	code, got, _ := disturb(t, cut, 1_000_000, nil)
	if code != exitPass || got != want {
		t.Errorf("exit code %d, the report is\n%s\nwant\n%s", code, got, want)
	}
	if contents(t, cut) != contents(t, whole) {
		t.Error("the file is another one")
	}
}

// TestProgressInWords: what is done, how fast, what fails, what is left; a budget may end it sooner.
func TestProgressInWords(t *testing.T) {
	p := progress{planned: 1000, before: 100}
	p.done.Store(100)
	if got, want := p.words(0), "100 of 1000, failures: 0"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	p.done.Store(400)
	p.failures.Store(2)
	if got, want := p.words(10*time.Second), "400 of 1000, 30 a second, 20s left, failures: 2"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := p.words(10*time.Minute), "400 of 1000, 0.50 a second, 20m0s left, failures: 2"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	p.budget = 15 * time.Second
	if got, want := p.words(10*time.Second), "400 of 1000, 30 a second, 5s left, failures: 2"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
