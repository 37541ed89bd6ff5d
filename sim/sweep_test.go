package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"raftkv/sim/sweep"
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
		"lossy.toml":   "duration = \"1s\"\nsettle = \"off\"\n[network]\nloss = 1.0\n",
		"alone.toml":   "[expect]\nmin_leaders = 2\n",
		"endless.toml": "max_events = 50\n",
		"doubt.toml":   "max_events = 340\n",
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

// TestASweepWithoutItsCanaryIsVoid: with an exit code that no run has, and in words. A violation that
// it has found is none the less one.
func TestASweepWithoutItsCanaryIsVoid(t *testing.T) {
	t.Chdir(t.TempDir())
	if c := release(canaryName); len(c.Silent) > 0 {
		t.Errorf("the canary is not convicted by %q", c.Silent)
	}
	blind := release("default")
	if blind.Convicted() {
		t.Fatal("what survives is taken for a canary")
	}
	for _, test := range []struct {
		args   []string
		json   bool
		want   int
		stdout string
	}{
		{[]string{"default"}, false, exitInternal, "\nVOID: 1 scenario, 3 runs\n"},
		{[]string{"default"}, true, exitInternal, `"status":"void"`},
		{[]string{"lossy.toml"}, false, exitViolation, "\nVIOLATION: 1 scenario, 3 runs\n"},
	} {
		if err := os.WriteFile("lossy.toml", []byte("settle = \"off\"\n[network]\nloss = 1.0\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		var stdout, stderr bytes.Buffer
		sh := &shell{stdout: &stdout, stderr: &stderr}
		w := sweepFlags{reporting: reporting{json: test.json}, seeds: "1-3", shard: "1/1", workers: 1}
		plan, err := w.plan(sh, test.args)
		if err != nil {
			t.Fatal(err)
		}
		plan.Canary = blind
		if code := w.execute(sh, sweep.New(plan)); code != test.want {
			t.Errorf("%s: exit code %d, want %d", test.args, code, test.want)
		}
		if !strings.Contains(stdout.String(), test.stdout) {
			t.Errorf("%s: it says %s", test.args, &stdout)
		}
	}
}

// TestTwoSweepsOnOneFile: the second is refused, whichever way it names the file, and the file stays
// that of the first; so is a merge that would replace it. When the first has ended it can go on.
func TestTwoSweepsOnOneFile(t *testing.T) {
	run := inFolder(t)
	run("sweep default -seeds 1-3 -jsonl lines")
	before := contents(t, "lines")
	first := sweepFlags{resume: "lines"}
	plan, err := (&sweepFlags{seeds: "1-3", shard: "1/1"}).plan(&shell{}, []string{"default"})
	if err != nil {
		t.Fatal(err)
	}
	plan.Canary = release(canaryName)
	if err := first.open(&shell{}, sweep.New(plan)); err != nil {
		t.Fatal(err)
	}
	if err := os.Link("lines", "same"); err != nil {
		t.Fatal(err)
	}
	for _, args := range []string{
		"sweep default -seeds 1-3 -resume lines", "sweep default -seeds 1-3 -jsonl lines",
		"sweep default -seeds 1-3 -resume ./same -jsonl lines", "merge lines -o same",
	} {
		code, stdout, stderr := run(args)
		if !strings.Contains(stderr, " is in use by another sweep, want to wait for its end, or another name\n") ||
			code == exitPass || stdout != "" {
			t.Errorf("sim %s: exit code %d, it says %s%s", args, code, stdout, stderr)
		}
	}
	if got := contents(t, "lines"); got != before {
		t.Errorf("the file is\n%s", got)
	}
	if err := first.lines.close(); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := run("sweep default -seeds 1-3 -resume lines"); code != exitPass {
		t.Errorf("exit code %d, it says %s", code, stderr)
	}
}

// TestTwoNewSweepsOnOneFile: where there was none, too, and an empty one of another is not written over.
func TestTwoNewSweepsOnOneFile(t *testing.T) {
	t.Chdir(t.TempDir())
	first, err := createNew("lines")
	if err != nil {
		t.Fatal(err)
	}
	want := "sim: -jsonl: lines is in use by another sweep, want to wait for its end, or another name"
	if _, err := createNew("lines"); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	if err := os.Rename("lines", "elsewhere"); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("lines", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	want = "lines was replaced just now, want the same once more"
	if err := claim(first, "lines"); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// TestMissingSeedsAreUndecided: a sweep that its budget has ended, and the merge of its file, say the
// same: what was not seen was not seen yet.
func TestMissingSeedsAreUndecided(t *testing.T) {
	run := inFolder(t)
	swept, whole, _ := run("sweep chaos -seeds 200-203 -budget 1ns -q -jsonl lines")
	merged, again, _ := run("merge -q lines")
	if swept != exitUndecided || merged != exitUndecided || whole != again {
		t.Errorf("exit codes %d and %d, it says\n%s\nand merged\n%s", swept, merged, whole, again)
	}
	// The others show the marks that this one lacks, or not: it does not know.
	header, first, _ := strings.Cut(contents(t, "lines"), "\n")
	run("sweep chaos -seeds 200-203 -q -jsonl all")
	_, all, _ := strings.Cut(contents(t, "all"), "\n")
	for line := range strings.Lines(all) {
		first = line
		break
	}
	if err := os.WriteFile("one", []byte(header+"\n"+first), 0o600); err != nil {
		t.Fatal(err)
	}
	code, stdout, _ := run("merge -q one")
	if code != exitUndecided || !strings.Contains(stdout, "\n  not yet    seen: ") ||
		strings.Contains(stdout, "occurred in none") {
		t.Errorf("exit code %d, it says\n%s", code, stdout)
	}
}

// TestFailuresAsJSON: what sweeps and merges print in the place of a report is of their own format.
func TestFailuresAsJSON(t *testing.T) {
	run := inFolder(t)
	run("sweep default -seeds 1-3 -jsonl lines")
	forged := strings.Replace(contents(t, "lines"), `"status":"pass"`, `"status":"undecided"`, 1)
	if err := os.WriteFile("forged", []byte(forged), 0o600); err != nil {
		t.Fatal(err)
	}
	const begin = `{"format":"raftkv-sweep-report","version":3,"status":`
	for args, want := range map[string]string{
		"sweep -json nowhere.toml":      begin + `"invalid","error":"sim: there is no file nowhere.toml, and`,
		"sweep -json -seeds 1-":         begin + `"invalid","error":"sim: -seeds: `,
		"merge -json nothing":           begin + `"invalid","error":"sim: open nothing: `,
		"merge -json lines forged":      begin + `"nondeterministic","error":"default with seed `,
		"merge -json lines -o no/where": begin + `"internal","error":"create no/where: no such file `,
	} {
		code, stdout, _ := run(args)
		if code == exitPass || !strings.HasPrefix(stdout, want) || strings.Count(stdout, "\n") != 1 {
			t.Errorf("sim %s: exit code %d, it says %s", args, code, stdout)
		}
	}
	// A bug in the simulator, too.
	var stdout brokenOnce
	sh := &shell{stdout: &stdout, stderr: new(bytes.Buffer)}
	code := sim(sh, []string{"merge", "-json", "lines"})
	if want := begin + `"internal","error":"oops"}`; code != exitInternal || stdout.String() != want+"\n" {
		t.Errorf("exit code %d, it says %s", code, stdout.String())
	}
}

// TestLinesThatCannotBeWritten: a full disk and a pipe that nobody reads are failures, whatever
// became of the runs.
func TestLinesThatCannotBeWritten(t *testing.T) {
	for _, broken := range []error{errors.New("no space left"), syscall.EPIPE} {
		var stdout, stderr bytes.Buffer
		sh := &shell{stdout: &stdout, stderr: &stderr}
		w := sweepFlags{lines: lines{broken: broken}}
		if code := w.stopped(sh); code != exitOutput {
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
func disturb(t *testing.T, args []string, file string, lines int, with os.Signal) (
	code int, stdout, stderr string,
) {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var out, diagnostics bytes.Buffer
	sweep := exec.Cmd{Path: program, Args: args, Stdout: &out, Stderr: &diagnostics}
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

func sortedLines(t *testing.T, file string) []string {
	return slices.Sorted(strings.Lines(contents(t, file)))
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
	_, want, _ := disturb(t, sweepOf(whole), whole, 1_000_000, nil)
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
		code, stdout, stderr := disturb(t, sweepOf(cut), cut, linesOf(cut)+d.lines, d.with)
		if code == exitPass {
			t.Logf("%v: it was faster than the signal", d.with)
			break
		}
		if code != d.code {
			t.Errorf("%v: exit code %d, want %d", d.with, code, d.code)
		}
		for line := range strings.Lines(contents(t, cut)) {
			if strings.HasSuffix(line, "\n") && !strings.Contains(contents(t, whole), line) {
				t.Errorf("%v: one in the file is another run: %s", d.with, line)
			}
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
	code, got, _ := disturb(t, sweepOf(cut), cut, 1_000_000, nil)
	if code != exitPass || got != want {
		t.Errorf("exit code %d, the report is\n%s\nwant\n%s", code, got, want)
	}
	if got, want := sortedLines(t, cut), sortedLines(t, whole); !slices.Equal(got, want) {
		t.Error("the file has other lines")
	}
}

// TestASlowSeedHoldsNothingUp: who kills a sweep with kill -9 while one seed takes long loses that
// one. All others, which came after it and have ended, are in the file, and are not run again.
func TestASlowSeedHoldsNothingUp(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts processes")
	}
	t.Chdir(t.TempDir())
	write := func(name, text string) {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const fast = 20
	slowly := "duration = \"10h\"\nmax_events = 100000000\n[workload]\nrequests_per_client = 60000\n"
	write("slow.toml", slowly)
	args := []string{"sim", "sweep", "-seeds", "1", "-j", "2", "-resume", "lines", "slow.toml"}
	for i := range fast {
		name := fmt.Sprintf("fast%d.toml", i)
		write(name, "[workload]\nrequests_per_client = 1\n")
		args = append(args, name)
	}
	disturb(t, args, "lines", fast, syscall.SIGKILL)
	killed := contents(t, "lines")
	slowEnded := strings.Contains(killed, "\n{\"scenario\":\"slow\"")
	if slowEnded || strings.Count(killed, "\n{\"scenario\":\"fast") != fast {
		t.Fatalf("the file of the one that was killed holds\n%s", killed)
	}
	code, stdout, _ := disturb(t, args, "lines", 1_000_000, nil)
	if code != exitPass || !strings.Contains(stdout, "\nPASS: 21 scenarios, 21 runs\n") {
		t.Errorf("exit code %d, the report is\n%s", code, stdout)
	}
	resumed, ok := strings.CutPrefix(contents(t, "lines"), killed)
	if !ok || strings.Count(resumed, "\n") != 1 || !strings.HasPrefix(resumed, "{\"scenario\":\"slow\"") {
		t.Errorf("what was resumed has added\n%s", resumed)
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
