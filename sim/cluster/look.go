package cluster

import (
	"cmp"
	"slices"

	"raftkv/raft"
	"raftkv/sim/client"
	"raftkv/sim/fault"
	"raftkv/sim/history"
	"raftkv/sim/record"
	"raftkv/sim/server"
	"raftkv/sim/vtime"
)

// History returns what the clients saw, in the order of the requests. It is the world's own, until
// its next Reset.
func (c *Cluster) History() []history.Operation { return c.history }

// Server returns a server, to be looked at.
func (c *Cluster) Server(id raft.ServerID) *server.Server { return &c.servers[id] }

// Event returns the number of the present event.
func (c *Cluster) Event() uint64 { return c.recorder.Event() }

// Now returns the time of the present event.
func (c *Cluster) Now() vtime.Time { return c.recorder.Now() }

// IsCut tells whether no message gets through from one server to another now.
func (c *Cluster) IsCut(from, to raft.ServerID) bool { return c.network.IsCut(from, to) }

// Faults returns the faults of the run so far, to be looked at: those of the configuration, then
// what the nemesis has drawn.
func (c *Cluster) Faults() *fault.Timeline { return &c.faults.Timeline }

// Core returns the servers that have healed: none before the second phase, then a majority or all.
func (c *Cluster) Core() raft.ServerSet { return c.second.core }

// Drawn returns the world without anything that the run draws anew: with the numbers and the faults
// that it has drawn so far. Its run of the same seed is the same so far.
func (c *Cluster) Drawn() Config {
	drawn := c.config
	drawn.Nemesis = nil
	drawn.Faults = nil
	for i := range c.faults.Len() {
		drawn.Faults = append(drawn.Faults, *c.faults.Fault(i))
	}
	return drawn
}

// ClientView is what there is to see of a client.
type ClientView struct {
	Left   uint32     // requests still to begin
	InLine uint32     // of them, those that have come and wait for a lane
	Lanes  []LaneView // at least one, but in an open loop
}

// LaneView is what there is to see of a client's lane.
type LaneView struct {
	Asks    raft.ServerID   // whom it asks, or None
	Idle    bool            // it has a request to make, and nobody leads whom it could ask
	Open    *client.Request // what it has asked for; nil for nothing. It is the world's own
	Attempt uint32          // how often it has asked for it
	Pauses  bool            // it waits for no answer now, but to ask again
}

// Client returns what there is to see of the client of that number.
func (c *Cluster) Client(number uint32) ClientView {
	seat := &c.clients[number]
	view := ClientView{Left: seat.Left(), InLine: seat.InLine()}
	for i := range seat.lanes {
		l := &seat.lanes[i]
		lane := LaneView{Asks: l.Server, Idle: l.idle, Attempt: l.Attempt()}
		if l.Open() != 0 {
			lane.Open, lane.Pauses = l.Request(), l.Pauses(l.Open())
		}
		view.Lanes = append(view.Lanes, lane)
	}
	return view
}

// Upcoming is one thing that is to happen, if nothing else prevents it. Every field means the same
// in every kind that has it, and is zero in the others.
type Upcoming struct {
	At    vtime.Time // when; where it waits, when it arrived
	Kind  UpcomingKind
	Waits bool // it has arrived, and waits for a server that is at something else or a clogged link

	Message *raft.Message // the world's own, until its next event
	Number  uint64        // of a message on its link; of a fault, from 1

	Server  raft.ServerID // asked; of a sync, whose it is
	Client  uint32
	Request server.Request
	Outcome record.Outcome // of an answer
	Value   string         // that a get has read

	Successor raft.ServerID // TransferAsked
}

// UpcomingKind tells what is to happen.
type UpcomingKind uint8

// The kinds of what is to happen, and what each has. Timers are not among them: see
// [server.Server.Due].
const (
	MessageArrives UpcomingKind = iota + 1 // Message, Number, Waits
	RequestArrives                         // Server, Client, Request, Waits
	AnswerArrives                          // Server, Client, Request, Outcome, Value
	TimeIsUp                               // Client, Request: it waits no longer
	WakesUp                                // Client: it begins its next request, or asks again
	RequestComes                           // Client, of an open loop
	SyncEnds                               // Server
	FaultBegins                            // Number
	FaultEnds                              // Number
	TransferAsked                          // Server, Successor: a fault asks it to hand over
)

// Upcoming returns what is to happen, in order: first what has arrived and waits. What concerns
// nobody any more is left out.
func (c *Cluster) Upcoming() []Upcoming {
	var all []Upcoming
	wait := func(events []vtime.Event) {
		for _, event := range events {
			what, _ := c.upcoming(event)
			what.Waits = true
			all = append(all, what)
		}
	}
	wait(c.clogged)
	for id := c.members.Next(raft.None); id != raft.None; id = c.members.Next(id) {
		wait(c.desks[id].arrived())
	}
	slices.SortStableFunc(all, func(a, b Upcoming) int { return cmp.Compare(a.At, b.At) })
	for _, event := range c.queue.Pending() {
		if what, any := c.upcoming(event); any {
			all = append(all, what)
		}
	}
	return all
}

func (c *Cluster) upcoming(event vtime.Event) (what Upcoming, any bool) {
	what.At = event.At
	switch event.Class() {
	case vtime.ClassFault:
		if c.second.began {
			return what, false
		}
		i := int(event.Ordinal() / 2)
		what.Kind, what.Number = FaultBegins, uint64(i+1)
		if event.Ordinal()%2 != 0 {
			what.Kind = FaultEnds
			return what, c.faults.InForce(i)
		}
		return what, true
	case vtime.ClassDisk:
		what.Kind, what.Server = SyncEnds, raft.ServerID(event.Source())
		return what, c.servers[what.Server].Disk().Syncing() == event.Ordinal()
	case vtime.ClassMessage:
		what.Kind, what.Number = MessageArrives, event.Ordinal()/maxCopies
		what.Message = c.network.Letter(event.Handle)
		return what, true
	case vtime.ClassClient:
		return c.upcomingErrand(what, &c.errands.slots[event.Handle])
	}
	return what, false
}

func (c *Cluster) upcomingErrand(what Upcoming, e *errand) (Upcoming, bool) {
	what.Server, what.Client, what.Request = e.server, e.client, e.answer.Request
	concerns := !c.isStale(e)
	switch e.kind {
	case requestArrives:
		what.Kind = RequestArrives
	case answerArrives:
		what.Kind, what.Outcome, what.Value = AnswerArrives, e.answer.Outcome, e.answer.Value
	case timeIsUp, patienceEnds:
		what.Kind = TimeIsUp
	case wakeUp:
		what.Kind, what.Server = WakesUp, raft.None
	case requestComes:
		what.Kind = RequestComes
	case transferAsked:
		what.Kind, what.Successor = TransferAsked, e.to
	}
	return what, concerns
}
