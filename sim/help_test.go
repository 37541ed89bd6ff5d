package main

import (
	"bytes"
	"strings"
	"testing"
)

// A screen of the oldest kind.
const screenLines, screenColumns = 24, 80

// TestHelpFitsAScreen: and begins with the line that people came for.
func TestHelpFitsAScreen(t *testing.T) {
	lines := strings.Split(strings.TrimSuffix(overview, "\n"), "\n")
	if len(lines) > screenLines {
		t.Errorf("sim help has %d lines, want at most %d", len(lines), screenLines)
	}
	for _, line := range lines {
		if len(line) > screenColumns {
			t.Errorf("%q is wider than %d columns", line, screenColumns)
		}
	}
	if want := "sim -scenario scenarios/default.toml -seed 42"; strings.TrimSpace(lines[0]) != want {
		t.Errorf("sim help begins with %q, want %q", lines[0], want)
	}
	for _, name := range commandNames() {
		if !strings.Contains(overview, "\n    "+name+" ") {
			t.Errorf("sim help does not tell of %s", name)
		}
	}
}

// TestHelpTellsEveryFlag: whatever a command takes, its help says so, and nothing else.
func TestHelpTellsEveryFlag(t *testing.T) {
	for _, c := range commands {
		text := usageOf(c.name)
		if text == overview {
			t.Errorf("there is no help on %s", c.name)
		}
		for line := range strings.Lines(text) {
			if len([]rune(strings.TrimSuffix(line, "\n"))) > 100 {
				t.Errorf("%q is wider than 100 columns", line)
			}
		}
		told := map[string]bool{}
		for word := range strings.FieldsSeq(text) {
			if name, ok := strings.CutPrefix(strings.TrimRight(word, ",;:"), "-"); ok && name != "" {
				told[name] = true
			}
		}
		names := flagsOf(c.run)
		if c.name == "run" && len(names) < 9 {
			t.Errorf("the flags of run are %q", names)
		}
		for _, name := range names {
			if !told[name] {
				t.Errorf("the help on %s does not tell of -%s", c.name, name)
			}
		}
	}
}

// flagsOf asks a command for its flags, by way of one that it does not have.
func flagsOf(run func(*shell, []string) int) (names []string) {
	var stderr bytes.Buffer
	run(&shell{stdout: new(bytes.Buffer), stderr: &stderr}, []string{"-no-such-flag"})
	_, list, _ := strings.Cut(stderr.String(), ", want ")
	for word := range strings.FieldsSeq(list) {
		if name, ok := strings.CutPrefix(strings.TrimRight(word, ",;"), "-"); ok {
			names = append(names, name)
		}
	}
	return names
}
