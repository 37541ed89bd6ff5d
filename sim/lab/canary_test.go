package lab

import (
	"testing"

	"raftkv/sim/check"
	"raftkv/sim/record"
)

// TestTheCanaryDies: where disks lie, a power loss takes what was promised, and a judge must say so
// with every seed; where they do not, the same power loss harms nothing.
func TestTheCanaryDies(t *testing.T) {
	const seeds = 200
	lying, honest := builtIn(t, "canary"), builtIn(t, "canary")
	honest.Cluster.Server.Disk.LieSync = 0
	honest.Expect.Result = "pass"
	var l Lab
	acknowledged := 0
	for seed := uint64(1); seed <= seeds; seed++ {
		r := l.Run(lying, seed, nil)
		if r.Status != Pass || r.Violation == nil {
			t.Fatalf("seed %d: %s, nobody convicts disks that lie", seed, r.Status)
		}
		if l.judges.Status(check.Acknowledged) == check.Violated {
			acknowledged++
		}
		restarts := 0
		r = l.Run(honest, seed, func(what *record.Record) {
			if what.Kind == record.Restarted && what.Index > 0 {
				restarts++
			}
		})
		if r.Status != Pass || r.Violation != nil {
			t.Fatalf("seed %d: %s %+v, though no disk lies", seed, r.Status, r.Violation)
		}
		if restarts != 3 {
			t.Fatalf("seed %d: %d servers come back with a log, want 3", seed, restarts)
		}
	}
	// An answer that is gone is the harm that a client sees.
	if acknowledged < seeds/2 {
		t.Errorf("answers are gone in %d of %d runs only", acknowledged, seeds)
	}
}
