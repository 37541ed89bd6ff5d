package lab

import (
	"strconv"

	"raftkv/sim/check"
	"raftkv/sim/cluster"
	"raftkv/sim/moment"
	"raftkv/sim/record"
	"raftkv/sim/scenario"
	"raftkv/sim/vtime"
)

// Stop says where a run is to stop before its end. The zero Stop is nowhere.
type Stop = cluster.Stop

// AfterEvent returns the stop after all that belongs to the event of that number.
func AfterEvent(number uint64) Stop { return Stop{Kind: cluster.AfterEvent, Event: number} }

// Until returns the stop after all that happens until the instant, such as "1.3s", that included.
// Stories cut instants off to the microsecond; of an instant so written the whole microsecond is
// meant.
func Until(instant string) (Stop, error) {
	after, err := vtime.ParseDuration(instant)
	if err != nil {
		return Stop{}, err
	}
	at := vtime.Time(0).Add(after)
	if after%vtime.Microsecond == 0 {
		at = at.Add(vtime.Microsecond - vtime.Nanosecond)
	}
	return Stop{Kind: cluster.AfterInstant, At: at}, nil
}

// Moment is where a run has stopped, or ended before that.
type Moment struct {
	World     moment.World
	Violation *check.Violation // the first that the judges had found by then, or nil
	Result    *Result          // the whole result, if the run has ended; else nil
}

// RunUntil runs the scenario with the seed like [Lab.Run], but no further than the stop. Judges
// whose verdict needs the end of the run have spoken only if it has ended.
func (l *Lab) RunUntil(s *scenario.Scenario, seed uint64, stop Stop, sink record.Sink) Moment {
	l.begin(s, sink)
	l.resetWorld(s, seed, l.observe)
	ending := l.world.RunUntil(stop)
	var at Moment
	if ending != 0 {
		result := l.finish(s, seed, ending)
		at.Result = &result
	}
	at.Violation = l.judges.First()
	at.World = moment.Of(l.world, &s.Cluster)
	at.World.Scenario, at.World.Seed = s.Name, strconv.FormatUint(seed, 10)
	at.World.Violation = convictionOf(at.Violation)
	if ending != 0 {
		at.World.Ending = ending.String()
	}
	l.leave(ending)
	return at
}

// FaultsAt returns the faults in force after an event of the run of that seed.
func (l *Lab) FaultsAt(s *scenario.Scenario, seed, event uint64) []moment.Fault {
	at := l.RunUntil(s, seed, AfterEvent(event), nil)
	return at.World.Faults
}
