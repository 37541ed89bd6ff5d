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

// aftermath is what follows at once from a fault's event, an event each, before anything else
// happens: all that waited for a paused server, which goes on now, or has crashed and loses it. A
// fault's event does that to one server at most.
type aftermath struct {
	server  raft.ServerID // None: nothing follows
	overdue raft.TimerSet // timers that are still to fire
	handled int           // of the server's inbox
}

func (c *Cluster) resetFaults() {
	c.aftermath = aftermath{}
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
	c.concludeFault()
}

func (c *Cluster) beginFault(i int) {
	c.faults.toBegin--
	f := &c.config.Faults[i]
	number := uint64(i + 1)
	view := c.view()
	struck := f.Resolve(&view, choice.NewStream(c.seed, choice.Fault(uint32(number))))
	r := record.Record{
		Kind: record.FaultBegan, Number: number, Verb: f.Do, Server: struck, Text: f.String(),
	}
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
	f := &c.config.Faults[i]
	c.recorder.Emit(record.Record{
		Kind: record.FaultEnded, Number: uint64(i + 1), Verb: f.Do, Text: f.String(),
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
		c.waiting -= s.HeldCount() // a crash loses them
		s.Crash()
		c.beginAftermath(id, 0)
	}
	if !down && s.State() == server.Down {
		s.Restart()
	}
	if paused && s.State() == server.Running {
		s.Pause()
	}
	if !paused && s.State() == server.Paused {
		c.beginAftermath(id, s.Resume())
	}
}

func (c *Cluster) beginAftermath(id raft.ServerID, overdue raft.TimerSet) {
	if c.aftermath.server != raft.None {
		panic("cluster: two servers crash or go on in one event")
	}
	c.aftermath = aftermath{server: id, overdue: overdue}
}

// followUp lets the next event of the aftermath happen: overdue timers first, then the news of the
// disk, then what arrived, in the order in which it did.
func (c *Cluster) followUp() {
	a := &c.aftermath
	switch s := &c.servers[a.server]; {
	case a.overdue != 0:
		c.fireOverdue(s)
	case s.HasNews():
		c.learnPersisted(s)
	default:
		event := c.inboxes[a.server][a.handled]
		a.handled++
		c.waiting--
		c.handle(s, event)
	}
	c.concludeFault()
}

func (c *Cluster) fireOverdue(s *server.Server) {
	timer := raft.Timer(1)
	for !c.aftermath.overdue.Has(timer) {
		timer++
	}
	c.aftermath.overdue &^= 1 << timer
	c.fire(s, timer)
}

// handle lets a server handle what waited for it. If it crashed while paused, that is lost.
func (c *Cluster) handle(s *server.Server, event vtime.Event) {
	switch down := s.State() == server.Down; {
	case event.Class() != vtime.ClassMessage:
		c.recorder.Next()
		c.propose(c.errands.take(event.Handle))
	case down:
		c.dropLetter(event, reasonDown)
	default:
		c.deliver(event)
	}
}

// concludeFault ends the aftermath, if nothing of it is left; then the fault's event is over.
func (c *Cluster) concludeFault() {
	if a := &c.aftermath; a.server != raft.None {
		inbox := c.inboxes[a.server]
		if a.overdue != 0 || a.handled < len(inbox) || c.servers[a.server].HasNews() {
			return
		}
		c.emptyInbox(a.server)
		*a = aftermath{}
	}
	c.tellLeader()
}
