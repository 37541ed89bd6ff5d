package cluster

import (
	"raftkv/raft"
	"raftkv/sim/server"
	"raftkv/sim/vtime"
)

// errand is something on its way to a client or from it: what happens when its event comes.
type errand struct {
	kind   errandKind
	client uint32
	lane   uint32 // of the client, from 0
	server raft.ServerID
	answer server.Answer // its Request is set in all kinds that concern one
	to     raft.ServerID // transferAsked
}

type errandKind uint8

const (
	wakeUp         errandKind = iota + 1 // the lane has thought or paused, or a leader is there
	requestArrives                       // at the server
	answerArrives                        // at the client
	timeIsUp                             // the client waits for this answer no longer
	requestComes                         // to a client in an open loop
	patienceEnds                         // the client asks no more
	transferAsked                        // of a server, by a fault: to hand over to another
)

// errands holds the errands under way: slots, used again and again.
type errands struct {
	slots []errand
	free  []uint32
}

func (e *errands) reset() {
	const keptMax = 1 << 16 // more is for a flood
	if len(e.slots) > keptMax {
		*e = errands{}
	}
	e.slots = e.slots[:0]
	e.free = e.free[:0]
}

func (e *errands) add(what errand) uint32 {
	if len(e.free) == 0 {
		e.slots = append(e.slots, what)
		return uint32(len(e.slots) - 1)
	}
	handle := e.free[len(e.free)-1]
	e.free = e.free[:len(e.free)-1]
	e.slots[handle] = what
	return handle
}

func (e *errands) take(handle uint32) errand {
	e.free = append(e.free, handle)
	return e.slots[handle]
}

// schedule lets an errand happen after a while.
func (c *Cluster) schedule(what errand, after vtime.Duration) {
	seat := &c.clients[what.client]
	seat.errands++
	at := c.recorder.Now().Add(after)
	c.queue.Push(vtime.Event{
		Key:    vtime.MakeKey(at, vtime.ClassClient, what.client, seat.errands),
		Handle: c.errands.add(what),
	})
}

func (c *Cluster) onErrand(event vtime.Event) {
	what := c.errands.slots[event.Handle]
	s := &c.servers[what.server]
	atServer := what.kind == requestArrives || what.kind == transferAsked
	if atServer && s.State() != server.Down && !c.isFree(what.server) {
		c.await(what.server, event)
		return
	}
	c.errands.take(event.Handle)
	if c.isStale(&what) {
		return // the client has stopped waiting, or was answered
	}
	c.recorder.Next()
	switch what.kind {
	case transferAsked:
		c.transfer(what)
	case wakeUp:
		c.ask(what.client, what.lane)
	case requestArrives:
		c.propose(what)
	case answerArrives, timeIsUp:
		c.hear(what)
	case requestComes:
		c.arrive(what.client)
	case patienceEnds:
		l := &c.clients[what.client].lanes[what.lane]
		what.server, what.answer.Outcome = l.Asked(), l.GiveUp()
		c.end(what)
	}
}

// isStale tells whether an errand comes too late to concern its client.
func (c *Cluster) isStale(what *errand) bool {
	switch what.kind {
	case requestArrives, transferAsked:
		return false
	case requestComes:
		return c.second.began
	}
	l := &c.clients[what.client].lanes[what.lane]
	r := &what.answer.Request
	switch what.kind {
	case answerArrives, timeIsUp:
		return !l.Heeds(r.Operation, r.Attempt, what.answer.Outcome)
	case patienceEnds:
		return l.Open() != r.Operation
	}
	if r.Operation == 0 {
		return c.second.began // it would begin its next request
	}
	return !l.Pauses(r.Operation)
}
