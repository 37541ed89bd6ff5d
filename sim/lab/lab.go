// Package lab is where a world and its judges meet: a scenario and a seed in, a [Result] out.
package lab

import (
	"raftkv/sim/check"
	"raftkv/sim/cluster"
	"raftkv/sim/history"
	"raftkv/sim/mark"
	"raftkv/sim/record"
	"raftkv/sim/scenario"
	"raftkv/sim/trace"
)

// Lab runs scenarios, one at a time, in one world that it uses again and again. A used lab gives
// what a new one gives. The zero value is ready.
type Lab struct {
	world    *cluster.Cluster
	judges   check.Judges
	tally    tally
	marks    mark.Watch
	patterns mark.Patterns
	hash     trace.Hash
	sink     record.Sink // of the caller, or nil

	history []history.Operation // of the last run that ended
}

// Run runs the scenario with the seed, and judges the run. Every record goes to sink too, unless
// that is nil.
func (l *Lab) Run(s *scenario.Scenario, seed uint64, sink record.Sink) Result {
	l.begin(s, sink)
	ending := l.runWorld(s, seed, l.observe)
	result := l.finish(s, seed, ending)
	l.leave(ending)
	return result
}

func (l *Lab) begin(s *scenario.Scenario, sink record.Sink) {
	l.judges.Reset(checksOff(s))
	l.judges.LimitSessions(s.Cluster.Server.Store.SessionsMax)
	excuse := s.Cluster.Excuse()
	l.judges.ExcuseLiveness(excuse.Why, excuse.Elections)
	l.tally = tally{}
	l.marks.Reset()
	l.patterns.Reset()
	l.hash = 0
	l.sink = sink
}

func (l *Lab) runWorld(s *scenario.Scenario, seed uint64, sink record.Sink) record.Ending {
	l.resetWorld(s, seed, sink)
	return l.world.Run()
}

func (l *Lab) resetWorld(s *scenario.Scenario, seed uint64, sink record.Sink) {
	if l.world == nil {
		l.world = new(cluster.Cluster)
	}
	l.world.Reset(&s.Cluster, seed, sink)
}

func (l *Lab) finish(s *scenario.Scenario, seed uint64, ending record.Ending) Result {
	l.history = l.world.History()
	l.judges.Finish(l.history)
	return l.result(s, seed, ending)
}

// leave leaves the world as it is, for the next run.
func (l *Lab) leave(ending record.Ending) {
	if ending == record.Broken {
		l.world = nil // torn in the middle of a step
	}
}

// History returns what the clients saw of the last run, in the order of their requests. It is the
// lab's own, until its next run.
func (l *Lab) History() []history.Operation { return l.history }

func (l *Lab) observe(r *record.Record) {
	l.hash = l.hash.Add(r)
	l.tally.add(r)
	l.marks.Observe(r)
	l.patterns.Observe(r)
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
// first result, and where the second run differs from it, or nil. Every record of the first goes to
// sink too, unless that is nil.
func Verify(s *scenario.Scenario, seed uint64, sink record.Sink) (Result, *trace.Difference) {
	var result *Result
	again := func(compare record.Sink) { new(Lab).Run(s, seed, compare) }
	first := func(compare record.Sink) {
		if result != nil {
			again(compare) // to show what a second run left
			return
		}
		told := new(Lab).Run(s, seed, func(r *record.Record) {
			compare(r)
			if sink != nil {
				sink(r)
			}
		})
		result = &told
	}
	difference, err := trace.Diff(trace.FromRun(first), trace.FromRun(again))
	if err != nil {
		panic("lab: " + err.Error()) // runs have no errors
	}
	return *result, difference
}
