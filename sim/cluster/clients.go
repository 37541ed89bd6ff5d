package cluster

import (
	"raftkv/raft"
	"raftkv/sim/client"
	"raftkv/sim/record"
	"raftkv/sim/server"
	"raftkv/sim/vtime"
)

// seat is a client's place in the world. A client that waits for each answer has one lane; one in
// an open loop gets a lane more when all that it has are in use, up to its bound.
type seat struct {
	client.Client
	lanes   []lane
	free    []uint32 // of an open loop: the lanes that are not in use
	errands uint64   // so far: the ordinal of its last event
}

// lane is a client's lane, and what the world knows of it.
type lane struct {
	client.Lane
	idle bool // it waits to be told a leader
	open int  // the open request's place in the history
}

// reset makes the seat that of a new client. It keeps its memory.
func (s *seat) reset(number uint32, config *client.Config, seed uint64) {
	s.Client.Reset(number, config, seed)
	s.lanes, s.free, s.errands = s.lanes[:0], s.free[:0], 0
	if !s.IsOpenLoop() {
		s.addLane(config)
	}
}

func (s *seat) addLane(config *client.Config) {
	var l lane
	l.Reset(config)
	s.lanes = append(s.lanes, l)
}

// freeLane returns a lane that is not in use, and false if there can be none.
func (s *seat) freeLane(config *client.Config) (number uint32, any bool) {
	if last := len(s.free) - 1; last >= 0 {
		number = s.free[last]
		s.free = s.free[:last]
		return number, true
	}
	if len(s.lanes) >= int(config.LanesMax) {
		return 0, false
	}
	s.addLane(config)
	return uint32(len(s.lanes) - 1), true
}

func (c *Cluster) resetClients() {
	c.errands.reset()
	c.history = c.history[:0]
	c.idle, c.open = 0, 0
	for len(c.clients) <= int(c.config.Clients) {
		c.clients = append(c.clients, seat{})
	}
	c.clients = c.clients[:c.config.Clients+1]
	for number := range c.clients {
		c.clients[number].reset(uint32(number), &c.config.Client, c.seed)
	}
	c.restless = c.config.Requests()
}

// startClients lets every client think about its first request, or wait until it comes.
func (c *Cluster) startClients() {
	for number := uint32(1); number <= c.config.Clients; number++ {
		if c.clients[number].IsOpenLoop() {
			c.expect(number)
		} else {
			c.think(number, 0)
		}
	}
}

// think lets a client think about its next request, if it has any left.
func (c *Cluster) think(number, lane uint32) {
	seat := &c.clients[number]
	if seat.Left() == 0 {
		return
	}
	c.wake(number, lane, seat.Think(c.recorder.Now()))
}

// wake lets a lane begin its next request after a while, or ask again for the one that it has open
// now.
func (c *Cluster) wake(number, lane uint32, after vtime.Duration) {
	what := errand{kind: wakeUp, client: number, lane: lane}
	what.answer.Request.Operation = c.clients[number].lanes[lane].Open()
	c.schedule(what, after)
}

// expect schedules the next request that comes by itself.
func (c *Cluster) expect(number uint32) {
	if gap, any := c.clients[number].Gap(); any {
		c.schedule(errand{kind: requestComes, client: number}, gap)
	}
}

// arrive: a request has come. A lane takes it, or it waits in line.
func (c *Cluster) arrive(number uint32) {
	seat := &c.clients[number]
	seat.Arrive()
	c.expect(number)
	if lane, any := seat.freeLane(&c.config.Client); any {
		seat.Take()
		c.ask(number, lane)
	}
}

// moveOn lets a lane whose request has ended go on to the next one.
func (c *Cluster) moveOn(number, lane uint32) {
	seat := &c.clients[number]
	switch {
	case c.second.began:
	case !seat.IsOpenLoop():
		c.think(number, lane)
	case seat.InLine() > 0:
		seat.Take()
		c.ask(number, lane)
	default:
		seat.free = append(seat.free, lane)
	}
}

// ask lets a lane ask for its next request, or once more for the open one; or wait until it can be
// told a leader.
func (c *Cluster) ask(number, which uint32) {
	seat := &c.clients[number]
	l := &seat.lanes[which]
	if l.Open() == 0 && c.second.began {
		return // nobody begins anything new
	}
	seat.Choose(&l.Lane, c.config.Servers)
	if l.Server == raft.None {
		l.Server = c.leader()
	}
	if l.Server == raft.None {
		l.idle = true
		c.idle++
		return
	}
	if l.Open() == 0 {
		c.begin(number, which)
	} else {
		l.AskAgain()
		c.recorder.Emit(record.Record{
			Kind: record.Retried, Client: number, Operation: l.Open(), Server: l.Server,
			Digest: record.Digest(l.Request().Command), Number: uint64(l.Attempt()),
		})
	}
	c.sendRequest(number, which)
}

// begin begins the lane's next request. What opens a session is none of the client's own: the
// history does not have it, and nobody gives it up.
func (c *Cluster) begin(number, which uint32) {
	seat := &c.clients[number]
	l := &seat.lanes[which]
	request := seat.Begin(&l.Lane)
	c.open++
	o := &request.Operation
	c.recorder.Emit(record.Record{
		Kind: record.Invoked, Client: o.Client, Operation: o.Number, Server: l.Server,
		Action: o.Action, Key: o.Key, Value: o.Value, Digest: record.Digest(request.Command),
		Index: request.Session, Number: request.Sequence,
	})
	o.Invoked = c.recorder.Count()
	o.InvokedAt = c.recorder.Now()
	if request.Opens() {
		return
	}
	l.open = len(c.history)
	c.history = append(c.history, *o)
	if patience := c.config.Client.GiveUp; patience > 0 {
		what := c.errandOf(number, which)
		what.kind = patienceEnds
		c.schedule(what, patience)
	}
}

// errandOf is an errand about the present attempt of the lane's open request.
func (c *Cluster) errandOf(number, which uint32) errand {
	l := &c.clients[number].lanes[which]
	return errand{client: number, lane: which, server: l.Server, answer: server.Answer{
		Request: server.Request{
			Client: number, Operation: l.Open(), Command: l.Request().Command,
			Attempt: l.Attempt(), Lane: which,
		},
	}}
}

func (c *Cluster) sendRequest(number, which uint32) {
	what := c.errandOf(number, which)
	if c.post(requestArrives, what) > 1 {
		c.clients[number].lanes[which].Copied()
	}
	what.kind = timeIsUp
	what.answer.Outcome = record.Unknown
	c.schedule(what, c.config.Client.Timeout)
}

// post gives a client's message to the network, and returns how often it will arrive.
func (c *Cluster) post(kind errandKind, what errand) (copies int) {
	fate := c.sendErrand(kind, &what)
	if fate.Copies == 0 {
		c.miss(what, fate.Lost.String())
		return 0
	}
	what.kind = kind
	for i := range fate.Copies {
		if kind == requestArrives {
			what.answer.Request.Copy = uint32(i)
		}
		c.schedule(what, fate.Delays[i])
	}
	return fate.Copies
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
	c.post(answerArrives, errand{
		client: answer.Request.Client, lane: answer.Request.Lane, server: from, answer: answer,
	})
}

// hear: a client hears an answer to its open request, or nothing for too long. It may know then
// what came of it, or ask again after a while.
func (c *Cluster) hear(what errand) {
	l := &c.clients[what.client].lanes[what.lane]
	outcome := l.Hear(what.answer.Outcome, what.answer.Leader)
	if outcome == 0 {
		c.wake(what.client, what.lane, c.config.Client.Retry)
		return
	}
	what.answer.Outcome = outcome
	c.end(what)
}

// end ends a lane's open request with what its client knows now.
func (c *Cluster) end(what errand) {
	l, answer := &c.clients[what.client].lanes[what.lane], &what.answer
	if l.idle {
		l.idle = false
		c.idle--
	}
	opens, number := l.Request().Opens(), l.Open()
	l.End(answer.Outcome, answer.Position.Index)
	c.open--
	r := record.Record{
		Kind: record.Returned, Client: what.client, Operation: number, Outcome: answer.Outcome,
		Server: what.server, Value: answer.Value,
		Index: answer.Position.Index, EntryTerm: answer.Position.Term,
		Digest: record.Digest(answer.Request.Command),
	}
	if opens {
		r.Action = record.OpenSession
	}
	c.recorder.Emit(r)
	if opens {
		c.ask(what.client, what.lane)
		return
	}
	o := &c.history[l.open]
	o.Outcome, o.Read = answer.Outcome, answer.Value
	if answer.Outcome != record.Unknown {
		o.Position = answer.Position
	}
	o.Returned, o.ReturnedAt = c.recorder.Count(), c.recorder.Now()
	o.Event = c.recorder.Event()
	c.restless--
	c.moveOn(what.client, what.lane)
}

// tellLeader wakes the lanes that wait for a leader, if there is one.
func (c *Cluster) tellLeader() {
	if c.idle == 0 || c.leader() == raft.None {
		return
	}
	for number := range c.clients {
		seat := &c.clients[number]
		for which := range seat.lanes {
			if l := &seat.lanes[which]; l.idle {
				l.idle = false
				c.wake(uint32(number), uint32(which), 0)
			}
		}
	}
	c.idle = 0
}

// requestsLeft returns how many requests are open or were never begun.
func (c *Cluster) requestsLeft() uint32 { return uint32(c.restless) }
