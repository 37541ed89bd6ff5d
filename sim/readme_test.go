package main

import (
	"bytes"
	"os"
	"strings"
	"testing"
)

// TestReadme runs the commands of the README's sessions, lines that begin with "$ ", and compares
// what they print with what stands below them. A line "..." stands for any number of lines.
func TestReadme(t *testing.T) {
	t.Chdir("..")
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	sessions := 0
	for _, block := range fenced(string(text)) {
		if rest, ok := strings.CutPrefix(block, "$ "); ok {
			sessions++
			command, want, _ := strings.Cut(rest, "\n")
			compareSession(t, command, want)
		}
	}
	if sessions == 0 {
		t.Error("the README has no session")
	}
}

// TestReadmeSetUp: the two commands that a newcomer needs are there, and the main job is one of them.
func TestReadmeSetUp(t *testing.T) {
	text, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := strings.Join(fenced(string(text)), "\n")
	for _, command := range []string{
		"go run ./sim -scenario scenarios/default.toml -seed 42\n", "go test ./...\n",
	} {
		if !strings.Contains(blocks, command) {
			t.Errorf("the README has no %q", command)
		}
	}
}

// fenced returns the fenced blocks of a text in Markdown.
func fenced(text string) []string {
	var blocks []string
	for i, part := range strings.Split(text, "```") {
		if i%2 == 1 {
			_, block, _ := strings.Cut(part, "\n")
			blocks = append(blocks, block)
		}
	}
	return blocks
}

func compareSession(t *testing.T, command, want string) {
	t.Helper()
	arguments, ok := strings.CutPrefix(command, "go run ./sim")
	if !ok {
		t.Fatalf("the README runs %q, want go run ./sim", command)
	}
	var stdout, stderr bytes.Buffer
	if code := sim(&shell{stdout: &stdout, stderr: &stderr}, strings.Fields(arguments)); code != exitPass {
		stdout.Write(stderr.Bytes())
	}
	if !matches(strings.Split(stdout.String(), "\n"), strings.Split(want, "\n")) {
		t.Errorf("%s prints\n%s%s, the README says\n%s", command, &stdout, &stderr, want)
	}
}

// matches tells whether the lines are those wanted, in which "..." stands for any number of lines.
func matches(lines, want []string) bool {
	switch {
	case len(want) == 0:
		return len(lines) == 0
	case want[0] == "...":
		for skip := range len(lines) + 1 {
			if matches(lines[skip:], want[1:]) {
				return true
			}
		}
		return false
	}
	return len(lines) > 0 && lines[0] == want[0] && matches(lines[1:], want[1:])
}
