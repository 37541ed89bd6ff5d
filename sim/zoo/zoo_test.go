package zoo

import (
	"errors"
	"flag"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const root = "../.."

var update = flag.Bool("update", false, "write the table in README.md")

// sample is how many of the bugs are hunted with -short: each of so many.
const sample = 8

// Each bug is found by a judge that its file names, and the correct code is convicted by none in the
// same runs: the judges see what they are there for, and nothing else.
func TestZoo(t *testing.T) {
	needGo(t)
	watch(t)
	bugs, err := Read(root)
	if err != nil {
		t.Fatal(err)
	}
	catches := make([]TableRow, len(bugs))
	t.Run("hunt", func(t *testing.T) {
		for i := range bugs {
			b := &bugs[i]
			if testing.Short() && i%sample != 0 {
				continue
			}
			t.Run(b.Name, func(t *testing.T) {
				t.Parallel()
				c, err := b.Hunt(build(t, b), 1)
				if err != nil {
					t.Fatal(err)
				}
				t.Logf("run %d, event %d, %v: %s", c.Runs, c.Event, c.Judge, c.Message)
				catches[i] = TableRow{b, c}
			})
		}
		t.Run("no bug", func(t *testing.T) {
			t.Parallel()
			acquit(t, bugs)
		})
	})
	all := !slices.ContainsFunc(catches, func(r TableRow) bool { return r.Bug == nil })
	if all && !t.Failed() {
		compareTable(t, Table(catches))
	}
}

// acquit runs the correct code in each scenario in which bugs are hunted, with all their seeds.
func acquit(t *testing.T, bugs []Bug) {
	p := build(t, nil)
	seeds := map[string]uint64{}
	for _, b := range bugs {
		seeds[b.Scenario] = max(seeds[b.Scenario], b.Seeds)
	}
	for scenario, last := range seeds {
		for seed := uint64(1); seed <= last; seed++ {
			if c, err := p.Run(scenario, seed); err != nil {
				t.Error(err)
			} else if c != nil {
				t.Errorf("%s with seed %d: %v convicts the correct code: %s",
					scenario, seed, c.Judge, c.Message)
			}
		}
	}
}

// compareTable holds the README's table against what the hunts have shown.
func compareTable(t *testing.T, want string) {
	file := filepath.Join(root, "README.md")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	header, _, _ := strings.Cut(want, "\n")
	before, rest, found := strings.Cut(string(text), header)
	if !found {
		t.Fatalf("README.md has no table that begins with %s", header)
	}
	table, after, _ := strings.Cut(header+rest, "\n\n")
	if table+"\n" == want {
		return
	}
	if !*update {
		t.Errorf("README.md has\n%s\n\nwant, as go test ./sim/zoo -update writes it,\n%s", table, want)
		return
	}
	if err := os.WriteFile(file, []byte(before+want+"\n"+after), 0o644); err != nil {
		t.Fatal(err)
	}
}

// A bug that does not build is a mistake in its file, and no catch.
func TestABugMustBuild(t *testing.T) {
	needGo(t)
	b := Bug{Name: "typo", Changes: []Change{
		{"kv/digest.go", "package kv\n", "package kv\n\nvar digest undeclared\n"},
	}}
	_, err := Build(root, &b, t.TempDir())
	if err == nil {
		t.Fatal("a bug that does not build was built")
	}
	for _, want := range []string{"testdata/zoo/typo.toml: it does not build", "undeclared"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error is %q, want %q in it", err, want)
		}
	}
}

// The source that a bug was built from is as it was.
func TestABugLeavesTheSourceAlone(t *testing.T) {
	needGo(t)
	file := filepath.Join(root, "raft/log.go")
	before, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	b := Bug{Name: "idle", Changes: []Change{{"raft/log.go", "package raft\n", "package raft\n\n"}}}
	build(t, &b)
	after, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(before) != string(after) {
		t.Error("building a bug changed raft/log.go")
	}
}

// watch opens every folder of the source tree. The go tool repeats the result of a test while no file
// changes that the test has opened, and it does not see those that go into the builds here.
func watch(t *testing.T) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && path != root && strings.HasPrefix(d.Name(), ".") {
			return filepath.SkipDir
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func build(t *testing.T, b *Bug) Program {
	t.Helper()
	p, err := Build(root, b, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func needGo(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("go"); errors.Is(err, exec.ErrNotFound) {
		t.Skip("the go tool is not there, with which bugs are built")
	} else if err != nil {
		t.Fatal(err)
	}
}
