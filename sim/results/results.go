// Package results is the folder that a run is kept in: all that is needed to run it again, to look
// at it and to compare it, as files that people and programs can read.
//
//	result.json    the verdict, as -json prints it
//	scenario.toml  the scenario with every value, its seed among them: it needs no other file
//	trace.jsonl    every record of the run, as [trace.FormatText] describes; of a huge run the
//	               beginning and the end
//	history.jsonl  what the clients saw
package results

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"raftkv/sim/lab"
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

// TraceRecords is how many records of a run are kept at the most, half of them its first and half
// its last. A file of so many has some 60 MB.
const TraceRecords = 400_000

// Write keeps a run in a folder, which it makes; files of an earlier run in it are replaced. It
// runs the scenario once more, so that the run itself need not be kept in memory, and returns the
// result of that: its hash must be that of the first. wall is how long the first took, in
// nanoseconds. The error says which file could not be written, or that the folder holds anything
// else.
func Write(dir string, s *scenario.Scenario, first *lab.Result, wall int64) (lab.Result, error) {
	if err := Prepare(dir); err != nil {
		return lab.Result{}, err
	}
	var l lab.Lab
	var again lab.Result
	seeded := *s
	seeded.Seed = &first.Seed
	header := HeaderOf(s, first.Seed)
	err := errors.Join(
		os.WriteFile(filepath.Join(dir, ScenarioFile), seeded.TOML(), 0o644),
		create(filepath.Join(dir, TraceFile), func(w io.Writer) error {
			records := trace.NewWriter(w, header)
			if first.Records > TraceRecords {
				records.LeaveOut(TraceRecords/2+1, first.Records-TraceRecords/2)
			}
			again = l.Run(s, first.Seed, records.Observe)
			return records.Close()
		}),
		create(filepath.Join(dir, HistoryFile), func(w io.Writer) error {
			return trace.WriteHistory(w, header, l.History())
		}),
		// Last, so that a folder with a result is whole.
		os.WriteFile(filepath.Join(dir, ResultFile), append(first.JSON(wall), '\n'), 0o644),
	)
	return again, err
}

// HeaderOf is the header of the files of a run.
func HeaderOf(s *scenario.Scenario, seed uint64) trace.Header {
	return trace.Header{
		Scenario: s.Name, Seed: seed, Nodes: s.Cluster.Servers, Clients: s.Cluster.Clients,
	}
}

// Prepare makes the folder, or clears it of the result of an earlier run. It refuses one that holds
// anything else.
func Prepare(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		switch e.Name() {
		case ResultFile, ScenarioFile, TraceFile, HistoryFile:
		default:
			return fmt.Errorf("%s holds %s, want a new folder, an empty one, or one of results",
				dir, e.Name())
		}
	}
	err = os.Remove(filepath.Join(dir, ResultFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// create writes a file.
func create(path string, write func(io.Writer) error) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	buffered := bufio.NewWriter(file)
	return errors.Join(write(buffered), buffered.Flush(), file.Close())
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
	s, err := scenario.Load(filepath.Join(dir, ScenarioFile))
	return Folder{Scenario: s, Seed: seed, Hash: result.TraceHash}, err
}

// Is tells whether a path leads to a folder.
func Is(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
