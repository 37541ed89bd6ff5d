// Package fault is what goes wrong around the servers, on purpose: faults as data, and the timeline
// of those that are in force.
package fault

import (
	"strings"

	"raftkv/raft"
	"raftkv/sim/choice"
	"raftkv/sim/record"
	"raftkv/sim/vtime"
)

// Verbs returns the verbs that a world can carry out, in a fixed order.
func Verbs() []record.Verb {
	var verbs []record.Verb
	for v := record.Crash; v <= record.Heal; v++ {
		verbs = append(verbs, v)
	}
	return verbs
}

// Fault is one fault of a scenario.
type Fault struct {
	At  vtime.Time
	For vtime.Duration // 0: until its counterpart
	Do  record.Verb

	Node   Target           // Crash, Restart, Pause, Resume, Isolate
	Groups []raft.ServerSet // Partition; servers in no group are together in one more
	From   raft.ServerID    // Cut: messages in this direction
	To     raft.ServerID
	Both   bool // Cut: and in the other
}

// String returns the fault as a person would tell it, without its time.
func (f *Fault) String() string {
	switch f.Do {
	case record.Partition:
		return "partition " + groupsText(f.Groups)
	case record.Cut:
		arrow := " -> "
		if f.Both {
			arrow = " <-> "
		}
		return "cut " + f.From.String() + arrow + f.To.String()
	case record.Heal:
		return "heal"
	}
	return f.Do.String() + " " + f.Node.String()
}

func groupsText(groups []raft.ServerSet) string {
	parts := make([]string, len(groups))
	for i, group := range groups {
		var names []string
		for id := group.Next(raft.None); id != raft.None; id = group.Next(id) {
			names = append(names, id.String())
		}
		parts[i] = strings.Join(names, " ")
	}
	return strings.Join(parts, " | ")
}

// Target names the server that a fault strikes, or how to find it when the fault begins.
type Target struct {
	Kind TargetKind
	ID   raft.ServerID // Fixed
}

// TargetKind tells how a target is found.
type TargetKind uint8

// The kinds of targets.
const (
	Fixed    TargetKind = iota + 1 // the server of that name
	Leader                         // the leader of the highest term
	Follower                       // a running follower, by chance
	Random                         // any server that the fault can strike, by chance
)

// String returns the target as scenarios write it.
func (t Target) String() string {
	switch t.Kind {
	case Fixed:
		return t.ID.String()
	case Leader:
		return "leader"
	case Follower:
		return "follower"
	case Random:
		return "random"
	}
	return "nobody"
}

// View is what a target is found in: the cluster at the moment at which the fault begins.
type View struct {
	Members raft.ServerSet
	Down    raft.ServerSet // crashed
	Paused  raft.ServerSet
	Follows raft.ServerSet // followers that run
	Leader  raft.ServerID  // of the highest term among those that run, or None
}

// Resolve returns the server that the fault strikes, None if there is none such now.
func (f *Fault) Resolve(view *View, chance choice.Stream) raft.ServerID {
	draw := chance.Draw(1, choice.Target)
	switch f.Node.Kind {
	case Fixed:
		if !f.Do.Lasts() && !f.candidates(view).Has(f.Node.ID) {
			return raft.None // what is not in force cannot be ended
		}
		return f.Node.ID
	case Leader:
		return view.Leader
	case Follower:
		return pick(view.Follows, draw)
	case Random:
		return pick(f.candidates(view), draw)
	}
	return raft.None
}

// candidates returns the servers on which the fault would have an effect.
func (f *Fault) candidates(view *View) raft.ServerSet {
	switch f.Do {
	case record.Crash:
		return view.Members &^ view.Down
	case record.Restart:
		return view.Down
	case record.Pause:
		return view.Members &^ view.Down &^ view.Paused
	case record.Resume:
		return view.Paused
	}
	return view.Members
}

func pick(from raft.ServerSet, draw uint64) raft.ServerID {
	if from == 0 {
		return raft.None
	}
	skip := choice.Below(draw, uint64(from.Len()))
	id := from.Next(raft.None)
	for ; skip > 0; skip-- {
		id = from.Next(id)
	}
	return id
}
