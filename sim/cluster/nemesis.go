package cluster

import (
	"raftkv/raft"
	"raftkv/sim/fault"
	"raftkv/sim/record"
	"raftkv/sim/vtime"
)

// drawsBefore tells whether the nemesis draws before the next event of the queue, if there is any:
// right after the faults of its instant, if there are any. To draw is no event, so that the run is
// the same when what it has drawn stands in the scenario.
func (c *Cluster) drawsBefore(next vtime.Event, any bool) bool {
	at := c.nemesis.Next()
	return !any || at < next.At || at == next.At && next.Class() != vtime.ClassFault
}

// drawFaults lets the nemesis draw, and adds what it draws to the faults of the run.
func (c *Cluster) drawFaults() {
	situation := fault.Situation{View: c.view(), Seen: c.seen}
	c.drawn = c.nemesis.Draw(c.drawn[:0], &situation)
	for _, f := range c.drawn {
		if f.AtMoment() && f.At >= c.latest() {
			continue // the run is over by then
		}
		c.faults.Add(f)
		c.awaitFault(c.faults.Len() - 1)
	}
}

// NemesisSpent returns after how many faults the nemesis had to stop; 0 if it had not to.
func (c *Cluster) NemesisSpent() int { return c.nemesis.Spent() }

// seen returns how many records of a kind have happened to a server.
func (c *Cluster) seen(kind record.Kind, id raft.ServerID) uint32 {
	return c.faults.waiting.seen[kind][id]
}
