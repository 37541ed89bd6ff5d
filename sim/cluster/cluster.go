// Package cluster is the world of a run: servers, network, clients and faults around one queue of
// events, on one thread. Its only output is records; who wants to know what happened reads them.
//
// Start reading at [Cluster.Run]. What happens in events.go, the clients' part in clients.go, the
// faults' in faults.go.
package cluster

import (
	"fmt"

	"raftkv/raft"
	"raftkv/sim/history"
	"raftkv/sim/network"
	"raftkv/sim/record"
	"raftkv/sim/server"
	"raftkv/sim/vtime"
)

// Cluster is a world. The zero value is ready for Reset; a world is used again for the next run,
// and gives what a new one would give.
type Cluster struct {
	config   *Config
	seed     uint64
	members  raft.ServerSet
	queue    vtime.Queue
	recorder record.Recorder

	servers []server.Server // by identity; index 0 is nobody
	inboxes [][]vtime.Event // by identity: what arrived for a paused server
	network network.Network
	faults  faults

	clients  []seat // by number; index 0 is nobody
	errands  errands
	history  []history.Operation
	restless int // clients that have a request open or to come
	idle     int // clients that wait to be told a leader

	committed raft.Index // the highest that any server knew to be committed
}

// Reset makes c the world of config and seed at time 0, before anything has happened. Its records
// go to sink. It keeps the memory of earlier runs.
func (c *Cluster) Reset(config *Config, seed uint64, sink record.Sink) {
	c.config, c.seed = config, seed
	c.members = raft.Servers(config.Servers)
	c.queue.Reset()
	c.recorder.Reset(sink)
	c.network.Reset(config.Network, seed, c.members, config.Clients)
	c.committed = 0
	c.resetServers()
	c.resetClients()
	c.resetFaults()
}

func (c *Cluster) resetServers() {
	for len(c.servers) <= c.config.Servers {
		c.servers = append(c.servers, server.Server{})
		c.inboxes = append(c.inboxes, nil)
	}
	for i := range c.inboxes {
		c.inboxes[i] = c.inboxes[i][:0]
	}
}

// Run lets the world run to its end. The last record says how it ended. A panic of a server
// is an end too, and leaves a torn world, of no further use; any other panic is the simulator's
// own.
func (c *Cluster) Run() record.Ending {
	ending := c.run()
	c.recorder.Emit(record.Record{
		Kind: record.Finished, Ending: ending, Count: c.requestsLeft(), Text: ending.String(),
	})
	return ending
}

func (c *Cluster) run() (ending record.Ending) {
	defer func() {
		id := c.busy()
		if id == raft.None {
			return // nothing happened, or nothing that a server is to blame for
		}
		what := fmt.Sprint(recover())
		c.recorder.Emit(record.Record{Kind: record.Panicked, Server: id, Text: what})
		ending = record.Broken
	}()
	c.start()
	return c.loop()
}

func (c *Cluster) loop() record.Ending {
	for !c.settled() {
		next, any := c.queue.Peek()
		if !any || next.At > vtime.Time(c.config.Duration) {
			c.recorder.Advance(vtime.Time(c.config.Duration))
			c.recorder.Next()
			return record.TimeUp
		}
		if c.recorder.Event() >= c.config.MaxEvents {
			return record.Exhausted
		}
		c.queue.Pop()
		c.happen(next)
	}
	return record.Settled
}

// start is the first event: every server starts, and the first leader, if there is to be one,
// stands for election.
func (c *Cluster) start() {
	c.recorder.Next()
	membership := raft.Membership{Voters: c.members}
	for id := c.members.Next(raft.None); id != raft.None; id = c.members.Next(id) {
		c.servers[id].Start(id, membership, &c.config.Server, c.seed, &c.queue, &c.recorder)
	}
	if first := c.config.FirstLeader; first != raft.None {
		c.servers[first].StandForElection()
	}
	for number := uint32(1); number <= c.config.Clients; number++ {
		c.think(number)
	}
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

// History returns what the clients saw, in the order of the requests. It is the world's own, until
// its next Reset.
func (c *Cluster) History() []history.Operation { return c.history }

// Server returns a server, to be looked at.
func (c *Cluster) Server(id raft.ServerID) *server.Server { return &c.servers[id] }

// Event returns the number of the present event.
func (c *Cluster) Event() uint64 { return c.recorder.Event() }

// Now returns the time of the present event.
func (c *Cluster) Now() vtime.Time { return c.recorder.Now() }

// busy returns the server that is in the middle of something of its own, or None.
func (c *Cluster) busy() raft.ServerID {
	for id := c.members.Next(raft.None); id != raft.None; id = c.members.Next(id) {
		if c.servers[id].Busy() {
			return id
		}
	}
	return raft.None
}
