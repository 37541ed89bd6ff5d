package zoo

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"raftkv/scenarios"
	"raftkv/sim/check"
	"raftkv/sim/spelling"
)

// document is a bug's file as it is written.
type document struct {
	About    string   `toml:"about"`
	Source   string   `toml:"source"`
	Rule     string   `toml:"rule"`
	Judges   []string `toml:"judges"`
	Scenario string   `toml:"scenario"`
	Seeds    int64    `toml:"seeds"`
	Changes  []struct {
		File        string  `toml:"file"`
		Text        string  `toml:"text"`
		Replacement *string `toml:"replacement"` // "" takes the text out
	} `toml:"change"`
}

// keys are what a file can say, keysOfChange what each [[change]] can.
var (
	keys         = []string{"about", "source", "rule", "judges", "scenario", "seeds", "change"}
	keysOfChange = []string{"file", "text", "replacement"}
)

// maxSeeds keeps a hunt within what a test can do.
const maxSeeds = 10_000

// mayBeWrong are the folders of what is judged. A bug elsewhere would be one of the world or of the
// judges, and prove nothing.
var mayBeWrong = []string{"raft", "kv", "sim/server", "sim/disk", "sim/client"}

// mistakes are what is wrong with files of bugs, a sentence each.
type mistakes []string

func (m *mistakes) note(file, format string, arguments ...any) {
	*m = append(*m, path.Join(Folder, file)+": "+fmt.Sprintf(format, arguments...))
}

func (m mistakes) err() error {
	if len(m) == 0 {
		return nil
	}
	return errors.New(strings.Join(m, "\n"))
}

// parse reads a bug's file and holds it against the source tree. A bug with a mistake is not to be
// used.
func parse(root, file string, data []byte, m *mistakes) (b Bug) {
	var d document
	decoder := toml.NewDecoder(bytes.NewReader(data)).DisallowUnknownFields()
	if err := decoder.Decode(&d); err != nil {
		noteSyntax(file, err, m)
		return b
	}
	b = Bug{About: d.About, Source: d.Source, Rule: d.Rule, Scenario: d.Scenario,
		Seeds: uint64(d.Seeds)}
	for _, c := range []struct{ key, text string }{
		{"about", d.About}, {"source", d.Source}, {"rule", d.Rule},
	} {
		if c.text == "" || strings.Contains(c.text, "\n") {
			m.note(file, "%s = %q, want a line", c.key, c.text)
		}
	}
	if d.Seeds < 1 || d.Seeds > maxSeeds {
		m.note(file, "seeds = %d, want 1 to %d", d.Seeds, maxSeeds)
	}
	b.Judges = judgesNamed(file, d.Judges, m)
	if _, known := scenarioFile(root, d.Scenario); !known {
		m.note(file, "scenario = %q, want a file in %s, or %s", d.Scenario, Folder,
			either(scenarios.Names()))
	}
	if len(d.Changes) == 0 {
		m.note(file, "it changes nothing, want a [[change]]")
	}
	sound := true
	for i, c := range d.Changes {
		if !canBeWrong(c.File) {
			m.note(file, "change %d: file = %q, want a Go file, not a test, in %s", i+1, c.File,
				either(mayBeWrong))
			sound = false
			continue
		}
		if c.Text == "" || c.Replacement == nil || c.Text == *c.Replacement {
			m.note(file, "change %d: want a text, and a replacement that differs from it", i+1)
			sound = false
			continue
		}
		b.Changes = append(b.Changes, Change{c.File, c.Text, *c.Replacement})
	}
	if sound {
		if _, err := b.apply(root); err != nil {
			m.note(file, "%v", err)
		}
	}
	return b
}

// noteSyntax notes what the TOML library says: keys that are unknown, values of another type.
func noteSyntax(file string, err error, m *mistakes) {
	var unknown *toml.StrictMissingError
	if errors.As(err, &unknown) {
		for _, e := range unknown.Errors {
			row, column := e.Position()
			key := e.Key()
			want, last := keys, key[len(key)-1]
			if len(key) > 1 {
				want = keysOfChange
			}
			m.note(fmt.Sprintf("%s:%d:%d", file, row, column), "unknown key %q, want %s%s", last,
				either(want), meant(last, want))
		}
		return
	}
	var wrong *toml.DecodeError
	if errors.As(err, &wrong) {
		row, column := wrong.Position()
		file = fmt.Sprintf("%s:%d:%d", file, row, column)
	}
	m.note(file, "%s", strings.TrimPrefix(err.Error(), "toml: "))
}

func judgesNamed(file string, names []string, m *mistakes) (judges []check.Check) {
	var all []string
	for _, c := range check.Checks() {
		all = append(all, c.String())
	}
	for _, name := range names {
		c, known := check.Named(name)
		if !known {
			m.note(file, "there is no judge %q, want %s%s", name, either(all), meant(name, all))
			continue
		}
		judges = append(judges, c)
	}
	if len(names) == 0 {
		m.note(file, "it names no judges, want those that may convict: %s", either(all))
	}
	return judges
}

// scenarioFile returns how the command knows a scenario: by the path of a file beside the bugs, or
// by the name of a built-in one; false if there is none.
func scenarioFile(root, name string) (string, bool) {
	if _, builtIn := scenarios.Read(name); builtIn {
		return name, true
	}
	if !filepath.IsLocal(name) || filepath.Ext(name) != extension {
		return "", false
	}
	file := filepath.Join(root, Folder, name)
	info, err := os.Stat(file)
	return file, err == nil && info.Mode().IsRegular()
}

func canBeWrong(file string) bool {
	return filepath.IsLocal(file) && slices.Contains(mayBeWrong, path.Dir(file)) &&
		strings.HasSuffix(file, ".go") && !strings.HasSuffix(file, "_test.go")
}

// meant tells which word was perhaps meant, if any.
func meant(word string, words []string) string {
	if near := spelling.Nearest(word, words); near != "" {
		return fmt.Sprintf(", did you mean %q?", near)
	}
	return ""
}

// either tells the words of which one is wanted.
func either(words []string) string {
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}
