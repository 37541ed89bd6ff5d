// Package results is the folder that a run is kept in: all that is needed to run it again, to look
// at it and to compare it, as files that people and programs can read.
//
//	result.json    the verdict, as -json prints it
//	scenario.toml  the scenario with every value, its seed among them: it needs no other file
//	trace.jsonl    every record of the run, as [trace.FormatText] describes; of a huge run the
//	               beginning and the end
//	history.jsonl  what the clients saw; of a huge run the end
package results

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"raftkv/sim/lab"
	"raftkv/sim/record"
	"raftkv/sim/scenario"
	"raftkv/sim/trace"
)

// The files of a folder.
const (
	ResultFile   = "result.json"
	ScenarioFile = "scenario.toml"
	TraceFile    = "trace.jsonl"
	HistoryFile  = "history.jsonl"
)

// What is kept of a huge run, at the most: so many records, half of them its first and half its
// last, in a file of some 60 MB; and so many requests.
const (
	TraceRecords    = 400_000
	HistoryRequests = 100_000
)

// Write keeps a run in a folder, in place of an earlier run that it holds. It runs the scenario
// once more, so that the run itself need not be kept in memory, and returns the result of that: its
// hash must be that of the first. wall is how long the first took, in nanoseconds. A folder is
// there as a whole or not at all, whatever happens meanwhile. The error says what could not be
// written, or what [Check] has against the folder.
func Write(
	dir string, s *scenario.Scenario, first *lab.Result, wall int64,
) (again lab.Result, err error) {
	if err := reachable(dir); err != nil {
		return again, err
	}
	if dir, err = place(dir); err != nil {
		return again, err
	}
	if err := Check(dir); err != nil {
		return again, err
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return again, err
	}
	draft, err := os.MkdirTemp(filepath.Dir(dir), "."+filepath.Base(dir)+"-*")
	if err != nil {
		return again, err
	}
	defer os.RemoveAll(draft) // of a failure; else it is not there any more
	if again, err = fill(draft, s, first, wall); err != nil {
		return again, err
	}
	return again, replace(dir, draft)
}

// place returns where the folder really is, if it is there and reached by a link.
func place(dir string) (string, error) {
	real, err := filepath.EvalSymlinks(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return filepath.Clean(dir), nil
	}
	return real, err
}

// reachable tells which file stands where the folder, or one that is to hold it, must be.
func reachable(dir string) error {
	dir = filepath.Clean(dir)
	for at := dir; ; at = filepath.Dir(at) {
		info, err := os.Stat(at)
		switch {
		case err == nil && info.IsDir():
			return nil
		case err == nil && at == dir:
			return fmt.Errorf("%s is a file, want it moved away, or another folder", at)
		case err == nil:
			return fmt.Errorf("%s is a file, and %s is to be in a folder of that name, "+
				"want it moved away, or another folder", at, dir)
		case at == filepath.Dir(at):
			return nil // whatever stands against it is told when it is made
		}
	}
}

// fill writes the files of a run.
func fill(
	dir string, s *scenario.Scenario, first *lab.Result, wall int64,
) (again lab.Result, err error) {
	var l lab.Lab
	seeded := *s
	seeded.Seed = &first.Seed
	header := HeaderOf(s, first.Seed)
	for _, file := range []struct {
		name  string
		write func(io.Writer) error
	}{
		{ScenarioFile, func(w io.Writer) error { return put(w, seeded.TOML()) }},
		{TraceFile, func(w io.Writer) error {
			records := trace.NewWriter(w, header)
			if first.Records > TraceRecords {
				records.LeaveOut(TraceRecords/2+1, first.Records-TraceRecords/2)
			}
			again = l.Run(s, first.Seed, records.Observe)
			return records.Close()
		}},
		{HistoryFile, func(w io.Writer) error {
			return trace.WriteHistory(w, header, l.History(), HistoryRequests)
		}},
		{ResultFile, func(w io.Writer) error { return put(w, append(first.JSON(wall), '\n')) }},
	} {
		if err := Create(filepath.Join(dir, file.name), file.write); err != nil {
			return again, err
		}
	}
	return again, os.Chmod(dir, 0o755)
}

func put(w io.Writer, data []byte) error {
	_, err := w.Write(data)
	return err
}

// replace puts the draft where the folder is. What is there is first moved aside, whole: who does
// the same at the same moment finds a folder or none, and the last one stays.
func replace(dir, draft string) (err error) {
	const attempts = 100
	aside := draft + "-before"
	for range attempts {
		if err = os.Rename(draft, dir); err == nil {
			return nil
		}
		if os.Rename(dir, aside) != nil {
			continue // another has moved it
		}
		if err := Check(aside); err != nil {
			return errors.Join(err, os.Rename(aside, dir))
		}
		if err := os.RemoveAll(aside); err != nil {
			return err
		}
	}
	return err
}

// Check tells what stands against keeping a run in a folder: it must be new, empty, or hold a run
// that was kept, and nothing else.
func Check(dir string) (err error) {
	const attempts = 3 // another may be replacing it
	for range attempts {
		if err = check(dir); err == nil {
			return nil
		}
	}
	return err
}

func check(dir string) error {
	if err := reachable(dir); err != nil {
		return err
	}
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(entries) == 0 {
		return nil
	}
	if err != nil {
		return err
	}
	const want = "want a new folder, an empty one, or one of results"
	for _, e := range entries {
		switch e.Name() {
		case ResultFile, ScenarioFile, TraceFile, HistoryFile:
		default:
			return fmt.Errorf("%s holds %s, %s", dir, e.Name(), want)
		}
	}
	if _, err := readResult(dir); err != nil {
		return fmt.Errorf("%s holds %s, and no result of a run, %s", dir, entries[0].Name(), want)
	}
	return nil
}

// HeaderOf is the header of the files of a run.
func HeaderOf(s *scenario.Scenario, seed uint64) trace.Header {
	return trace.Header{
		Scenario: s.Name, Seed: seed, Nodes: s.Cluster.Servers, Clients: s.Cluster.Clients,
		Digest: digest(s),
	}
}

// digest is of what a scenario says of the world: not of its seed, nor of what it is called and
// what is expected of it.
func digest(s *scenario.Scenario) uint64 {
	world := scenario.Scenario{Cluster: s.Cluster}
	return record.Digest(string(world.TOML()))
}

// Link makes results/latest, beside the folder, lead to it. Where there are no links, it does
// nothing.
func Link(dir string) {
	latest := filepath.Join(filepath.Dir(dir), "latest")
	if info, err := os.Lstat(latest); err == nil && info.Mode()&fs.ModeSymlink == 0 {
		return // not ours
	}
	_ = os.Remove(latest)
	_ = os.Symlink(filepath.Base(dir), latest)
}

// Folder is a run that was kept.
type Folder struct {
	Scenario scenario.Resolved
	Seed     uint64
	Hash     string // of its trace, as the result has it
}

// Read reads a folder that [Write] has written. The error says which file is wrong, and how.
func Read(dir string) (Folder, error) {
	folder, err := readResult(dir)
	if err != nil {
		return folder, err
	}
	path := filepath.Join(dir, ScenarioFile)
	folder.Scenario, err = scenario.Load(path)
	if errors.Is(err, fs.ErrNotExist) {
		return folder, fmt.Errorf("%s has no %s, want the folder whole", dir, ScenarioFile)
	}
	if err != nil {
		return folder, err
	}
	return folder, folder.isOf(dir)
}

// isOf tells whether the scenario is still that of the run that was kept: the trace knows.
func (f *Folder) isOf(dir string) error {
	path := filepath.Join(dir, TraceFile)
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("%s has no %s, want the folder whole", dir, TraceFile)
	}
	defer file.Close()
	reader, err := trace.NewReader(file)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if reader.Header().Digest != digest(f.Scenario.Scenario) {
		return fmt.Errorf("%s/%s was changed since the run was kept, want it as it was; "+
			"to run it as it is: sim -scenario %[1]s/%[2]s", dir, ScenarioFile)
	}
	return nil
}

// readResult reads what the result says of a run.
func readResult(dir string) (Folder, error) {
	path := filepath.Join(dir, ResultFile)
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Folder{}, fmt.Errorf("%s has no %s, want a folder that -out has written",
			dir, ResultFile)
	}
	if err != nil {
		return Folder{}, err
	}
	var result struct {
		Format    string `json:"format"`
		Version   int    `json:"version"`
		Seed      string `json:"seed"`
		TraceHash string `json:"trace_hash"`
	}
	if err := json.Unmarshal(data, &result); err != nil || result.Format != lab.ResultFormat {
		return Folder{}, fmt.Errorf("%s is no result of a run", path)
	}
	if result.Version > lab.ResultVersion {
		return Folder{}, fmt.Errorf("%s has version %d of the format, this program knows %d",
			path, result.Version, lab.ResultVersion)
	}
	seed, ok := scenario.ParseSeed(result.Seed)
	if !ok {
		return Folder{}, fmt.Errorf("%s: the seed is %q, want a number of 64 bits",
			path, result.Seed)
	}
	return Folder{Seed: seed, Hash: result.TraceHash}, nil
}

// Is tells whether a path leads to a folder.
func Is(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
