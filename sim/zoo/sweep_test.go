package zoo

import (
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
)

// Worlds are used again from seed to seed. What a bug leaves in one when it fails must not be there in
// the next: else a run depends on those before it, and the sweep takes the simulator for
// nondeterministic.
func TestABugDoesNotLeakFromSeedToSeed(t *testing.T) {
	needGo(t)
	watch(t)
	bugs, err := Read(root)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(bugs, func(b Bug) bool { return b.Name == "applied-outlives-store" })
	p := build(t, &bugs[i])
	sweep := exec.Command(filepath.Join(p.folder, programName), "sweep", "-seeds", "1-12", "-j", "1",
		"-q", "chaos")
	sweep.Dir = p.folder
	sweep.Env = environment()
	output, _ := sweep.CombinedOutput()
	const violated = 1
	if code := sweep.ProcessState.ExitCode(); code != violated {
		t.Errorf("the sweep exits with %d, want %d:\n%s", code, violated, output)
	}
}
