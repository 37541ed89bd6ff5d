package cluster

import (
	"raftkv/raft"
	"raftkv/sim/choice"
	"raftkv/sim/server"
	"raftkv/sim/vtime"
)

// desk is how a server is configured, and what waits for one that is paused, or still at work on
// something else: a step takes a slow processor time.
type desk struct {
	config server.Config
	drift  int64 // how much faster than time its clock runs by itself, in parts per billion

	inbox   []vtime.Event // what has arrived, in order
	handled int           // of the inbox
	behind  bool          // it is in the list of who has to catch up

	interrupted bool                // a fault struck while it was carrying out what it owed
	slow        bool                // its processor is
	stepTime    choice.Distribution // that a step takes then, in nanoseconds

	working bool   // a step takes time until the server is free again
	steps   uint64 // that took time; the ordinal of the event that ends the last one
}

func (d *desk) reset() {
	d.empty()
	*d = desk{inbox: d.inbox}
}

// crash makes the desk that of a server which is at nothing; what has arrived is still there.
func (d *desk) crash() { d.working, d.interrupted = false, false }

// empty keeps the memory of the inbox, unless that is huge.
func (d *desk) empty() {
	const keptMax = 1 << 12 // there are up to 63
	if cap(d.inbox) > keptMax {
		d.inbox = nil
	}
	d.inbox, d.handled = d.inbox[:0], 0
}

// arrived returns what waits.
func (d *desk) arrived() []vtime.Event { return d.inbox[d.handled:] }

// take takes the first of what waits.
func (d *desk) take() vtime.Event {
	event := d.inbox[d.handled]
	d.handled++
	if d.handled == len(d.inbox) {
		d.empty()
	}
	return event
}

// isFree tells whether the server can take notice of something now.
func (c *Cluster) isFree(id raft.ServerID) bool {
	return c.servers[id].State() == server.Running && !c.desks[id].working
}

// await lets what has arrived wait until the server is free.
func (c *Cluster) await(id raft.ServerID, event vtime.Event) {
	c.desks[id].inbox = append(c.desks[id].inbox, event)
	c.waiting++
}

// afterStep lets the server carry out what a step owes, and take the time that it costs.
func (c *Cluster) afterStep(s *server.Server) {
	c.carryOut(s)
	if s.Overdue() != 0 {
		c.catchUp(s.ID())
	}
	d := &c.desks[s.ID()]
	if !d.slow || s.State() != server.Running {
		return
	}
	d.working = true
	d.steps++
	stream := choice.NewStream(c.seed, choice.Server(uint8(s.ID())))
	takes := vtime.Duration(d.stepTime.Draw(stream.Draw(d.steps, choice.StepTime)))
	c.scheduleStep(s.ID(), takes)
}

// scheduleStep lets the server's step be over after a while.
func (c *Cluster) scheduleStep(id raft.ServerID, takes vtime.Duration) {
	source := server.TimerSource(id, stepTimer)
	key := vtime.MakeKey(c.recorder.Now().Add(takes), vtime.ClassTimer, source, c.desks[id].steps)
	c.queue.Push(vtime.Event{Key: key})
}

// stepTimer is the timer that ends a step which took time.
const stepTimer raft.Timer = 0

// onStepOver: a server's step is over, if it has not crashed since.
func (c *Cluster) onStepOver(id raft.ServerID, step uint64) {
	if d := &c.desks[id]; d.working && d.steps == step {
		d.working = false
		c.catchUp(id)
	}
}

// catchUp sees to it that the server, before anything else happens, handles what waits for it.
func (c *Cluster) catchUp(id raft.ServerID) {
	if d := &c.desks[id]; !d.behind {
		d.behind = true
		c.behind = append(c.behind, id)
	}
}

// moreNow tells whether something is to happen before the next event of the queue, and lets go of
// those that have caught up.
func (c *Cluster) moreNow() (more bool) {
	for len(c.faults.strikes) == 0 && len(c.behind) > 0 && !c.canCatchUp(c.behind[0]) {
		c.desks[c.behind[0]].behind = false
		c.behind = append(c.behind[:0], c.behind[1:]...)
		c.tellLeader()
	}
	return len(c.faults.strikes) > 0 || len(c.behind) > 0
}

// canCatchUp tells whether the server has something to handle now. What has arrived for one that
// has crashed is to be lost.
func (c *Cluster) canCatchUp(id raft.ServerID) bool {
	s, d := &c.servers[id], &c.desks[id]
	switch {
	case s.State() == server.Down:
		return len(d.arrived()) > 0
	case s.State() == server.Paused:
		return false
	case d.interrupted:
		return true
	}
	return !d.working && (s.Overdue() != 0 || s.HasNews() || len(d.arrived()) > 0)
}

// goOn lets the next of what moreNow told of happen: faults that strike now come first, and then
// what they have interrupted.
func (c *Cluster) goOn() {
	if len(c.faults.strikes) > 0 {
		i := c.faults.strikes[0]
		c.faults.strikes = append(c.faults.strikes[:0], c.faults.strikes[1:]...)
		c.strike(i)
		return
	}
	s, d := &c.servers[c.behind[0]], &c.desks[c.behind[0]]
	switch running := s.State() == server.Running; {
	case running && d.interrupted:
		d.interrupted = false
		c.recorder.Next()
		c.carryOut(s)
	case running && s.Overdue() != 0:
		c.recorder.Next()
		s.FireOverdue()
		c.afterStep(s)
	case running && s.HasNews():
		c.learnPersisted(s)
	default:
		c.waiting--
		c.handle(s, d.take())
	}
}

// handle lets a server handle what waited for it. If it has crashed, that is lost.
func (c *Cluster) handle(s *server.Server, event vtime.Event) {
	switch down := s.State() == server.Down; {
	case event.Class() != vtime.ClassMessage:
		what := c.errands.take(event.Handle)
		c.recorder.Next()
		if what.kind == transferAsked {
			c.transfer(what)
		} else {
			c.propose(what)
		}
	case down:
		c.dropLetter(event, reasonDown)
	default:
		c.deliver(event)
	}
}
