package scenarios_test

import (
	"slices"
	"strings"
	"testing"

	"raftkv/scenarios"
)

func TestNames(t *testing.T) {
	want := []string{
		"bounded-proposals", "bridge", "canary", "chaos", "clock-drift", "cold-start", "deaf-server", "default",
		"disk-stall-leader", "disruptive-server", "even-cluster", "flaky-network", "frozen-core",
		"large-cluster", "leader-crash", "lease-drift", "long-tail", "mixed-options", "no-timers",
		"one-way-cut", "partition", "paused-leader", "poor-log", "power-loss", "reads-in-turn", "retries",
		"rolling-restart", "slow-follower",
		"split-brain", "stale-read", "swizzle", "transfer-under-load", "wan",
	}
	if got := scenarios.Names(); !slices.Equal(got, want) {
		t.Errorf("names are %q, want %q", got, want)
	}
}

func TestReadGivesEachFileAndNoOther(t *testing.T) {
	for _, name := range scenarios.Names() {
		data, ok := scenarios.Read(name)
		if !ok {
			t.Errorf("no scenario %q", name)
		}
		first, _, _ := strings.Cut(string(data), "\n")
		if !strings.HasPrefix(first, "# ") {
			t.Errorf("%s begins with %q, want a comment that says what it shows", name, first)
		}
	}
	for _, name := range []string{"", "Default", "default.toml", "../scenarios/default"} {
		if _, ok := scenarios.Read(name); ok {
			t.Errorf("there is a scenario %q", name)
		}
	}
}

func TestDefaultIsTwoKeys(t *testing.T) {
	data, _ := scenarios.Read("default")
	_, rest, _ := strings.Cut(string(data), "\n")
	if want := "num_nodes = 5\nnum_clients = 3\n"; rest != want {
		t.Errorf("default.toml holds %q after its comment, want %q", rest, want)
	}
}

// Every run of the embedding hands out bytes of its own, as its contract says.
func TestReadGivesTheCallerItsOwnBytes(t *testing.T) {
	first, _ := scenarios.Read("default")
	clear(first)
	second, _ := scenarios.Read("default")
	if slices.Equal(first, second) {
		t.Error("writing to what Read gave changed the scenario")
	}
}
