package cluster

import (
	"slices"

	"raftkv/raft"
	"raftkv/sim/choice"
	"raftkv/sim/network"
	"raftkv/sim/record"
	"raftkv/sim/server"
	"raftkv/sim/vtime"
)

// Heal says who heals when the second phase of a run begins. The zero Heal is of all.
type Heal struct {
	Kind HealKind
	Core raft.ServerSet // HealNamed: a majority
}

// HealKind tells how those are found who heal; zero counts as HealAll.
type HealKind uint8

// The kinds of healing. All but the first leave a rest, which stays as broken as it is.
const (
	HealAll    HealKind = iota + 1 // everything
	HealCore                       // a majority, drawn from the seed
	HealRandom                     // all or a majority, drawn from the seed
	HealNamed                      // the servers of those names
)

func (h Heal) draws() bool { return h.Kind == HealCore || h.Kind == HealRandom }

// of returns who heals in the run that draws from the stream.
func (h Heal) of(stream choice.Stream, members raft.ServerSet) Heal {
	draw := func(ordinal uint64) uint64 { return stream.Draw(ordinal, choice.Core) }
	if !h.draws() || h.Kind == HealRandom && choice.Below(draw(1), 2) == 0 {
		return h.orAll()
	}
	majority := members.Len()/2 + 1
	size := int(choice.Between(draw(2), int64(majority), int64(max(majority, members.Len()-1))))
	core := members
	for ordinal := uint64(3); core.Len() > size; ordinal++ {
		core = core.Without(nth(core, choice.Below(draw(ordinal), uint64(core.Len()))))
	}
	return Heal{Kind: HealNamed, Core: core}
}

// orAll is h, or where that leaves it to chance, all.
func (h Heal) orAll() Heal {
	if h.Kind == HealNamed {
		return h
	}
	return Heal{Kind: HealAll}
}

// nth returns the server of a set that has so many of it below.
func nth(set raft.ServerSet, below uint64) raft.ServerID {
	id := set.Next(raft.None)
	for ; below > 0; below-- {
		id = set.Next(id)
	}
	return id
}

// secondPhase is the phase in which the world, or a core of it, is well and stays so: it has a time
// to do what is left to do.
type secondPhase struct {
	began bool
	core  raft.ServerSet // who has healed; none before it began
	cut   bool           // nothing gets from the others to the core, nor back

	until vtime.Time     // it ends then at the latest
	seen  vtime.Time     // through which instant time was granted for what does not count
	left  vtime.Duration // that can still be granted
}

// unhealed returns those of the servers to which the link from one has not healed.
func (p *secondPhase) unhealed(from raft.ServerID, to raft.ServerSet) raft.ServerSet {
	if p.core.Has(from) {
		return to &^ p.core
	}
	return to
}

// heal begins the second phase, at the present event: from now on no request is begun, and no fault
// begins or ends by itself.
func (c *Cluster) heal() {
	core := c.members
	if c.config.Heal.Kind == HealNamed {
		core = c.config.Heal.Core
	}
	bound := c.config.settle()
	now := c.recorder.Now()
	c.second = secondPhase{
		began: true, core: core, cut: core != c.members && c.config.disturbs(),
		until: now.Add(bound), seen: now, left: bound,
	}
	if c.nemesis.Spent() == 0 { // a spent one draws no more, and still says so
		c.nemesis.Reset(nil, c.seed)
	}
	c.recorder.Emit(record.Record{
		Kind: record.Healed, Servers: core, Success: c.second.cut, Bound: bound,
		Text: c.second.text(c.members),
	})
	c.network.Heal(core)
	c.faults.Heal(core, c.members)
	c.followFaults()
	for id := core.Next(raft.None); id != raft.None; id = core.Next(id) {
		c.hasten(id)
	}
}

// hasten lets a server that has healed wait no longer for what a slow disk, a slow processor or a
// jump of its clock has made long: the sync and the step under way, and its timers.
func (c *Cluster) hasten(id raft.ServerID) {
	s, d := &c.servers[id], &c.desks[id]
	s.PutClockRight()
	if sync := s.Disk().Syncing(); sync != 0 {
		takes := vtime.Duration(d.config.Disk.Fsync.Usual())
		c.scheduleSync(id, server.Effect{Sync: sync, Takes: takes})
	}
	if d.working {
		c.scheduleStep(id, 0)
	}
}

// disturbs tells whether a server that is not well could depose a leader that is, again and again.
// PreVote and CheckQuorum, on every server, keep it from that (§9.6, §4.2.3, §6.2).
func (c *Config) disturbs() bool {
	options := &c.Server.Raft
	if !options.PreVote || !options.CheckQuorum {
		return true
	}
	return slices.ContainsFunc(c.Own, func(o Own) bool {
		return o.PreVote != nil && !*o.PreVote || o.CheckQuorum != nil && !*o.CheckQuorum
	})
}

// text says in words who heals.
func (p *secondPhase) text(members raft.ServerSet) string {
	rest := members &^ p.core
	switch {
	case rest == 0:
		return "all that was wrong is over"
	case p.cut:
		return "healthy from now on: " + p.core.String() + "; cut off, as it is: " + rest.String()
	}
	return "healthy from now on: " + p.core.String() + "; as it is: " + rest.String()
}

// cutOff adds to the conditions of links those that part the core from the rest.
func (c *Cluster) cutOff() {
	if !c.second.cut {
		return
	}
	cut := network.Condition{Cut: true}
	rest := c.members &^ c.second.core
	for in := c.second.core.Next(raft.None); in != raft.None; in = c.second.core.Next(in) {
		for out := rest.Next(raft.None); out != raft.None; out = rest.Next(out) {
			c.conditions = append(c.conditions,
				network.LinkCondition{From: in, To: out, Condition: cut},
				network.LinkCondition{From: out, To: in, Condition: cut})
		}
	}
}

// prolong grants the second phase the time until then, if it is time that does not count: that in
// which a server leads which is not of the core, but can reach it. It grants as much again as the
// phase has, and no more.
func (c *Cluster) prolong(until vtime.Time) {
	p := &c.second
	if !p.began || until <= p.seen {
		return
	}
	if c.outsiderLeads() {
		more := min(p.left, until.Sub(p.seen))
		p.left -= more
		p.until = p.until.Add(more)
	}
	p.seen = until
}

func (c *Cluster) outsiderLeads() bool {
	if c.second.cut {
		return false
	}
	rest := c.members &^ c.second.core
	for id := rest.Next(raft.None); id != raft.None; id = rest.Next(id) {
		s := &c.servers[id]
		if s.State() == server.Running && s.Node().Role() == raft.Leader {
			return true
		}
	}
	return false
}

// mended tells whether the goal of the second phase is reached: a leader of the core has committed
// an entry of its term, no request is open, and all of the core that run have applied all that is
// committed.
func (c *Cluster) mended() bool {
	if c.open > 0 {
		return false
	}
	var leader raft.ServerID
	var highest raft.Term
	core := c.second.core
	for id := core.Next(raft.None); id != raft.None; id = core.Next(id) {
		s := &c.servers[id]
		if s.State() != server.Running {
			continue
		}
		if s.Applied() != c.committed {
			return false
		}
		if term := s.Node().Hard().CurrentTerm; s.Node().Role() == raft.Leader && term > highest {
			leader, highest = id, term
		}
	}
	return leader != raft.None && c.committed > 0 &&
		c.servers[leader].Node().Entry(c.committed).Term == highest
}
