package cluster

import (
	"raftkv/raft"
	"raftkv/sim/network"
	"raftkv/sim/record"
	"raftkv/sim/server"
	"raftkv/sim/vtime"
)

// happen lets an event happen. Events that concern nobody any more (a timer that was armed again, a
// sync of an earlier life, a timeout of a request long answered) are no events of the run.
func (c *Cluster) happen(event vtime.Event) {
	c.recorder.Advance(event.At)
	switch event.Class() {
	case vtime.ClassFault:
		c.onFault(event)
	case vtime.ClassTimer:
		c.onTimer(event)
	case vtime.ClassDisk:
		c.onDisk(event)
	case vtime.ClassMessage:
		c.onMessage(event)
	case vtime.ClassClient:
		c.onErrand(event)
	}
}

func (c *Cluster) onTimer(event vtime.Event) {
	id, timer := server.SourceTimer(event.Source())
	if timer == stepTimer {
		c.onStepOver(id, event.Ordinal())
		return
	}
	switch s := &c.servers[id]; {
	case !s.TimerEvent(timer):
	case c.isFree(id):
		c.recorder.Next()
		s.Fire(timer)
		c.afterStep(s)
	default:
		s.Postpone(timer)
	}
}

func (c *Cluster) onDisk(event vtime.Event) {
	s := &c.servers[event.Source()]
	s.SyncDone(event.Ordinal())
	if s.HasNews() && c.isFree(s.ID()) {
		c.learnPersisted(s)
	}
}

func (c *Cluster) learnPersisted(s *server.Server) {
	c.recorder.Next()
	s.LearnPersisted()
	c.afterStep(s)
}

// onMessage: a message arrives, at a server that may run or not.
func (c *Cluster) onMessage(event vtime.Event) {
	m := c.network.Letter(event.Handle)
	switch state := c.servers[m.To].State(); {
	case c.network.IsCut(m.From, m.To):
		c.dropLetter(event, network.LinkCut.String())
	case c.network.IsClogged(m.From, m.To):
		c.clog(event)
	case state == server.Down:
		c.dropLetter(event, reasonDown)
	case !c.isFree(m.To):
		c.await(m.To, event)
	default:
		c.deliver(event)
	}
}

// deliver gives a server the message that an event brought.
func (c *Cluster) deliver(event vtime.Event) {
	c.recorder.Next()
	m := c.network.Letter(event.Handle)
	s := &c.servers[m.To]
	c.recorder.Emit(ofLetter(record.Delivered, m, event))
	s.Receive(m)
	c.network.Done(event.Handle)
	c.afterStep(s)
}

// dropLetter: the message that an event brought arrives nowhere.
func (c *Cluster) dropLetter(event vtime.Event, why string) {
	c.recorder.Next()
	r := ofLetter(record.Lost, c.network.Letter(event.Handle), event)
	r.Text = why
	c.recorder.Emit(r)
	c.network.Done(event.Handle)
}

// reasonDown is why a message to a crashed server is lost.
const reasonDown = "the server is down"

// ofLetter is the record of a message that was on its way; its number on the link is in the key of
// the event.
func ofLetter(kind record.Kind, m *raft.Message, event vtime.Event) record.Record {
	r := record.OfMessage(kind, m)
	r.Number = event.Ordinal() / maxCopies
	return r
}

// carryOut lets the server carry out what it owes, one action after the other, until a fault
// strikes in between.
func (c *Cluster) carryOut(s *server.Server) {
	held := s.HeldCount()
	for len(c.faults.strikes) == 0 {
		effect, any := s.Act()
		if !any {
			break
		}
		switch effect.Kind {
		case server.SyncBegun:
			c.scheduleSync(s.ID(), effect)
		case server.Sent:
			c.send(effect.Message)
		case server.Answered:
			c.sendAnswer(s.ID(), effect.Answer)
		}
	}
	c.waiting += s.HeldCount() - held
	if len(c.faults.strikes) > 0 && s.Owes() {
		c.desks[s.ID()].interrupted = true
		c.catchUp(s.ID())
	}
	c.committed = max(c.committed, s.Node().CommitIndex())
	c.tellLeader()
}

func (c *Cluster) scheduleSync(id raft.ServerID, effect server.Effect) {
	at := c.recorder.Now().Add(effect.Takes)
	c.queue.Push(vtime.Event{Key: vtime.MakeKey(at, vtime.ClassDisk, uint32(id), effect.Sync)})
}

// maxCopies is the most deliveries that one message has; with its number it makes their ordinals.
const maxCopies = 2

// send gives a message to the network, and schedules what comes out of it.
func (c *Cluster) send(m *raft.Message) {
	fate, number := c.network.Send(m.From, m.To, c.recorder.Now(), messageBytes(m))
	r := record.OfMessage(record.Sent, m)
	r.Number = number
	c.recorder.Emit(r)
	if fate.Copies == 0 {
		r.Kind, r.Text = record.Lost, fate.Lost.String()
		c.recorder.Emit(r)
		return
	}
	handle := c.network.Keep(m, fate.Copies)
	for i := range fate.Copies {
		at := c.recorder.Now().Add(fate.Delays[i])
		ordinal := number*maxCopies + uint64(i)
		key := vtime.MakeKey(at, vtime.ClassMessage, network.LinkSource(m.From, m.To), ordinal)
		c.queue.Push(vtime.Event{Key: key, Handle: handle})
	}
}
