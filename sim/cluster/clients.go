package cluster

import (
	"raftkv/raft"
	"raftkv/sim/client"
	"raftkv/sim/record"
	"raftkv/sim/server"
	"raftkv/sim/vtime"
)

// seat is a client's place in the world.
type seat struct {
	client.Client
	idle    bool   // it waits to be told a leader
	errands uint64 // so far: the ordinal of its last event
	open    int    // the open request's place in the history
}

// errand is something on its way to a client or from it: what happens when its event comes.
type errand struct {
	kind   errandKind
	client uint32
	server raft.ServerID
	answer server.Answer // its Request is set in all kinds that concern one
}

type errandKind uint8

const (
	wakeUp         errandKind = iota + 1 // the client has thought, or a leader is there
	requestArrives                       // at the server
	answerArrives                        // at the client
	timeIsUp                             // the client waits for this answer no longer
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

func (c *Cluster) resetClients() {
	c.errands.reset()
	c.history = c.history[:0]
	c.restless, c.idle = 0, 0
	c.clients = append(c.clients[:0], make([]seat, c.config.Clients+1)...)
	for number := range c.clients {
		c.clients[number].Reset(uint32(number), &c.config.Client, c.seed)
	}
	if c.config.Client.Requests > 0 {
		c.restless = int(c.config.Clients)
	}
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

// think lets a client think about its next request, if it has any left.
func (c *Cluster) think(number uint32) {
	if c.clients[number].Left() == 0 {
		return
	}
	c.schedule(errand{kind: wakeUp, client: number}, c.clients[number].Think())
}

func (c *Cluster) onErrand(event vtime.Event) {
	what := c.errands.slots[event.Handle]
	s := &c.servers[what.server]
	if what.kind == requestArrives && s.State() != server.Down && !c.isFree(what.server) {
		c.await(what.server, event)
		return
	}
	c.errands.take(event.Handle)
	stale := !c.clients[what.client].Open(what.answer.Request.Operation)
	if stale && (what.kind == answerArrives || what.kind == timeIsUp) {
		return // the client has stopped waiting, or was answered
	}
	c.recorder.Next()
	switch what.kind {
	case wakeUp:
		c.begin(what.client)
	case requestArrives:
		c.propose(what)
	case answerArrives:
		c.end(what)
	case timeIsUp:
		what.answer.Outcome = record.Unknown
		c.end(what)
	}
}

// begin lets a client begin its next request, or wait until it can be told a leader.
func (c *Cluster) begin(number uint32) {
	seat := &c.clients[number]
	if seat.Server == raft.None {
		seat.Server = c.leader()
	}
	if seat.Server == raft.None {
		seat.idle = true
		c.idle++
		return
	}
	request := seat.Begin()
	c.invoke(seat, &request)
	c.sendRequest(seat, server.Request{
		Client:    number,
		Operation: request.Operation.Number,
		Command:   request.Command,
	})
}

func (c *Cluster) invoke(seat *seat, request *client.Request) {
	o := &request.Operation
	c.recorder.Emit(record.Record{
		Kind: record.Invoked, Client: o.Client, Operation: o.Number, Server: seat.Server,
		Action: o.Action, Key: o.Key, Value: o.Value, Digest: record.Digest(request.Command),
	})
	o.Invoked = c.recorder.Count()
	o.InvokedAt = c.recorder.Now()
	seat.open = len(c.history)
	c.history = append(c.history, *o)
}

func (c *Cluster) sendRequest(seat *seat, r server.Request) {
	what := errand{
		client: r.Client, server: seat.Server, answer: server.Answer{Request: r},
	}
	c.post(requestArrives, what)
	what.kind = timeIsUp
	c.schedule(what, c.config.Client.Timeout)
}

// post gives a client's message to the network.
func (c *Cluster) post(kind errandKind, what errand) {
	fate := c.sendErrand(kind, &what)
	if fate.Copies == 0 {
		c.miss(what, fate.Lost.String())
		return
	}
	what.kind = kind
	c.schedule(what, fate.Delays[0])
}

func (c *Cluster) miss(what errand, why string) {
	c.recorder.Emit(record.Record{
		Kind: record.Missed, Client: what.client, Operation: what.answer.Request.Operation,
		Server: what.server, Text: why,
	})
}

// propose: a client's request arrives at its server.
func (c *Cluster) propose(what errand) {
	s := &c.servers[what.server]
	if s.State() == server.Down {
		c.miss(what, reasonDown)
		return
	}
	s.Propose(what.answer.Request)
	c.afterStep(s)
}

func (c *Cluster) sendAnswer(from raft.ServerID, answer server.Answer) {
	c.post(answerArrives, errand{client: answer.Request.Client, server: from, answer: answer})
}

// end ends a client's open request with what it knows now.
func (c *Cluster) end(what errand) {
	seat, answer := &c.clients[what.client], &what.answer
	o := &c.history[seat.open]
	seat.End(answer.Outcome)
	c.recorder.Emit(record.Record{
		Kind: record.Returned, Client: what.client, Operation: o.Number, Outcome: answer.Outcome,
		Server: what.server, Value: answer.Value,
		Index: answer.Position.Index, EntryTerm: answer.Position.Term,
		Digest: record.Digest(answer.Request.Command),
	})
	o.Outcome, o.Read, o.Position = answer.Outcome, answer.Value, answer.Position
	o.Returned, o.ReturnedAt = c.recorder.Count(), c.recorder.Now()
	o.Event = c.recorder.Event()
	if seat.Left() == 0 {
		c.restless--
	}
	c.think(what.client)
}

// tellLeader wakes the clients that wait for a leader, if there is one.
func (c *Cluster) tellLeader() {
	if c.idle == 0 || c.leader() == raft.None {
		return
	}
	for number := range c.clients {
		if seat := &c.clients[number]; seat.idle {
			seat.idle = false
			c.schedule(errand{kind: wakeUp, client: uint32(number)}, 0)
		}
	}
	c.idle = 0
}

// requestsLeft returns how many requests are open or were never begun.
func (c *Cluster) requestsLeft() uint32 {
	var left uint32
	for number := uint32(1); number <= c.config.Clients; number++ {
		left += c.clients[number].Left()
	}
	for i := range c.history {
		if c.history[i].Outcome == 0 {
			left++
		}
	}
	return left
}
