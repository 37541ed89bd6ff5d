package zoo

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"raftkv/sim/check"
)

// sound is a bug's file without a mistake, in the tree of plant.
const sound = `about = "the answer is wrong"
source = "nowhere"
rule = "§5.2"
judges = ["vote_once", "election_safety"]
scenario = "hunts/calm.toml"
seeds = 7

[[change]]
file = "raft/answer.go"
text = "42"
replacement = "41"
`

// plant makes a source tree with one bug in it.
func plant(t *testing.T, bug string) (root string) {
	t.Helper()
	root = t.TempDir()
	for name, text := range map[string]string{
		"raft/answer.go":                "package raft\n\nconst answer, other = 42, 7 + 7\n",
		"raft/answer_test.go":           "package raft\n",
		"sim/check/judge.go":            "package check // 42\n",
		"testdata/zoo/bug.toml":         bug,
		"testdata/zoo/hunts/calm.toml":  "",
		"testdata/zoo/hunts/notes.text": "",
		"testdata/zoo/hunts/old.toml/x": "",
	} {
		file := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func TestABugIsRead(t *testing.T) {
	root := plant(t, sound)
	bugs, err := Read(root)
	if err != nil || len(bugs) != 1 {
		t.Fatalf("read %d bugs, %v", len(bugs), err)
	}
	b := bugs[0]
	if b.Name != "bug" || b.About != "the answer is wrong" || b.Source != "nowhere" ||
		b.Rule != "§5.2" || b.Scenario != "hunts/calm.toml" || b.Seeds != 7 ||
		!slices.Equal(b.Judges, []check.Check{check.VoteOnce, check.ElectionSafety}) ||
		!slices.Equal(b.Changes, []Change{{"raft/answer.go", "42", "41"}}) {
		t.Errorf("read %+v", b)
	}
}

// Every mistake is told in a line that names the file and what would be right.
func TestMistakes(t *testing.T) {
	for name, c := range map[string]struct{ from, to, want string }{
		"the text is gone": {`"42"`, `"43"`,
			"testdata/zoo/bug.toml: change 1: its text does not stand in raft/answer.go; if the source " +
				"was changed, take the text anew from there, with its tabs"},
		"the text is there twice": {`"42"`, `"7"`,
			"testdata/zoo/bug.toml: change 1: its text stands 2 times in raft/answer.go, want it once: " +
				"take more of the lines around it"},
		"no text":                {`"42"`, `""`, "change 1: want a text, and a replacement that differs"},
		"no replacement":         {`replacement = "41"`, ``, "change 1: want a text, and a replacement"},
		"nothing is changed":     {`"41"`, `"42"`, "change 1: want a text, and a replacement that differs"},
		"no such file":           {"raft/answer.go", "raft/gone.go", "change 1: there is no file raft/gone.go"},
		"a file of the judges":   {"raft/answer.go", "sim/check/judge.go", `want a Go file, not a test, in raft`},
		"a test":                 {"raft/answer.go", "raft/answer_test.go", `file = "raft/answer_test.go", want`},
		"a file elsewhere":       {"raft/answer.go", "raft/../../x.go", `file = "raft/../../x.go", want`},
		"no change":              {sound[strings.Index(sound, "[["):], "", "it changes nothing, want a [[change]]"},
		"an unknown judge":       {"vote_once", "vote_twice", `there is no judge "vote_twice", want election_safety,`},
		"a judge's name, nearly": {"vote_once", "vote_ones", `did you mean "vote_once"?`},
		"no judge":               {`"vote_once", "election_safety"`, ``, "it names no judges, want those"},
		"no such scenario": {"hunts/calm.toml", "hunts/calmer.toml",
			`scenario = "hunts/calmer.toml", want a file in testdata/zoo, or `},
		"a scenario elsewhere":  {"hunts/calm.toml", "../../x.toml", `scenario = "../../x.toml", want`},
		"a folder":              {"hunts/calm.toml", "hunts/old.toml", `scenario = "hunts/old.toml", want`},
		"no scenario at all":    {"hunts/calm.toml", "hunts/notes.text", `scenario = "hunts/notes.text", want`},
		"no seeds":              {"seeds = 7", "seeds = 0", "seeds = 0, want 1 to 10000"},
		"too many seeds":        {"seeds = 7", "seeds = 10001", "seeds = 10001, want 1 to 10000"},
		"fewer than none":       {"seeds = 7", "seeds = -1", "seeds = -1, want 1 to 10000"},
		"nothing about it":      {"the answer is wrong", "", `about = "", want a line`},
		"too much about it":     {"the answer is wrong", `a\nb`, `about = "a\nb", want a line`},
		"an unknown key":        {"judges", "judge", `bug.toml:4:1: unknown key "judge", want about,`},
		"which was meant":       {"judges", "judge", `did you mean "judges"?`},
		"one of a change":       {"replacement", "replace", `bug.toml:11:1: unknown key "replace", want file, text`},
		"a value of other type": {"seeds = 7", `seeds = "7"`, "testdata/zoo/bug.toml:6:9: "},
		"no TOML":               {"seeds = 7", `seeds =`, "testdata/zoo/bug.toml:6:8: "},
	} {
		t.Run(name, func(t *testing.T) {
			wrong := strings.Replace(sound, c.from, c.to, 1)
			if wrong == sound {
				t.Fatalf("%q is not in the file", c.from)
			}
			_, err := Read(plant(t, wrong))
			if err == nil {
				t.Fatal("it was read without an error")
			}
			if !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), Folder+"/bug.toml") {
				t.Errorf("the error is\n\t%v\nwant in it\n\t%s", err, c.want)
			}
		})
	}
}

// All mistakes are told at once, and a tree without bugs is no zoo.
func TestAllMistakesAreTold(t *testing.T) {
	wrong := strings.NewReplacer("vote_once", "x", "seeds = 7", "seeds = 0", `"42"`, `"43"`).Replace(sound)
	_, err := Read(plant(t, wrong))
	if err == nil || strings.Count(err.Error(), "\n") != 2 {
		t.Errorf("the error is %v, want three lines", err)
	}
	if _, err := Read(t.TempDir()); err == nil || !strings.Contains(err.Error(), "has no bugs") {
		t.Errorf("a folder without bugs: %v", err)
	}
}

// A change sees what those before it have done.
func TestChangesAreMadeInTheirOrder(t *testing.T) {
	root := plant(t, sound)
	b := Bug{Changes: []Change{
		{"raft/answer.go", "42", "41"},
		{"raft/answer.go", "41, 7", "41, 6"},
	}}
	changed, err := b.apply(root)
	if want := "package raft\n\nconst answer, other = 41, 6 + 7\n"; err != nil ||
		changed["raft/answer.go"] != want || len(changed) != 1 {
		t.Errorf("changed %q, %v", changed, err)
	}
}
