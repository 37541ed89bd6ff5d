package fault

import (
	"raftkv/raft"
	"raftkv/sim/choice"
	"raftkv/sim/record"
)

// Target names the servers that a fault strikes, or how to find one when the fault begins.
type Target struct {
	Kind    TargetKind
	Servers raft.ServerSet // Named
}

// TargetKind tells how a target is found; 0: it is not of servers.
type TargetKind uint8

// The kinds of targets.
const (
	Named     TargetKind = iota + 1 // the servers of those names
	Leader                          // the leader of the highest term
	Follower                        // a running follower, by chance
	Random                          // any server that the fault can strike, by chance
	Candidate                       // who stands for election and runs, or would, by chance
)

// On is the target of the servers of those names.
func On(ids ...raft.ServerID) Target { return Target{Kind: Named, Servers: raft.SetOf(ids...)} }

// String returns the target as scenarios write it.
func (t Target) String() string {
	switch t.Kind {
	case Named:
		return t.Servers.String()
	case Leader:
		return "leader"
	case Follower:
		return "follower"
	case Random:
		return "random"
	case Candidate:
		return "candidate"
	}
	return "nobody"
}

// View is what a target is found in: the cluster at the moment at which the fault begins.
type View struct {
	Members raft.ServerSet
	Down    raft.ServerSet // crashed
	Paused  raft.ServerSet
	Follows raft.ServerSet // followers that run
	Stands  raft.ServerSet // candidates that run, and those who ask whether they could win (§9.6)
	Leader  raft.ServerID  // of the highest term among those that run, or None
}

// Up returns the servers that run.
func (v *View) Up() raft.ServerSet { return v.Members &^ v.Down &^ v.Paused }

// Spare returns how many servers that run there are more than a majority of all.
func (v *View) Spare() int { return max(0, v.Up().Len()-(v.Members.Len()/2+1)) }

// Resolve returns the servers that the fault strikes, none if there are none such now.
func (f *Fault) Resolve(view *View, chance choice.Stream) raft.ServerSet {
	struck := f.find(view, chance)
	if f.SpareMajority && (struck&view.Up()).Len() > view.Spare() {
		return 0
	}
	return struck
}

func (f *Fault) find(view *View, chance choice.Stream) raft.ServerSet {
	draw := chance.Draw(1, choice.Target)
	able := f.candidates(view)
	switch f.Node.Kind {
	case Named:
		if f.Do.Lasts() {
			return f.Node.Servers // who is down already stays down for this one too
		}
		return f.Node.Servers & able
	case Leader:
		if view.Leader == raft.None {
			return 0
		}
		return raft.SetOf(view.Leader) & able
	case Follower:
		return pick(view.Follows&able, draw)
	case Random:
		return pick(able, draw)
	case Candidate:
		return pick(view.Stands&able, draw)
	}
	return 0
}

// candidates returns the servers on which the fault would have an effect.
func (f *Fault) candidates(view *View) raft.ServerSet {
	switch f.Do {
	case record.Crash, record.ClockJump: // nothing runs out on a server that is down
		return view.Members &^ view.Down
	case record.Restart:
		return view.Down
	case record.Pause:
		return view.Members &^ view.Down &^ view.Paused
	case record.Resume:
		return view.Paused
	case record.TransferLeader:
		if view.Leader == raft.None {
			return 0 // nobody can hand over
		}
		return view.Members.Without(view.Leader)
	}
	return view.Members
}

// pick returns a set of one of the servers, or of none where there is none.
func pick(from raft.ServerSet, draw uint64) raft.ServerSet {
	if from == 0 {
		return 0
	}
	skip := choice.Below(draw, uint64(from.Len()))
	id := from.Next(raft.None)
	for ; skip > 0; skip-- {
		id = from.Next(id)
	}
	return raft.SetOf(id)
}
