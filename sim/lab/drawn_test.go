package lab

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"raftkv/sim/scenario"
)

// drawnSeeds is how many runs of chaos are run again as they were written down.
const drawnSeeds = 40

// TestWhatIsDrawnIsWrittenDown: the scenario in which all stands that a run has drawn, written to a
// file and read again, gives the same run.
func TestWhatIsDrawnIsWrittenDown(t *testing.T) {
	s := builtIn(t, "chaos")
	count := uint64(drawnSeeds)
	if testing.Short() {
		count = 5
	}
	var l Lab
	faults := 0
	for seed := uint64(1); seed <= count; seed++ {
		first := l.Run(s, seed, nil)
		text := l.Drawn(s, seed).TOML()
		drawn, err := scenario.Parse("chaos.toml", text)
		if err != nil {
			t.Fatalf("seed %d: %v\n%s", seed, err, text)
		}
		if drawn.Cluster.Draws() {
			t.Fatalf("seed %d leaves something to chance:\n%s", seed, text)
		}
		again := l.Run(drawn, seed, nil)
		if again.Hash != first.Hash || again.Events != first.Events {
			t.Fatalf("seed %d: %v with %d events, written down %v with %d",
				seed, first.Hash, first.Events, again.Hash, again.Events)
		}
		faults += len(drawn.Cluster.Faults)
	}
	if faults < 5*int(count) {
		t.Errorf("%d runs drew only %d faults", count, faults)
	}
}

// TestWhatIsDrawnInAnyWorldIsWrittenDown: in clusters of one server to seven, whatever the nemesis.
func TestWhatIsDrawnInAnyWorldIsWrittenDown(t *testing.T) {
	var l Lab
	faults, aimed := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		text := randomWorld(t)
		if !strings.Contains(text, "[nemesis]") {
			text += randomNemesis(t, text)
		}
		if rapid.Bool().Draw(t, "ranges") {
			text = replaceLine(text, "batch_max", "{min = 1, max = 9}")
			text = replaceLine(text, "inflight_max", "{min = 1, max = 3}")
			text = strings.Replace(text, "\nloss = ", "\nloss = {min = 0, max = 0.2} # ", 1)
			text = strings.Replace(text, "\nduplicate = ", "\nduplicate = {min = 0.1, max = 0.3} # ", 1)
		}
		s, err := scenario.Parse("any.toml", []byte(text))
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		seed := rapid.Uint64().Draw(t, "seed")
		first := l.Run(s, seed, nil)
		written := l.Drawn(s, seed).TOML()
		drawn, err := scenario.Parse("drawn.toml", written)
		if err != nil {
			t.Fatalf("seed %d: %v\n%s", seed, err, written)
		}
		if drawn.Cluster.Draws() {
			t.Fatalf("seed %d leaves something to chance:\n%s", seed, written)
		}
		again := l.Run(drawn, seed, nil)
		if again.Hash != first.Hash || again.Events != first.Events || again.Marks != first.Marks {
			t.Fatalf("seed %d: %v with %d events, written down %v with %d\n%s",
				seed, first.Hash, first.Events, again.Hash, again.Events, text)
		}
		for i := range drawn.Cluster.Faults[len(s.Cluster.Faults):] {
			faults++
			if f := drawn.Cluster.Faults[len(s.Cluster.Faults)+i]; f.SpareMajority || f.When.Server != 0 {
				aimed++
			}
		}
	})
	if faults < 200 || aimed == 0 {
		t.Errorf("%d faults were drawn, %d of them aimed", faults, aimed)
	}
}

// TestNothingDrawnIsTheSame: where nothing is left to chance, what is written down is what was read.
func TestNothingDrawnIsTheSame(t *testing.T) {
	s := builtIn(t, "partition")
	if drawn := new(Lab).Drawn(s, 1); drawn != s {
		t.Error("partition was drawn anew")
	}
}

// TestTheMostThatIsDrawnIsReadAgain: a nemesis that draws all that it may says so, and what is kept of
// its run is read, and gives the same run without it.
func TestTheMostThatIsDrawnIsReadAgain(t *testing.T) {
	s, err := scenario.Parse("fast.toml", []byte("num_nodes = 3\nduration = '21s'\n"+
		"[workload]\nrequests_per_client = 100000\n"+
		"[nemesis]\nevery = '2ms'\nlasts = '5ms'\nmax_down = 'any'\nkinds = {crash = 1, loss = 1}\n"))
	if err != nil {
		t.Fatal(err)
	}
	var l Lab
	first := l.Run(s, 3, nil)
	drawn := l.Drawn(s, 3)
	if first.NemesisSpent != len(drawn.Cluster.Faults) || first.NemesisSpent != 10_000 {
		t.Fatalf("%d faults are drawn, it stopped after %d", len(drawn.Cluster.Faults), first.NemesisSpent)
	}
	var verdict strings.Builder
	if err := first.WriteVerdict(&verdict, 0); err != nil {
		t.Fatal(err)
	}
	if want := "nemesis    it has drawn 10000 faults"; !strings.Contains(verdict.String(), want) {
		t.Errorf("%s, want %q in it", verdict.String(), want)
	}
	kept, err := scenario.Parse("drawn.toml", drawn.TOML())
	if err != nil {
		t.Fatal(err)
	}
	if again := l.Run(kept, 3, nil); again.Hash != first.Hash || again.NemesisSpent != 0 {
		t.Errorf("%v, kept and read again %v", first.Hash, again.Hash)
	}
}
