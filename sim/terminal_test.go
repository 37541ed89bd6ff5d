package main

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
)

// sequences are what colours a terminal.
var sequences = regexp.MustCompile("\x1b\\[[0-9;]*m")

func output(t *testing.T, sh shell, args string) string {
	t.Helper()
	var stdout bytes.Buffer
	sh.stdout, sh.stderr = &stdout, new(bytes.Buffer)
	if code := sim(&sh, strings.Fields(args)); code != exitPass {
		t.Fatalf("sim %s: exit code %d", args, code)
	}
	return stdout.String()
}

// TestColoursAreAllThatATerminalAdds: without them the text is that of a pipe.
func TestColoursAreAllThatATerminalAdds(t *testing.T) {
	const args = "-scenario leader-crash -seed 3"
	plain := output(t, shell{}, args)
	coloured := output(t, shell{width: 200, colour: true}, args)
	if !strings.Contains(coloured, "\x1b[") {
		t.Error("a terminal gets no colours")
	}
	if sequences.ReplaceAllString(coloured, "") != plain {
		t.Error("on a terminal the text is another one")
	}
	if without := output(t, shell{width: 200}, args); without != plain {
		t.Error("with NO_COLOR the output is not that of a pipe")
	}
}

// TestNarrowTerminals: lines are wrapped, and nothing is lost.
func TestNarrowTerminals(t *testing.T) {
	const args = "-scenario leader-crash -seed 3"
	const width = 60
	narrow := output(t, shell{width: width}, args)
	story, _, _ := strings.Cut(narrow, "\n\n")
	for line := range strings.Lines(story) {
		if len(strings.TrimSuffix(line, "\n")) > width {
			t.Errorf("%q is wider than %d columns", line, width)
		}
	}
	words := func(text string) string { return strings.Join(strings.Fields(text), " ") }
	if words(narrow) != words(output(t, shell{}, args)) {
		t.Error("on a narrow terminal some of the story is lost")
	}
}

func TestNoColour(t *testing.T) {
	for environment, want := range map[string]bool{
		"TERM=xterm": true, "NO_COLOR=": true, "NO_COLOR=1": false, "TERM=dumb": false,
	} {
		sh := shell{environment: []string{"HOME=/", environment}}
		if got := sh.wantsColour(); got != want {
			t.Errorf("%s: colour is %v, want %v", environment, got, want)
		}
	}
}
