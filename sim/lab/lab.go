// Package lab is where a world and its judges meet: a scenario and a seed in, a [Result] out.
package lab

import (
	"raftkv/sim/check"
	"raftkv/sim/cluster"
	"raftkv/sim/record"
	"raftkv/sim/scenario"
	"raftkv/sim/trace"
)

// Lab runs scenarios, one at a time, in one world that it uses again and again. A used lab gives
// what a new one gives. The zero value is ready.
type Lab struct {
	world  *cluster.Cluster
	judges check.Judges
	tally  tally
	hash   trace.Hash
	sink   record.Sink // of the caller, or nil
}

// Run runs the scenario with the seed, and judges the run. Every record goes to sink too, unless
// that is nil.
func (l *Lab) Run(s *scenario.Scenario, seed uint64, sink record.Sink) Result {
	l.judges.Reset(checksOff(s))
	l.tally = tally{}
	l.hash = 0
	l.sink = sink
	ending := l.runWorld(s, seed, l.observe)
	l.judges.Finish(l.world.History())
	result := l.result(s, seed, ending)
	if ending == record.Broken {
		l.world = nil // torn in the middle of a step
	}
	return result
}

func (l *Lab) runWorld(s *scenario.Scenario, seed uint64, sink record.Sink) record.Ending {
	if l.world == nil {
		l.world = new(cluster.Cluster)
	}
	l.world.Reset(&s.Cluster, seed, sink)
	return l.world.Run()
}

func (l *Lab) observe(r *record.Record) {
	l.hash = l.hash.Add(r)
	l.tally.add(r)
	l.judges.Observe(r)
	if l.sink != nil {
		l.sink(r)
	}
}

func checksOff(s *scenario.Scenario) check.Set {
	var off check.Set
	for _, name := range s.ChecksOff {
		c, known := check.Named(name)
		if !known {
			panic("lab: no check is called " + name)
		}
		off = off.With(c)
	}
	return off
}

// Verify runs the scenario twice with the seed, the second time in a new world, and returns the
// first result, and the first record in which the second run differs, or nil.
func Verify(s *scenario.Scenario, seed uint64, sink record.Sink) (Result, *trace.Difference) {
	var comparison trace.Comparison
	result := new(Lab).Run(s, seed, func(r *record.Record) {
		comparison.Observe(r)
		if sink != nil {
			sink(r)
		}
	})
	comparison.Again()
	new(Lab).Run(s, seed, comparison.Observe)
	return result, comparison.Difference()
}
