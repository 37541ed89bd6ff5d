package network

import (
	"raftkv/raft"
	"raftkv/sim/vtime"
)

// Healed returns the link as it is when nothing is wrong with it: of its latency and its order,
// without loss, copies, a tail or a bandwidth that holds back.
func (l Link) Healed() Link {
	return Link{Latency: l.Latency, FIFO: l.FIFO}
}

// Heal heals all links among the servers of the core, and between them and all clients, until the
// next Reset. What is on its way arrives as it would have. What is sent from now on waits for none
// of it, not even where messages keep their order: it is as if the connection were a new one.
func (n *Network) Heal(core raft.ServerSet) {
	before := uint32(len(n.profiles))
	for i := range before {
		n.profiles = append(n.profiles, n.profiles[i].Healed())
	}
	heal := func(w *way) { *w = way{profile: w.profile + before} }
	for from := core.Next(raft.None); from != raft.None; from = core.Next(from) {
		for to := core.Next(raft.None); to != raft.None; to = core.Next(to) {
			heal(&n.links[from][to].way)
		}
		for client := range n.clients.senders {
			heal(n.clients.wayTo(from, uint32(client)))
			heal(n.clients.wayFrom(from, uint32(client)))
		}
	}
}

// RoundTrip returns how long a message and its answer take on the slowest healed link, each for all
// but one in a hundred: latencies may have a tail without end. It is at most longestRoundTrip.
func (c *Config) RoundTrip() vtime.Duration {
	slowest := c.Latency.Usual()
	for i := range c.Differences {
		if own := c.Differences[i].Latency; own != nil {
			slowest = max(slowest, own.Usual())
		}
	}
	return 2 * vtime.Duration(min(slowest, int64(longestRoundTrip)/2))
}

// longestRoundTrip leaves room for sums and for small multiples.
const longestRoundTrip = 24 * 60 * vtime.Minute
