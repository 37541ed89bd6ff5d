package cluster

import (
	"raftkv/raft"
	"raftkv/sim/choice"
	"raftkv/sim/client"
	"raftkv/sim/fault"
	"raftkv/sim/network"
	"raftkv/sim/server"
	"raftkv/sim/vtime"
)

// Drift is how much faster than time the servers' clocks run, in parts per billion: for each server
// it is drawn from Min to Max.
type Drift struct{ Min, Max int64 }

// Own is what differs on one server; nil is what does not.
type Own struct {
	Server          raft.ServerID
	ElectionTimeout *choice.Distribution // as in [server.Config]
	Fsync           *choice.Distribution // as in [disk.Config]
	Drift           *int64               // in parts per billion
}

// Range is what a number is drawn from, both ends included. The zero Range draws nothing.
type Range struct{ Min, Max int64 }

// Ranges are for numbers that each run draws anew: then the number itself is not said.
type Ranges struct {
	BatchMax  Range // of [raft.Options]
	Loss      Range // of [network.Link], in parts per billion, as the one below
	Duplicate Range
}

// Config is a whole world. It has no defaults: a scenario gives every value.
type Config struct {
	Servers int // n1 to this many, 1 to raft.MaxServers
	Clients uint32

	Server  server.Config
	Own     []Own // what differs on single servers
	Drift   Drift
	Network network.Config
	Client  client.Config
	Faults  []fault.Fault
	Nemesis *fault.Plan // nil for none

	// FirstLeader is the server whose election timeout runs out at time 0, at its first start; None
	// leaves the first election to chance.
	FirstLeader raft.ServerID

	Ranges Ranges

	Duration  vtime.Duration // the run ends then at the latest
	MaxEvents uint64         // a run that needs more is undecided
}

// Draws tells whether each run draws something of the world anew: numbers, or faults.
func (c *Config) Draws() bool { return c.Nemesis != nil || c.Ranges != Ranges{} }

// Of returns the world of the run of seed: with the numbers that the run draws in place of ranges.
func (c *Config) Of(seed uint64) Config {
	stream := choice.NewStream(seed, choice.Nemesis())
	own := *c
	ordinal := uint64(0)
	draw := func(r Range, set func(int64)) {
		ordinal++
		if r != (Range{}) {
			set(r.draw(stream.Draw(ordinal, choice.Setting)))
		}
	}
	link := &own.Network.Link
	draw(c.Ranges.BatchMax, func(v int64) { own.Server.Raft.BatchMax = int(v) })
	draw(c.Ranges.Loss, func(v int64) { link.Loss = choice.Ratio(v) })
	draw(c.Ranges.Duplicate, func(v int64) { link.Duplicate = choice.Ratio(v) })
	own.Ranges = Ranges{}
	return own
}

// draw gives either end in a third of all runs each: most is found there.
func (r Range) draw(bits uint64) int64 {
	const thirds = 3
	third := choice.Below(bits, thirds)
	switch third {
	case 0:
		return r.Min
	case 1:
		return r.Max
	}
	// What is left of the bits is as random as they were.
	return choice.Between(bits*thirds, r.Min, r.Max)
}

// Requests returns how many requests all clients make.
func (c *Config) Requests() int {
	if len(c.Client.Script) > 0 {
		return len(c.Client.Script)
	}
	return int(c.Clients) * int(c.Client.Requests)
}
