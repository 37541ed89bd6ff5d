package cluster

import (
	"raftkv/raft"
	"raftkv/sim/choice"
	"raftkv/sim/fault"
	"raftkv/sim/record"
	"raftkv/sim/server"
	"raftkv/sim/vtime"
)

// faults is the run's faults, and how many of them have not begun.
type faults struct {
	fault.Timeline
	toBegin int
}

// over tells whether no fault is to begin or to end.
func (f *faults) over() bool { return f.toBegin == 0 && !f.Ending() }

func (c *Cluster) resetFaults() {
	c.faults.Reset(c.config.Faults)
	c.faults.toBegin = len(c.config.Faults)
	for i := range c.config.Faults {
		c.queue.Push(vtime.Event{Key: beginning(i, c.config.Faults[i].At)})
	}
}

// beginning and end are the keys of the i-th fault's events.
func beginning(i int, at vtime.Time) vtime.Key {
	return vtime.MakeKey(at, vtime.ClassFault, 0, uint64(2*i))
}

func end(i int, at vtime.Time) vtime.Key {
	return vtime.MakeKey(at, vtime.ClassFault, 0, uint64(2*i+1))
}

func (c *Cluster) onFault(event vtime.Event) {
	i := int(event.Ordinal() / 2)
	begins := event.Ordinal()%2 == 0
	if !begins && !c.faults.InForce(i) {
		return // its counterpart was faster
	}
	c.recorder.Next()
	if begins {
		c.beginFault(i)
	} else {
		c.endFault(i)
	}
	c.followFaults()
	c.tellLeader()
}

func (c *Cluster) beginFault(i int) {
	c.faults.toBegin--
	f := &c.config.Faults[i]
	number := uint64(i + 1)
	view := c.view()
	struck := f.Resolve(&view, choice.NewStream(c.seed, choice.Fault(uint32(number))))
	r := record.Record{Kind: record.FaultBegan, Number: number, Server: struck, Text: f.String()}
	if struck == raft.None && f.Node.Kind != 0 {
		r.Text += ": nobody to strike"
		c.recorder.Emit(r)
		return
	}
	c.recorder.Emit(r)
	c.faults.Begin(i, struck)
	if f.For != 0 {
		c.queue.Push(vtime.Event{Key: end(i, c.recorder.Now().Add(f.For))})
	}
}

func (c *Cluster) endFault(i int) {
	c.faults.End(i)
	c.recorder.Emit(record.Record{
		Kind: record.FaultEnded, Number: uint64(i + 1), Text: c.config.Faults[i].String(),
	})
}

func (c *Cluster) view() fault.View {
	view := fault.View{Members: c.members, Leader: c.leader()}
	for id := c.members.Next(raft.None); id != raft.None; id = c.members.Next(id) {
		s := &c.servers[id]
		switch {
		case s.State() == server.Down:
			view.Down = view.Down.With(id)
		case s.State() == server.Paused:
			view.Paused = view.Paused.With(id)
		case s.Node().Role() == raft.Follower:
			view.Follows = view.Follows.With(id)
		}
	}
	return view
}

// followFaults makes the world be as the faults in force want it.
func (c *Cluster) followFaults() {
	cuts := c.faults.Cuts(c.members)
	c.network.SetCuts((*[raft.MaxServers + 1]raft.ServerSet)(&cuts))
	down, paused := c.faults.Down(), c.faults.Paused()
	for id := c.members.Next(raft.None); id != raft.None; id = c.members.Next(id) {
		c.followOn(id, down.Has(id), paused.Has(id))
	}
}

func (c *Cluster) followOn(id raft.ServerID, down, paused bool) {
	s := &c.servers[id]
	if down && s.State() != server.Down {
		s.Crash()
		c.dropInbox(id)
	}
	if !down && s.State() == server.Down {
		s.Restart()
	}
	if paused && s.State() == server.Running {
		s.Pause()
	}
	if !paused && s.State() == server.Paused {
		c.resume(s)
	}
}

// resume lets a server go on. All that waited for it happens now: overdue timers first, then the
// news of its disk, then what arrived, in the order in which it did.
func (c *Cluster) resume(s *server.Server) {
	for overdue, timer := s.Resume(), raft.Timer(1); timer < raft.TimerCount; timer++ {
		if overdue.Has(timer) {
			c.fire(s, timer)
		}
	}
	if s.HasNews() {
		c.learnPersisted(s)
	}
	for _, event := range c.inboxes[s.ID()] {
		if event.Class() == vtime.ClassMessage {
			c.deliver(event)
		} else {
			c.recorder.Next()
			c.propose(c.errands.take(event.Handle))
		}
	}
	c.inboxes[s.ID()] = c.inboxes[s.ID()][:0]
}

// dropInbox: a server crashed while paused, and what waited for it is lost.
func (c *Cluster) dropInbox(id raft.ServerID) {
	for _, event := range c.inboxes[id] {
		if event.Class() == vtime.ClassMessage {
			c.dropLetter(event, reasonDown)
		} else {
			c.recorder.Next()
			c.miss(c.errands.take(event.Handle), reasonDown)
		}
	}
	c.inboxes[id] = c.inboxes[id][:0]
}
