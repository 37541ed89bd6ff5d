// Package scenario reads scenario files: TOML in, a [Scenario] out, or errors that say where in the
// file something is wrong, what would be right, and what was perhaps meant.
//
// Start reading at the schema, in schema.go: it names every key, its default and where it goes.
package scenario

import (
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"

	"raftkv/sim/choice"
	"raftkv/sim/cluster"
	"raftkv/sim/fault"
	"raftkv/sim/mark"
)

// MaxBytes is the longest scenario file that is read. No scenario is longer either, once it was
// read, with every value said, a seed, and all that its run can draw: what is kept of a run can be
// read again.
const MaxBytes = 16 << 20

// drawnBytes is the most that a fault takes which a nemesis draws.
const drawnBytes = 1 << 10

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

	AtLeast []MarkTimes // how often the run must show marks, in their order, each once
	AtMost  []MarkTimes // and how often it may, likewise

	// Sometimes is what must occur in some run of a sweep. A single run passes without.
	Sometimes []mark.Mark
}

// MarkTimes is a mark, and how often it is to occur.
type MarkTimes struct {
	Mark  mark.Mark
	Times uint64
}

// checked tells whether the check of that name is on.
func (s *Scenario) checked(name string) bool { return !slices.Contains(s.ChecksOff, name) }

// Input is a scenario file, and what is set besides it.
type Input struct {
	// Name is the file's: mistakes are told with it, files that the scenario names are sought in
	// its folder, and a scenario without a name has its last element, without .toml and what no
	// title can have.
	Name string
	Data []byte
	// Set is carried out in its order: a later assignment goes before an earlier one.
	Set []Assignment
	// Open returns what a file that the scenario names holds; nil if none can be read.
	Open func(path string) ([]byte, error)
}

// Resolved is a scenario in which every key has a value, and knows where from.
type Resolved struct {
	*Scenario
	root *node
}

// Read reads a scenario. What the input leaves out has its default. The error, if any, is an
// [*Error] with all that is wrong.
func Read(in Input) (Resolved, error) {
	file := &source{name: in.Name, folder: filepath.Dir(in.Name)}
	if len(in.Data) > MaxBytes {
		text := fmt.Sprintf("the file has more than %d bytes, want at most so many", MaxBytes)
		return Resolved{}, newError([]Mistake{mistake(place{file, 1, 1}, text)})
	}
	root, slips, whole := parseFile(file, in.Data)
	r := reader{scenario: &Scenario{}, open: in.Open, top: formOf(schema).members,
		shapes: distributions}
	if whole {
		for i, a := range in.Set {
			r.assign(root, a, i+1)
		}
	}
	if root != nil {
		readTable(&r, schema, root, r.scenario)
		r.checkSettle(root)
	}
	if mistakes := r.weigh(slips, whole); len(mistakes) > 0 {
		return Resolved{}, newError(mistakes)
	}
	if r.scenario.Name == "" {
		r.scenario.Name = titleOf(in.Name)
	}
	if text := r.scenario.tooMuch(); text != "" {
		return Resolved{}, newError([]Mistake{mistake(place{file, 1, 1}, text)})
	}
	return Resolved{r.scenario, root}, nil
}

// tooMuch says why the file in which a run of the scenario is kept might not be read again; "" if
// nothing stands against that.
func (s *Scenario) tooMuch() string {
	if own := len(s.Cluster.Faults); s.Cluster.Nemesis != nil && own > tablesMax-fault.DrawnMax {
		return fmt.Sprintf("%d faults beside a nemesis, want at most %d", own,
			tablesMax-fault.DrawnMax)
	}
	if kept := s.keptBytes(); kept > MaxBytes {
		return fmt.Sprintf("with every value said, and what its run draws, the file may have %d "+
			"bytes, want at most %d", kept, MaxBytes)
	}
	return ""
}

// keptBytes is how long the file can be in which a run of the scenario is kept.
func (s *Scenario) keptBytes() int {
	seeded, seed := *s, uint64(math.MaxUint64)
	seeded.Seed = &seed
	bytes := len(seeded.TOML())
	if s.Cluster.Nemesis != nil {
		bytes += fault.DrawnMax * drawnBytes
	}
	return bytes
}

// Parse reads a scenario from what its file holds, as [Read] does.
func Parse(name string, data []byte) (*Scenario, error) {
	r, err := Read(Input{Name: name, Data: data})
	return r.Scenario, err
}

// Load reads the scenario file at path, and the files that it names. The error is an [*Error] for
// what the file says, or that of the operating system if the file cannot be read.
func Load(path string, set ...Assignment) (Resolved, error) {
	data, err := readFile(path)
	if err != nil {
		return Resolved{}, err
	}
	return Read(Input{Name: path, Data: data, Set: set, Open: readFile})
}

// readFile returns what a file holds, or, if it is too long, one byte more than is allowed.
func readFile(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, MaxBytes+1))
}
