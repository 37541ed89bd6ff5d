package cluster

import (
	"fmt"

	"raftkv/raft"
	"raftkv/sim/choice"
	"raftkv/sim/vtime"
)

// Excuse is why no Raft need be live in a world, though nothing is wrong with it; the zero Excuse
// is no reason.
type Excuse struct {
	Why string // in words

	// Elections: it is a reason for elections that come to nothing again and again, and for nothing
	// else.
	Elections bool
}

// Excuse returns what there is to excuse in the configuration.
func (c *Config) Excuse() Excuse {
	if c.Server.Heartbeat == 0 {
		return Excuse{Why: "heartbeats are switched off"}
	}
	if c.needs() > SettleMax {
		return Excuse{Why: fmt.Sprintf("it may need longer than %v", SettleMax)}
	}
	members := raft.Servers(c.Servers)
	var never raft.ServerSet
	for id := members.Next(raft.None); id != raft.None; id = members.Next(id) {
		if _, high := c.electionTimeout(id).Bounds(); high == 0 {
			never = never.With(id)
		}
	}
	if never != 0 {
		return Excuse{Why: "election timeouts are switched off" + only(never, members)}
	}
	if why := c.excuseTimeouts(members); why != "" {
		return Excuse{Why: why, Elections: true}
	}
	return Excuse{}
}

// excuseTimeouts: broadcastTime is to be much less than electionTimeout (§5.6), or whoever is hasty
// deposes those who lead; and timeouts are to be so far from each other that one server stands
// alone (§5.2), which one that differs is enough for.
func (c *Config) excuseTimeouts(members raft.ServerSet) string {
	trip := c.Network.RoundTrip() + c.sync()
	var narrow raft.ServerSet
	for id := members.Next(raft.None); id != raft.None; id = members.Next(id) {
		low, high := c.electionTimeout(id).Bounds()
		least, spread := vtime.Duration(low), vtime.Duration(high-low)
		var here raft.ServerSet
		if c.own(id).ElectionTimeout != nil {
			here = here.With(id)
		}
		switch {
		case least < 2*trip:
			return fmt.Sprintf("an election timeout of %v%s is less than two round trips with "+
				"their syncs, %v (§5.6)", least, only(here, members), 2*trip)
		case least < c.Server.Heartbeat+trip:
			return fmt.Sprintf("an election timeout of %v%s leaves a heartbeat, one each %v, less "+
				"than a round trip with its sync, %v (§5.6)", least, only(here, members),
				c.Server.Heartbeat, trip)
		case spread < 2*trip:
			narrow = narrow.With(id)
		}
	}
	if c.Servers > 1 && narrow.Len() > c.Servers/2 {
		return fmt.Sprintf("election timeouts differ%s by less than two round trips with their "+
			"syncs, %v (§5.6)", only(narrow, members), 2*trip)
	}
	return ""
}

// only says of whom something is true, where it is not of all.
func only(set, members raft.ServerSet) string {
	if set == 0 || set == members {
		return ""
	}
	return " on " + set.String()
}

func (c *Config) electionTimeout(id raft.ServerID) *choice.Distribution {
	if timeout := c.own(id).ElectionTimeout; timeout != nil {
		return timeout
	}
	return &c.Server.ElectionTimeout
}

// own returns what differs on a server.
func (c *Config) own(id raft.ServerID) *Own {
	for i := range c.Own {
		if c.Own[i].Server == id {
			return &c.Own[i]
		}
	}
	return new(Own)
}
