// Package cluster is the world of a run: servers, network, clients and faults around one queue of
// events, on one thread. Its only output is records; who wants to know what happened reads them.
//
// Start reading at [Cluster.RunUntil]:
//
//	cluster.go    the loop: what happens next, and when the run is over
//	events.go     what an event does to a server
//	desk.go       what waits for a server that is paused, slow or interrupted
//	links.go      what faults do to links, and what that keeps back
//	clients.go    what clients ask and hear; errands.go: what is under way for them
//	faults.go     when faults begin and end; nemesis.go: those that are drawn
//	heal.go       the second phase, in which all heals, or a core; bound.go: how long it lasts
//	look.go       what there is to see of a world that has stopped
package cluster

import (
	"fmt"

	"raftkv/raft"
	"raftkv/sim/choice"
	"raftkv/sim/fault"
	"raftkv/sim/history"
	"raftkv/sim/network"
	"raftkv/sim/record"
	"raftkv/sim/server"
	"raftkv/sim/vtime"
)

// Cluster is a world. The zero value is ready for Reset; a world is used again for the next run,
// and gives what a new one would give.
//
// What is pending is bounded, so that a world that floods itself ends before the memory does: after
// no event but the last, pending() > pendingMax.
type Cluster struct {
	config   Config // with the numbers that the run draws
	seed     uint64
	members  raft.ServerSet
	queue    vtime.Queue
	recorder record.Recorder
	second   secondPhase
	ending   record.Ending // 0 until the run has ended

	servers []server.Server // by identity; index 0 is nobody
	desks   []desk          // by identity: what waits for each server
	behind  []raft.ServerID // who has to catch up before anything else happens, in order
	network network.Network
	faults  faults
	// transfers counts how often a fault asked a leader to hand over.
	transfers uint64
	nemesis   fault.Nemesis
	plan      fault.Plan    // of the nemesis, within the bounds of the configuration
	drawn     []fault.Fault // by the nemesis, the last time

	conditions []network.LinkCondition // as the faults in force want them
	clogged    []vtime.Event           // what has arrived, and waits for its link

	waiting    int // messages in inboxes and clogged links, and held until a write is durable
	pendingMax int // [vtime.PendingMax], but in tests

	clients  []seat // by number; index 0 is nobody
	errands  errands
	history  []history.Operation
	restless int // requests that are open or to come
	open     int // requests that are open, those among them that open sessions
	idle     int // lanes that wait to be told a leader

	committed raft.Index // the highest that any server knew to be committed
}

// Reset makes c the world of config and seed at time 0, before anything has happened. Its records
// go to sink. It keeps the memory of earlier runs, but for that of a flood.
func (c *Cluster) Reset(config *Config, seed uint64, sink record.Sink) {
	c.config, c.seed = config.Of(seed), seed
	c.members = raft.Servers(c.config.Servers)
	c.queue.Reset()
	links := c.config.Network
	links.Sessions = c.config.Client.Retry > 0
	c.network.Reset(links, seed, c.members, c.config.Clients)
	c.waiting, c.pendingMax = 0, vtime.PendingMax
	c.clogged = c.clogged[:0]
	c.committed = 0
	c.second, c.ending = secondPhase{}, 0
	c.transfers = 0
	c.resetServers()
	c.resetClients()
	c.resetFaults(sink)
}

func (c *Cluster) resetServers() {
	for len(c.servers) <= c.config.Servers {
		c.servers = append(c.servers, server.Server{})
		c.desks = append(c.desks, desk{})
	}
	for id := range c.desks {
		c.desks[id].reset()
	}
	c.behind = c.behind[:0]
	c.resetConfigs()
}

// resetConfigs gives each server the configuration of all, but for what differs on it.
func (c *Cluster) resetConfigs() {
	for id := c.members.Next(raft.None); id != raft.None; id = c.members.Next(id) {
		draw := choice.NewStream(c.seed, choice.Server(uint8(id))).Draw(1, choice.Drift)
		c.desks[id].config = c.config.Server
		c.desks[id].drift = choice.Between(draw, c.config.Drift.Min, c.config.Drift.Max)
	}
	for i := range c.config.Own {
		own := &c.config.Own[i]
		d := &c.desks[own.Server]
		if own.ElectionTimeout != nil {
			d.config.ElectionTimeout = *own.ElectionTimeout
		}
		if own.Fsync != nil {
			d.config.Disk.Fsync = *own.Fsync
		}
		if own.Drift != nil {
			d.drift = *own.Drift
		}
		if own.PreVote != nil {
			d.config.Raft.PreVote = *own.PreVote
		}
		if own.CheckQuorum != nil {
			d.config.Raft.CheckQuorum = *own.CheckQuorum
		}
	}
	c.resetLoyalty()
}

// resetLoyalty says how long each server is loyal to a leader: its own shortest election timeout,
// or where it has none, for it may be asked for its vote, the shortest of all; and how long a lease
// lasts, for which a majority must be loyal, whoever that is.
func (c *Cluster) resetLoyalty() {
	shortest := vtime.Duration(0)
	for id := c.members.Next(raft.None); id != raft.None; id = c.members.Next(id) {
		config := &c.desks[id].config
		config.MinElection = minElection(config)
		if m := config.MinElection; shortest == 0 || m != 0 && m < shortest {
			shortest = m
		}
	}
	for id := c.members.Next(raft.None); id != raft.None; id = c.members.Next(id) {
		config := &c.desks[id].config
		if config.MinElection == 0 {
			config.MinElection = shortest
		}
		config.Lease = server.LeaseFor(shortest, c.config.Rho)
		config.Raft.LeaseReads = config.Reads == server.ReadLease
	}
}

func minElection(config *server.Config) vtime.Duration {
	least, _ := config.ElectionTimeout.Bounds()
	return vtime.Duration(least)
}

// Run lets the world run to its end. The last record says how it ended. A panic of a server
// is an end too, and leaves a torn world, of no further use but to be looked at; any other panic is
// the simulator's own.
func (c *Cluster) Run() record.Ending { return c.RunUntil(Stop{}) }

// RunUntil is Run, but for the stop: if the world has not ended there, it returns 0, with no record
// of its own. Called again, it goes on from there, and the run is the same as without the stop. A
// run that has ended stays as it is.
func (c *Cluster) RunUntil(stop Stop) record.Ending {
	if c.ending != 0 {
		return c.ending
	}
	c.ending = c.run(stop)
	if c.ending != 0 {
		c.recorder.Emit(record.Record{
			Kind: record.Finished, Ending: c.ending, Count: c.requestsLeft(),
			Text: c.ending.String(),
		})
	}
	return c.ending
}

func (c *Cluster) run(stop Stop) (ending record.Ending) {
	defer func() {
		id := c.busy()
		if id == raft.None {
			return // nothing happened, or nothing that a server is to blame for
		}
		what := fmt.Sprint(recover())
		c.recorder.Emit(record.Record{Kind: record.Panicked, Server: id, Text: what})
		ending = record.Broken
	}()
	if c.recorder.Event() == 0 {
		c.start()
	}
	return c.loop(stop)
}

// loop returns how the run ends; 0 at the stop, if that comes first.
func (c *Cluster) loop(stop Stop) record.Ending {
	lastEvent, lastInstant := stop.last()
	most := min(c.config.MaxEvents, lastEvent)
	for {
		if c.pending() > c.pendingMax {
			return record.Flooded
		}
		if c.moreNow() {
			if c.recorder.Event() >= lastEvent {
				return 0
			}
			c.goOn()
			continue
		}
		if ending := c.rest(); ending != 0 {
			return ending
		}
		next, any := c.queue.Peek()
		if any {
			c.prolong(next.At)
		}
		until := min(c.latest(), lastInstant)
		if c.nemesis.Next() <= until && c.recorder.Event() < most && c.drawsBefore(next, any) {
			c.drawFaults()
			continue
		}
		if !any || next.At > until || c.recorder.Event() >= most {
			ending := c.endOrStop(lastEvent, lastInstant)
			if ending != record.TimeUp || c.config.Settle == 0 {
				return ending
			}
			c.heal()
			continue
		}
		c.queue.Pop()
		c.happen(next)
	}
}

// pending returns how much there is in the world that its limit of events does not bound: one event
// may send to all servers, and what waits takes no event at all. Faults that are to begin do not
// count: the same run may have them in the queue from the start, or draw them one by one.
func (c *Cluster) pending() int {
	return c.queue.Len() - c.faults.toBegin + c.waiting + c.network.Carried()/entriesPerEvent
}

// entriesPerEvent is how many entries need as much memory as an event with an empty message: 32
// bytes each, and it about 200.
const entriesPerEvent = 8

// latest returns the instant at which the phase of the run ends at the latest.
func (c *Cluster) latest() vtime.Time {
	if c.second.began {
		return c.second.until
	}
	return vtime.Time(c.config.Duration)
}

// endOrStop tells which of them it is. An ending that belongs to the last event before the stop
// comes first: the stop is after all that happens there.
func (c *Cluster) endOrStop(lastEvent uint64, lastInstant vtime.Time) record.Ending {
	next, any := c.queue.Peek()
	timeUp := !any || next.At > c.latest()
	if !timeUp && c.recorder.Event() >= c.config.MaxEvents {
		return record.Exhausted
	}
	if c.recorder.Event() >= lastEvent {
		return 0
	}
	if !timeUp || c.latest() > lastInstant {
		c.recorder.Advance(max(c.recorder.Now(), lastInstant))
		return 0
	}
	c.recorder.Advance(c.latest())
	c.recorder.Next()
	if c.second.began {
		return record.Stuck
	}
	return record.TimeUp
}

// start is the first event: every server starts, and the first leader, if there is to be one,
// stands for election.
func (c *Cluster) start() {
	c.recorder.Next()
	membership := raft.Membership{Voters: c.members}
	for id := c.members.Next(raft.None); id != raft.None; id = c.members.Next(id) {
		config := &c.desks[id].config
		c.servers[id].Start(id, membership, config, c.seed, &c.queue, &c.recorder)
		c.followOnClock(id)
	}
	if first := c.config.FirstLeader; first != raft.None {
		c.servers[first].StandForElection()
	}
	c.startClients()
}

// rest returns how the run ends if its phase has come to rest, else 0.
func (c *Cluster) rest() record.Ending {
	switch {
	case !c.second.began && c.settled():
		return record.Settled
	case c.second.began && c.mended():
		return record.Mended
	}
	return 0
}

// settled tells whether nothing is left to do: no request is open or to come, no fault is to begin
// or to end, and every running server has applied all that is committed. A world in which nobody
// ever asks for anything has no such end.
func (c *Cluster) settled() bool {
	if c.restless > 0 || !c.faults.over() || len(c.history) == 0 {
		return false
	}
	for id := c.members.Next(raft.None); id != raft.None; id = c.members.Next(id) {
		s := &c.servers[id]
		if s.State() == server.Running && s.Applied() != c.committed {
			return false
		}
	}
	return true
}

// leader returns the leader of the highest term among the servers that run, or None.
func (c *Cluster) leader() raft.ServerID {
	var leader raft.ServerID
	var highest raft.Term
	for id := c.members.Next(raft.None); id != raft.None; id = c.members.Next(id) {
		s := &c.servers[id]
		term := s.Node().Hard().CurrentTerm
		if s.State() == server.Running && s.Node().Role() == raft.Leader && term > highest {
			leader, highest = id, term
		}
	}
	return leader
}

// busy returns the server that is in the middle of something of its own, or None.
func (c *Cluster) busy() raft.ServerID {
	for id := c.members.Next(raft.None); id != raft.None; id = c.members.Next(id) {
		if c.servers[id].Busy() {
			return id
		}
	}
	return raft.None
}
