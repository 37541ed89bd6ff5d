package lab

import (
	"raftkv/sim/record"
	"raftkv/sim/scenario"
)

// Drawn returns the scenario in which all stands that its run of that seed draws: numbers in place
// of ranges, and in place of a nemesis the faults that it draws. With the same seed its run is the
// same, of the same hash. A scenario that leaves none of this to chance is returned itself.
func (l *Lab) Drawn(s *scenario.Scenario, seed uint64) *scenario.Scenario {
	if !s.Cluster.Draws() {
		return s
	}
	ending := l.runWorld(s, seed, func(*record.Record) {})
	drawn := *s
	drawn.Cluster = l.world.Drawn()
	l.leave(ending)
	return &drawn
}
