package scenario

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"raftkv/raft"
	"raftkv/sim/fault"
	"raftkv/sim/record"
)

// The file in which a run is kept is never too long to be read: what its nemesis draws is as short as
// [Scenario.keptBytes] takes it to be, in the largest cluster.
func TestADrawnFaultIsShort(t *testing.T) {
	longest := 0
	rapid.Check(t, func(t *rapid.T) {
		plan := Scenario{}
		s, err := Parse("f", []byte("[nemesis]\nmax_down = 'any'\nlasts = '16666.666666667m'\nevery = '1ns'\n"))
		if err != nil {
			t.Fatal(err)
		}
		seen := rapid.Uint32Range(0, 1<<31).Draw(t, "seen")
		situation := fault.Situation{
			View: fault.View{Members: raft.Servers(raft.MaxServers), Leader: raft.MaxServers},
			Seen: func(record.Kind, raft.ServerID) uint32 { return seen },
		}
		var n fault.Nemesis
		n.Reset(s.Cluster.Nemesis, rapid.Uint64().Draw(t, "seed"))
		empty := len(plan.TOML())
		for range 100 {
			for _, f := range n.Draw(nil, &situation) {
				plan.Cluster.Faults = []fault.Fault{f}
				bytes := len(plan.TOML()) - empty
				if longest = max(longest, bytes); bytes > drawnBytes {
					t.Fatalf("%v takes %d bytes, want at most %d", &f, bytes, drawnBytes)
				}
			}
		}
	})
	if longest < drawnBytes/3 {
		t.Errorf("the longest takes %d bytes", longest)
	}
}

// A short scenario can be long with every value said: it is refused before anything is kept of it.
func TestAScenarioThatCannotBeKeptIsRefused(t *testing.T) {
	dir := t.TempDir()
	data := strings.Repeat("1.000000001s\n", 10_000)
	if err := os.WriteFile(filepath.Join(dir, "spans.txt"), []byte(data), 0o600); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "s.toml")
	load := func(count int) (Resolved, error) {
		text := strings.Repeat("[[fault]]\nat = '1s'\ndo = 'slow_disk'\nnode = 'n1'\n"+
			"by = {dist = 'empirical', file = 'spans.txt'}\n", count)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return Load(path)
	}
	few, err := load(90)
	if err != nil {
		t.Fatal(err)
	}
	kept := few.TOML()
	if again, err := Parse("kept.toml", kept); err != nil || string(again.TOML()) != string(kept) {
		t.Errorf("%d bytes are not read again as they are: %v", len(kept), err)
	}
	if _, err = load(120); err == nil || !strings.Contains(err.Error(), "s.toml:1:1: with every value said") {
		t.Errorf("120 measurements give %v", err)
	}
}

// As many faults as a scenario may have, and no more; a nemesis needs room for its own.
func TestHowManyFaults(t *testing.T) {
	for _, test := range []struct {
		text  string
		count int
		want  string
	}{
		{"", tablesMax, ""},
		{"", tablesMax + 1, "want at most 20000 of [[fault]]"},
		{"[nemesis]\n", fault.DrawnMax, ""},
		{"[nemesis]\n", fault.DrawnMax + 1, "f:1:1: 10001 faults beside a nemesis, want at most 10000"},
	} {
		text := test.text + strings.Repeat("[[fault]]\nat = '1s'\ndo = 'heal'\n", test.count)
		_, err := Parse("f", []byte(text))
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s%d faults: %v, want %q", test.text, test.count, err, test.want)
		}
	}
}
