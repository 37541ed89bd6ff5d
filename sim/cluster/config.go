package cluster

import (
	"slices"

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
	PreVote         *bool                // as in [raft.Options]
	CheckQuorum     *bool
}

// Range is what a number is drawn from, both ends included. The zero Range draws nothing.
type Range struct{ Min, Max int64 }

// Ranges are for numbers that each run draws anew: then the number itself is not said.
type Ranges struct {
	BatchMax  Range // of [raft.Options]
	Inflight  Range // of [raft.Options]: InflightMax
	Loss      Range // of [network.Link], in parts per billion, as the one below
	Duplicate Range

	InflightBytes Range // of [raft.Options]
	Proposals     Range // of [raft.Options]: ProposalsMax

	Reads Range // of [server.Config]; each is as likely as the others

	// Of [raft.Options], where 0 is false: all servers alike, or each as it comes. Leases need
	// CheckQuorum, and have it.
	PreVote Range
	Quorum  Range
}

// Config is a whole world. It has no defaults: a scenario gives every value.
type Config struct {
	Servers int // n1 to this many, 1 to raft.MaxServers
	Clients uint32

	Server server.Config
	Own    []Own // what differs on single servers
	Drift  Drift
	// Rho is by how much clocks may run faster or slower than time for leases to be safe (thesis
	// §6.4.1), in parts per billion.
	Rho     int64
	Network network.Config
	Client  client.Config
	Faults  []fault.Fault
	Nemesis *fault.Plan // nil for none

	// FirstLeader is the server whose election timeout runs out at time 0, at its first start; None
	// leaves the first election to chance.
	FirstLeader raft.ServerID

	Ranges Ranges

	// Duration is how long the first phase lasts at most. If the run has not settled by then, Heal
	// heals, and Settle is how long what has healed has to settle: 0 for no second phase, or
	// [AutoSettle].
	Duration vtime.Duration
	Settle   vtime.Duration
	Heal     Heal

	MaxEvents uint64 // a run that needs more is undecided
}

// Draws tells whether each run draws something of the world anew: numbers, faults, or who heals.
func (c *Config) Draws() bool {
	return c.Nemesis != nil || c.Ranges != Ranges{} || c.Heal.draws()
}

// Of returns the world of the run of seed: with the numbers that the run draws in place of ranges,
// and with those named who heal, if not all do.
func (c *Config) Of(seed uint64) Config {
	stream := choice.NewStream(seed, choice.Nemesis())
	own := *c
	ordinal := uint64(0)
	draw := func(r Range, from func(Range, uint64) int64, set func(int64)) {
		ordinal++
		if r != (Range{}) {
			set(from(r, stream.Draw(ordinal, choice.Setting)))
		}
	}
	options, link := &own.Server.Raft, &own.Network.Link
	draw(c.Ranges.BatchMax, Range.ends, func(v int64) { options.BatchMax = int(v) })
	draw(c.Ranges.Loss, Range.ends, func(v int64) { link.Loss = choice.Ratio(v) })
	draw(c.Ranges.Duplicate, Range.ends, func(v int64) { link.Duplicate = choice.Ratio(v) })
	draw(c.Ranges.Inflight, Range.ends, func(v int64) { options.InflightMax = int(v) })
	draw(c.Ranges.Reads, Range.evenly, func(v int64) { own.Server.Reads = server.Reads(v) })
	draw(c.Ranges.PreVote, Range.asIs, func(bits int64) {
		own.drawOption(uint64(bits), &options.PreVote, func(o *Own) **bool { return &o.PreVote })
	})
	draw(c.Ranges.Quorum, Range.asIs, func(bits int64) {
		options.CheckQuorum = true
		if own.Server.Reads != server.ReadLease {
			own.drawOption(uint64(bits), &options.CheckQuorum,
				func(o *Own) **bool { return &o.CheckQuorum })
		}
	})
	draw(c.Ranges.InflightBytes, Range.ends, func(v int64) { options.InflightBytes = int(v) })
	draw(c.Ranges.Proposals, Range.ends, func(v int64) { options.ProposalsMax = int(v) })
	own.Ranges = Ranges{}
	own.Heal = c.Heal.of(stream, raft.Servers(c.Servers))
	return own
}

// drawOption draws an option: no server has it, each has, or each as it comes, in a third of all
// runs each. It leaves servers alone of which it is said.
func (c *Config) drawOption(bits uint64, all *bool, of func(*Own) **bool) {
	const thirds = 3
	way := choice.Below(bits, thirds)
	*all = way != 0
	if way != thirds-1 {
		return
	}
	bits *= thirds // what is left of the bits is as random as they were
	c.Own = slices.Clone(c.Own)
	for id := raft.ServerID(1); int(id) <= c.Servers; id++ {
		i := slices.IndexFunc(c.Own, func(o Own) bool { return o.Server == id })
		if i < 0 {
			i = len(c.Own)
			c.Own = append(c.Own, Own{Server: id})
		}
		if option := of(&c.Own[i]); *option == nil {
			has := bits>>id&1 != 0
			*option = &has
		}
	}
}

func (r Range) asIs(bits uint64) int64 { return int64(bits) }

func (r Range) evenly(bits uint64) int64 { return choice.Between(bits, r.Min, r.Max) }

// ends gives either end in a third of all runs each: most is found there.
func (r Range) ends(bits uint64) int64 {
	const thirds = 3
	switch choice.Below(bits, thirds) {
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
