package cluster

import (
	"math"

	"raftkv/sim/vtime"
)

// Stop says where a run is to stop before its end. The zero Stop is nowhere.
type Stop struct {
	Kind  StopKind
	Event uint64     // AfterEvent
	At    vtime.Time // AfterInstant
}

// StopKind tells how a stop is given; 0: there is none.
type StopKind uint8

// The kinds of stops. No run stops before its first event, in which all servers start.
const (
	AfterEvent   StopKind = iota + 1 // all that belongs to the event of that number has happened
	AfterInstant                     // all has happened that happens then or earlier
)

// last returns the last event and the last instant before the stop.
func (s Stop) last() (uint64, vtime.Time) {
	switch s.Kind {
	case AfterEvent:
		return s.Event, vtime.Never
	case AfterInstant:
		return math.MaxUint64, s.At
	}
	return math.MaxUint64, vtime.Never
}
