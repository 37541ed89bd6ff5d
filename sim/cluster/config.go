package cluster

import (
	"raftkv/raft"
	"raftkv/sim/client"
	"raftkv/sim/fault"
	"raftkv/sim/network"
	"raftkv/sim/server"
	"raftkv/sim/vtime"
)

// Config is a whole world. It has no defaults: a scenario gives every value.
type Config struct {
	Servers int // n1 to this many, 1 to raft.MaxServers
	Clients uint32

	Server  server.Config
	Network network.Config
	Client  client.Config
	Faults  []fault.Fault

	// FirstLeader is the server whose election timeout runs out at time 0, at its first start; None
	// leaves the first election to chance.
	FirstLeader raft.ServerID

	Duration  vtime.Duration // the run ends then at the latest
	MaxEvents uint64         // a run that needs more is undecided
}
