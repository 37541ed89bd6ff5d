// Package zoo keeps bugs that Rafts have had, put back into this one on purpose: proof that the
// judges see them. A bug is a file in testdata/zoo that says which text of the source to replace.
// The go tool builds the command with the replacement in the place of the file (-overlay), so that
// neither the source nor the command has a switch for any bug. Then seeds are run until a judge
// convicts.
//
// Start reading at [Bug]:
//
//	zoo.go    what a bug is
//	file.go   bugs from their files, and what can be wrong there
//	build.go  the command with a bug in it
//	hunt.go   seeds, until a judge convicts
//	table.go  what the README says of them
package zoo

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"raftkv/sim/check"
)

// Bug is one way in which the source can be wrong, and what is claimed of it.
type Bug struct {
	Name     string
	About    string        // what goes wrong, in a sentence without a full stop
	Source   string        // where it has happened
	Rule     string        // what it breaks: a section of the paper or the thesis, a promise
	Judges   []check.Check // those that may convict it; one of them must
	Scenario string        // in which it is hunted: a built-in one, or a file beside the bug's
	Seeds    uint64        // from the first one on, within how many it must be found
	Changes  []Change
}

// Change is a piece of one file, as it stands there exactly once, and what to put in its place.
type Change struct {
	File        string // from the top of the source tree, with slashes
	Text        string
	Replacement string
}

// Folder is where the bugs of a source tree are.
const Folder = "testdata/zoo"

// extension is that of the files of bugs, and of scenarios.
const extension = ".toml"

// Read returns the bugs of the source tree at root, sorted by name. The error tells every mistake
// in their files, a line each.
func Read(root string) ([]Bug, error) {
	files, err := filepath.Glob(filepath.Join(root, Folder, "*"+extension))
	if err != nil {
		return nil, err
	}
	slices.Sort(files)
	var bugs []Bug
	var mistakes mistakes
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		name := filepath.Base(file)
		b := parse(root, name, data, &mistakes)
		b.Name = strings.TrimSuffix(name, extension)
		bugs = append(bugs, b)
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("zoo: %s has no bugs, want the top of the source tree", root)
	}
	return bugs, mistakes.err()
}

// apply returns the source tree's files with the bug in them, by their paths from the root. The
// error says which text does not stand exactly once where it should.
func (b *Bug) apply(root string) (map[string]string, error) {
	changed := map[string]string{}
	for i, c := range b.Changes {
		text, known := changed[c.File]
		if !known {
			data, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(c.File)))
			if err != nil {
				return nil, fmt.Errorf("change %d: there is no file %s", i+1, c.File)
			}
			text = string(data)
		}
		switch n := strings.Count(text, c.Text); {
		case n == 0:
			return nil, fmt.Errorf("change %d: its text does not stand in %s; if the source was "+
				"changed, take the text anew from there, with its tabs", i+1, c.File)
		case n > 1:
			return nil, fmt.Errorf("change %d: its text stands %d times in %s, want it once: take "+
				"more of the lines around it", i+1, n, c.File)
		}
		changed[c.File] = strings.Replace(text, c.Text, c.Replacement, 1)
	}
	return changed, nil
}
