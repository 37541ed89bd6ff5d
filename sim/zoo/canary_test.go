package zoo

import (
	"errors"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// sweep sweeps a scenario with the program, and returns the exit code and what it says.
func (p Program) sweep(t *testing.T, arguments ...string) (code int, stdout string) {
	t.Helper()
	run := exec.Command(filepath.Join(p.folder, programName), append([]string{"sweep"}, arguments...)...)
	run.Dir = p.folder
	run.Env = environment()
	output, err := run.Output()
	if failed := (*exec.ExitError)(nil); err != nil && !errors.As(err, &failed) {
		t.Fatal(err)
	}
	return run.ProcessState.ExitCode(), string(output)
}

// TestSweepsOfBugs: code that is wrong may spare the canary some of the judges that convict it where
// the code is right. Its sweeps have failed, and are not void.
func TestSweepsOfBugs(t *testing.T) {
	needGo(t)
	bugs, err := Read(root)
	if err != nil {
		t.Fatal(err)
	}
	for name, spares := range map[string]bool{
		"equal-timeouts": true, "late-append-truncates": false,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := slices.IndexFunc(bugs, func(b Bug) bool { return b.Name == name })
			if i < 0 {
				t.Fatal("there is no such bug")
			}
			file, _ := scenarioFile(root, bugs[i].Scenario)
			if filepath.Ext(file) != "" {
				file, _ = filepath.Abs(file)
			}
			code, stdout := build(t, &bugs[i]).sweep(t, file, "-seeds", "1-3", "-q")
			said := strings.Join(strings.Fields(stdout), " ")
			if code != 1 || !strings.Contains(said, " VIOLATION: 1 scenario, 3 runs ") ||
				strings.Contains(said, " canary this code changes the canary: ") != spares {
				t.Errorf("exit code %d, it says\n%s", code, stdout)
			}
		})
	}
}

// TestASweepOfACandidateThatNeverLeads: it breaks no rule of Raft's, so that hardly any judge convicts
// the canary, and yet it is a failure.
func TestASweepOfACandidateThatNeverLeads(t *testing.T) {
	needGo(t)
	never := Bug{Name: "never-leads", Changes: []Change{
		{"raft/election.go", "\t\tn.becomeLeader(out)\n", ""},
	}}
	code, stdout := build(t, &never).sweep(t, "default", "-seeds", "1-3", "-q")
	if code != 1 || !strings.Contains(stdout, "\nVIOLATION: 1 scenario, 3 runs\n") {
		t.Errorf("exit code %d, it says\n%s", code, stdout)
	}
}

// TestBlindJudges: judges that let everything pass make a sweep void.
func TestBlindJudges(t *testing.T) {
	needGo(t)
	blind := Bug{Name: "blind", Changes: []Change{
		{"sim/check/judges.go", "if j.off.Has(c) || j.violated.Has(c) {", "if c > 0 {"},
	}}
	code, stdout := build(t, &blind).sweep(t, "default", "-seeds", "1-3", "-q")
	if code != 70 || !strings.Contains(stdout, "\nVOID: 1 scenario, 3 runs\n") ||
		!strings.Contains(stdout, "no judge convicts it") {
		t.Errorf("exit code %d, it says\n%s", code, stdout)
	}
}
