package cluster

import (
	"testing"

	"raftkv/sim/record"
	"raftkv/sim/vtime"
)

// mostAllocations is what a run may cost in a world that is used again: the values and commands of
// fifteen requests are 20 of them, and the rest is slack.
const mostAllocations = 30

func TestARunAllocatesLittle(t *testing.T) {
	var c Cluster
	config := defaultWorld()
	nobody := func(*record.Record) {}
	seed := uint64(0)
	if n := testing.AllocsPerRun(200, func() {
		seed++
		c.Reset(config, seed, nobody)
		c.Run()
	}); n > mostAllocations {
		t.Errorf("a run of the default world allocates %v times, want at most %d", n, mostAllocations)
	}
}

// What runs on without clients allocates nothing at all: events, messages and syncs are free.
func TestALongerRunAllocatesNoMore(t *testing.T) {
	cost := func(seconds vtime.Duration) float64 {
		var c Cluster
		config := defaultWorld(troubled, lasting(seconds*vtime.Second))
		nobody := func(*record.Record) {}
		return testing.AllocsPerRun(20, func() {
			c.Reset(config, 7, nobody)
			c.Run()
		})
	}
	if short, long := cost(1), cost(10); long > short+5 { // the runtime may add a few
		t.Errorf("one second allocates %v times, ten seconds %v", short, long)
	}
}

// BenchmarkRun is a whole run of the default world, with what one event costs.
func BenchmarkRun(b *testing.B) {
	var c Cluster
	config := defaultWorld()
	var events, records uint64
	nobody := func(*record.Record) { records++ }
	b.ReportAllocs()
	for seed := uint64(0); b.Loop(); seed++ {
		c.Reset(config, seed, nobody)
		c.Run()
		events += c.Event()
	}
	perEvent := float64(b.Elapsed().Nanoseconds()) / float64(events)
	b.ReportMetric(float64(events)/float64(b.N), "events/op")
	b.ReportMetric(float64(records)/float64(b.N), "records/op")
	b.ReportMetric(perEvent, "ns/event")
}
