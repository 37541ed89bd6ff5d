package network

import (
	"raftkv/raft"
	"raftkv/sim/choice"
	"raftkv/sim/vtime"
)

// clients are the links between each client and each server. A client draws for all of its
// messages, and for the answers to them, in one order.
type clients struct {
	senders  []sender  // by number; index 0 is nobody
	stations []station // where each is
	ways     []way     // to each server from each client, and back
	servers  int       // the length of an array indexed by the servers there are
}

func (c *clients) reset(seed uint64, members raft.ServerSet, count uint32) {
	c.servers = 1
	for id := members.Next(raft.None); id != raft.None; id = members.Next(id) {
		c.servers = int(id) + 1
	}
	c.senders = append(c.senders[:0], sender{})
	for client := uint32(1); client <= count; client++ {
		stream := choice.NewStream(seed, choice.ClientLink(client))
		c.senders = append(c.senders, sender{stream: stream})
	}
	c.stations = append(c.stations[:0], make([]station, len(c.senders))...)
	c.ways = append(c.ways[:0], make([]way, 2*c.servers*len(c.senders))...)
}

func (c *clients) wayTo(id raft.ServerID, client uint32) *way {
	return &c.ways[2*(int(client)*c.servers+int(id))]
}

func (c *clients) wayFrom(id raft.ServerID, client uint32) *way {
	return &c.ways[2*(int(client)*c.servers+int(id))+1]
}

// SendRequest decides the fate of a request of a client to a server. It arrives once at most,
// unless clients have sessions: without, no server could tell a copy from a second request.
func (n *Network) SendRequest(
	client uint32, to raft.ServerID, now vtime.Time, bytes uint64,
) Fate {
	return n.sendClient(client, n.clients.wayTo(to, client), now, bytes)
}

// SendAnswer decides the fate of an answer of a server to a client. It arrives once at most, unless
// clients have sessions.
func (n *Network) SendAnswer(
	from raft.ServerID, client uint32, now vtime.Time, bytes uint64,
) Fate {
	return n.sendClient(client, n.clients.wayFrom(from, client), now, bytes)
}

func (n *Network) sendClient(client uint32, w *way, now vtime.Time, bytes uint64) Fate {
	s := &n.clients.senders[client]
	s.sent++
	profile := &n.profiles[w.profile]
	left := w.leave(profile, now, bytes)
	if hit(profile.Loss, s, choice.Loss) {
		return Fate{Lost: Chance}
	}
	fate := Fate{Copies: 1}
	arrives := [2]vtime.Time{arrival(left, profile, &Condition{}, s, original)}
	if n.config.Sessions && hit(profile.Duplicate, s, choice.Duplicate) {
		arrives[1] = arrival(left, profile, &Condition{}, s, duplicate)
		fate.Copies = 2
	}
	if profile.FIFO {
		w.queueUp(arrives[:fate.Copies])
	}
	for i := range fate.Copies {
		fate.Delays[i] = arrives[i].Sub(now)
	}
	return fate
}
