package lab

import (
	"fmt"
	"testing"

	"raftkv/sim/record"
	"raftkv/sim/scenario"
)

// BenchmarkDefault is a whole run of the default scenario, judged, in a world used before.
func BenchmarkDefault(b *testing.B) { benchmark(b, builtIn(b, "default")) }

// BenchmarkLeaderCrash is a longer run, with two crashes.
func BenchmarkLeaderCrash(b *testing.B) { benchmark(b, builtIn(b, "leader-crash")) }

// BenchmarkPartition is a longer run, with a partition.
func BenchmarkPartition(b *testing.B) { benchmark(b, builtIn(b, "partition")) }

func benchmark(b *testing.B, s *scenario.Scenario) {
	var l Lab
	var events uint64
	var simulated int64
	b.ReportAllocs()
	for i := range b.N {
		r := l.Run(s, uint64(i), nil)
		if r.Status != Pass {
			b.Fatalf("seed %d: %s", i, r.Status)
		}
		events += r.Events
		simulated += int64(r.Simulated)
	}
	elapsed := float64(b.Elapsed().Nanoseconds())
	b.ReportMetric(elapsed/float64(events), "ns/event")
	b.ReportMetric(float64(simulated)/elapsed, "sim-s/s")
	b.ReportMetric(float64(events)/float64(b.N), "events/op")
}

// BenchmarkLoopAllocations reports what the event loop itself allocates, without judges: most of it
// is the commands and values that clients make up.
func BenchmarkLoopAllocations(b *testing.B) {
	s := builtIn(b, "default")
	var l Lab
	events := l.Run(s, 42, nil).Events
	run := func() { l.runWorld(s, 42, func(*record.Record) {}) }
	b.ReportMetric(testing.AllocsPerRun(100, run)/float64(events), "allocs/event")
	for range b.N {
		run()
	}
}

// BenchmarkNemesis is runs of a nemesis that draws a fault every two milliseconds, for as long as the
// name says: twice the time takes twice as long.
func BenchmarkNemesis(b *testing.B) {
	for _, seconds := range []int{5, 10, 20} {
		b.Run(fmt.Sprint(seconds, "s"), func(b *testing.B) {
			text := fmt.Sprintf("duration = '%ds'\n[workload]\nrequests_per_client = 100000\n"+
				"[nemesis]\nevery = '2ms'\nlasts = '50ms'\n", seconds)
			s, err := scenario.Parse("fast.toml", []byte(text))
			if err != nil {
				b.Fatal(err)
			}
			var l Lab
			for b.Loop() {
				l.Run(s, 3, nil)
			}
			perSecond := float64(b.Elapsed().Milliseconds()) / float64(b.N*seconds)
			b.ReportMetric(perSecond, "ms/sim-s")
		})
	}
}
