// Package scenario reads scenario files: TOML in, a [Scenario] out, or errors that say where in the
// file something is wrong, what would be right, and what was perhaps meant.
//
// Start reading at the schema, in schema.go: it names every key, its default and where it goes.
package scenario

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"raftkv/sim/choice"
	"raftkv/sim/cluster"
)

// MaxBytes is the longest scenario file that is read.
const MaxBytes = 1 << 20

// Scenario is a world, and what is expected of its runs.
type Scenario struct {
	Name        string
	Description string
	Seed        *uint64 // nil where the file has none
	Cluster     cluster.Config
	ChecksOff   []string // names of judges switched off
	Expect      Expect
}

// Expect is what a run must show, besides that no judge convicts it.
type Expect struct {
	Result string // "pass" or "fail": whether a judge must convict
	Check  string // which judge, if Result is "fail"; "" for any

	MinAnsweredRatio choice.Ratio // answered requests among all
	MinLeaders       int          // elections won, at least
	MaxLeaders       int          // and at most; 0 for any number
}

// Load reads the scenario file at path. The error is an [*Error] for what the file says, or that of
// the operating system if the file cannot be read.
func Load(path string) (*Scenario, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, MaxBytes+1)) // Parse refuses one byte too many
	if err != nil {
		return nil, err
	}
	return Parse(path, data)
}

// Parse reads a scenario from what its file holds. The name is the file's: mistakes are told with
// it, and a scenario that names itself nothing else has its last element, without .toml. What the
// file leaves out has its default. The error, if any, is an [*Error] with all that is wrong, unless
// the file is no TOML: then it has the first place that is not.
func Parse(name string, data []byte) (*Scenario, error) {
	if len(data) > MaxBytes {
		text := fmt.Sprintf("the file is too long, want at most %d bytes", MaxBytes)
		return nil, &Error{Mistakes: []Mistake{mistake(name, place{1, 1}, text)}}
	}
	root, wrong := parseDocument(data)
	if wrong != nil {
		return nil, &Error{Mistakes: []Mistake{mistake(name, wrong.at, wrong.text)}}
	}
	r := reader{file: name, schema: schema, scenario: &Scenario{}}
	r.table(schema, root)
	if len(r.mistakes) > 0 {
		return nil, newError(r.mistakes)
	}
	if r.scenario.Name == "" {
		r.scenario.Name = strings.TrimSuffix(filepath.Base(name), ".toml")
	}
	return r.scenario, nil
}
