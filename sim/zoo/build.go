package zoo

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// Program is the command, built from a source tree with a bug in it, or from the tree as it is.
type Program struct {
	root   string
	folder string // it is here, and what it leaves behind is
}

const programName = "sim.exe" // a name that each system takes for a program's

// Build builds the command with the bug in it; nil is none. The folder must be empty, and is the
// program's from then on. It needs the go tool.
func Build(root string, b *Bug, folder string) (Program, error) {
	p := Program{folder: folder}
	var err error
	if p.root, err = filepath.Abs(root); err != nil {
		return p, err
	}
	arguments := []string{"build", "-buildvcs=false", "-o", filepath.Join(folder, programName)}
	if b != nil {
		overlay, err := p.overlay(b)
		if err != nil {
			return p, fmt.Errorf("%s: %w", b.file(), err)
		}
		arguments = append(arguments, "-overlay", overlay)
	}
	build := exec.Command("go", append(arguments, "./sim")...)
	build.Dir = p.root
	if output, err := build.CombinedOutput(); err != nil {
		return p, fmt.Errorf("%s: it does not build: %w\n%s", b.file(), err, output)
	}
	return p, nil
}

// file is the path of the bug's file, from the top of the source tree.
func (b *Bug) file() string {
	if b == nil {
		return "the source tree"
	}
	return Folder + "/" + b.Name + extension
}

// overlay writes the changed files, and for the go tool which files they replace.
func (p Program) overlay(b *Bug) (file string, err error) {
	changed, err := b.apply(p.root)
	if err != nil {
		return "", err
	}
	var replace struct{ Replace map[string]string }
	replace.Replace = map[string]string{}
	for name, text := range changed {
		into := filepath.Join(p.folder, strings.ReplaceAll(name, "/", "-"))
		if err := os.WriteFile(into, []byte(text), 0o644); err != nil {
			return "", err
		}
		replace.Replace[filepath.Join(p.root, filepath.FromSlash(name))] = into
	}
	text, err := json.Marshal(replace)
	if err != nil {
		return "", err
	}
	file = filepath.Join(p.folder, "overlay.json")
	return file, os.WriteFile(file, text, 0o644)
}

// environment is that of this process, but for variables that would change what a run is.
func environment() []string {
	return slices.DeleteFunc(os.Environ(), func(variable string) bool {
		return strings.HasPrefix(variable, "SIM_")
	})
}
