package results

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"raftkv/sim/lab"
	"raftkv/sim/record"
	"raftkv/sim/scenario"
	"raftkv/sim/trace"
)

func parse(t *testing.T, text string) *scenario.Scenario {
	t.Helper()
	s, err := scenario.Parse("kept.toml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// keep runs a scenario and keeps the run.
func keep(t *testing.T, dir string, s *scenario.Scenario, seed uint64) lab.Result {
	t.Helper()
	result := new(lab.Lab).Run(s, seed, nil)
	again, err := Write(dir, s, &result, 1)
	if err != nil || again.Hash != result.Hash {
		t.Fatalf("%v, hash %v and again %v", err, result.Hash, again.Hash)
	}
	return result
}

func TestWhatIsKeptIsTheRun(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	const seed = 1<<64 - 1
	want := keep(t, dir, parse(t, "num_nodes = 3\nnetwork.loss = 0.1"), seed)
	folder, err := Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	if folder.Seed != seed || folder.Hash != want.Hash.String() || *folder.Scenario.Seed != seed {
		t.Errorf("got %+v", folder)
	}
	if got := new(lab.Lab).Run(folder.Scenario.Scenario, seed, nil); got.Hash != want.Hash {
		t.Errorf("the scenario that was kept runs as %v, want %v", got.Hash, want.Hash)
	}
	expectTrace(t, dir, want)
	lines := strings.Count(read(t, dir, HistoryFile), "\n")
	if operations := want.Ops.Total - want.Ops.Pending; lines != operations+1 {
		t.Errorf("the history has %d lines, want a header and %d operations", lines, operations)
	}
	var result struct {
		Status lab.Status `json:"status"`
		Seed   string     `json:"seed"`
	}
	if err := json.Unmarshal([]byte(read(t, dir, ResultFile)), &result); err != nil ||
		result.Status != want.Status || result.Seed != "18446744073709551615" {
		t.Errorf("the result is %+v, %v", result, err)
	}
}

func read(t *testing.T, dir, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// expectTrace reads the trace, and expects every record of the run in it, or accounted for.
func expectTrace(t *testing.T, dir string, want lab.Result) (skipped uint64) {
	t.Helper()
	reader, err := trace.NewReader(strings.NewReader(read(t, dir, TraceFile)))
	if err != nil {
		t.Fatal(err)
	}
	var records uint64
	err = reader.Play(func(*record.Record) { records++ }, func(g trace.Gap) { skipped += g.Skipped })
	if err != nil || records+skipped != want.Records {
		t.Errorf("%d records and %d left out, want %d: %v", records, skipped, want.Records, err)
	}
	return skipped
}

// TestAHugeRunIsKeptInPart: what is kept of it is its beginning and its end.
func TestAHugeRunIsKeptInPart(t *testing.T) {
	if testing.Short() {
		t.Skip("it writes half a million records")
	}
	dir := t.TempDir()
	s := parse(t, "[workload]\nrequests_per_client = 4_000\ntimeout = '10s'\n[checks]\nfinished = false\n")
	want := keep(t, dir, s, 1)
	if want.Records <= TraceRecords {
		t.Fatalf("the run has %d records, want more than %d", want.Records, TraceRecords)
	}
	if skipped := expectTrace(t, dir, want); skipped != want.Records-TraceRecords {
		t.Errorf("%d records are left out, want %d", skipped, want.Records-TraceRecords)
	}
}

// TestNothingOfOthersIsTouched: a folder that holds anything else is refused, whole.
func TestNothingOfOthersIsTouched(t *testing.T) {
	dir := t.TempDir()
	mine := filepath.Join(dir, "thesis.txt")
	if err := os.WriteFile(mine, []byte("years of work"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := parse(t, "")
	result := new(lab.Lab).Run(s, 1, nil)
	if _, err := Write(dir, s, &result, 1); err == nil || !strings.Contains(err.Error(), "thesis.txt") {
		t.Errorf("got %v", err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("the folder has %d files, want only the one that was there", len(entries))
	}
}

// TestWhatIsNoFolderOfResultsIsRefused: files of those names may be anybody's.
func TestWhatIsNoFolderOfResultsIsRefused(t *testing.T) {
	for name, data := range map[string]string{
		ScenarioFile: "# years of work\n", ResultFile: `{"tool": "another"}`, TraceFile: "",
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := Check(dir); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("of a folder with %s: got %v", name, err)
		}
	}
}

// TestAFolderIsWholeOrNot: what cannot be written leaves the folder as it was, and nothing beside it.
func TestAFolderIsWholeOrNot(t *testing.T) {
	root := t.TempDir()
	dir := filepath.Join(root, "kept")
	s := parse(t, "")
	want := keep(t, dir, s, 1)
	broken := *s
	broken.Cluster.Client.Keys = []string{"\xff"} // which no trace can hold
	result := new(lab.Lab).Run(&broken, 2, nil)
	if _, err := Write(dir, &broken, &result, 1); err == nil {
		t.Fatal("what cannot be written was written")
	}
	if folder, err := Read(dir); err != nil || folder.Hash != want.Hash.String() {
		t.Errorf("the run that was kept is gone: %v", err)
	}
	entries, err := os.ReadDir(root)
	if err != nil || len(entries) != 1 {
		t.Errorf("%d entries beside the folder", len(entries))
	}
}

// TestAtTheSameMoment: many runs may be kept in one folder at once; one of them is there in the end,
// whole.
func TestAtTheSameMoment(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "kept")
	s := parse(t, "")
	done := make(chan error)
	const writers = 8
	for seed := range uint64(writers) {
		go func() {
			result := new(lab.Lab).Run(s, seed, nil)
			_, err := Write(dir, s, &result, 1)
			done <- err
		}()
	}
	for range writers {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	folder, err := Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	if got := new(lab.Lab).Run(s, folder.Seed, nil); got.Hash.String() != folder.Hash {
		t.Errorf("the folder has files of several runs")
	}
	expectTrace(t, dir, new(lab.Lab).Run(s, folder.Seed, nil))
}

// TestCreate: a file is there as a whole or not at all; what is no file is written to.
func TestCreate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	say := func(text string, err error) func(io.Writer) error {
		return func(w io.Writer) error {
			_, wrong := io.WriteString(w, text)
			return errors.Join(wrong, err)
		}
	}
	if err := Create(path, say("first", nil)); err != nil {
		t.Fatal(err)
	}
	if err := Create(path, say("second", errors.New("no more"))); err == nil {
		t.Error("a failure was no error")
	}
	if got := read(t, filepath.Dir(path), "file"); got != "first" {
		t.Errorf("the file holds %q, want what it held", got)
	}
	if err := Create(os.DevNull, say("nothing", nil)); err != nil {
		t.Error(err)
	}
	if err := Create(filepath.Join(path, "below"), say("", nil)); err == nil ||
		!strings.Contains(err.Error(), "below") || strings.Contains(err.Error(), "*") {
		t.Errorf("got %v", err)
	}
}

func TestLink(t *testing.T) {
	root := t.TempDir()
	for _, name := range []string{"one", "two"} {
		dir := filepath.Join(root, name)
		keep(t, dir, parse(t, ""), 1)
		Link(dir)
		target, err := os.Readlink(filepath.Join(root, "latest"))
		if err != nil {
			t.Skipf("no links here: %v", err)
		}
		if target != name {
			t.Errorf("latest leads to %s, want %s", target, name)
		}
	}
	// What is called latest and is no link of ours stays.
	own := filepath.Join(root, "other", "latest")
	if err := os.MkdirAll(own, 0o755); err != nil {
		t.Fatal(err)
	}
	Link(filepath.Join(root, "other", "x"))
	if info, err := os.Lstat(own); err != nil || !info.IsDir() {
		t.Errorf("the folder of that name is gone: %v", err)
	}
}
