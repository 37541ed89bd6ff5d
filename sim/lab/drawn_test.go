package lab

import (
	"testing"

	"raftkv/sim/scenario"
)

// drawnSeeds is how many runs of chaos are run again as they were written down.
const drawnSeeds = 100

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

// TestNothingDrawnIsTheSame: where nothing is left to chance, what is written down is what was read.
func TestNothingDrawnIsTheSame(t *testing.T) {
	s := builtIn(t, "partition")
	if drawn := new(Lab).Drawn(s, 1); drawn != s {
		t.Error("partition was drawn anew")
	}
}
