// Package network is the network between the servers, and between them and the clients: a message
// goes in, and what comes out is when it arrives, how often, or why it never does.
//
// The network knows servers, not their lives. A message that arrives at a crashed server is gone;
// at a paused one it waits; one sent to a server before it crashed and restarted arrives all the
// same. A cut drops what is sent while it lasts, and what would arrive while it lasts.
package network

import (
	"raftkv/raft"
	"raftkv/sim/choice"
	"raftkv/sim/vtime"
)

// Config says how the network behaves. The zero value delivers everything at once.
type Config struct {
	Latency   choice.Distribution // of each message, in nanoseconds
	Loss      choice.Ratio        // of messages that never arrive
	Duplicate choice.Ratio        // of messages between servers that arrive twice
}

// Fate is what becomes of a message.
type Fate struct {
	Lost   Reason
	Copies int               // deliveries: 0 if lost, else 1 or 2
	Delays [2]vtime.Duration // of each delivery
}

// Reason tells why a message never arrives; 0 if it does.
type Reason uint8

// The reasons.
const (
	Chance Reason = iota + 1
	LinkCut
)

// String returns the reason in words.
func (r Reason) String() string {
	switch r {
	case Chance:
		return "lost on the way"
	case LinkCut:
		return "the link is cut"
	}
	return ""
}

// servers is the length of an array indexed by identity.
const servers = raft.MaxServers + 1

// Network is the state of all links, and holds the messages on their way.
type Network struct {
	config  Config
	links   [servers][servers]link
	clients []link                  // of each client, both ways; index 0 is nobody's
	cuts    [servers]raft.ServerSet // for each server, to which others nothing gets through
	letters letters
}

// link is one direction between two servers, or both between a client and all servers.
type link struct {
	stream choice.Stream
	sent   uint64 // messages so far; the ordinal of the last one's draws
}

// Reset makes the network new for the run of seed, with all links whole. It keeps its memory.
func (n *Network) Reset(config Config, seed uint64, members raft.ServerSet, clients uint32) {
	n.config = config
	n.cuts = [servers]raft.ServerSet{}
	n.letters.reset()
	n.clients = append(n.clients[:0], link{})
	for client := uint32(1); client <= clients; client++ {
		stream := choice.NewStream(seed, choice.ClientLink(client))
		n.clients = append(n.clients, link{stream: stream})
	}
	for from := members.Next(raft.None); from != raft.None; from = members.Next(from) {
		for to := members.Next(raft.None); to != raft.None; to = members.Next(to) {
			identity := choice.Link(uint8(from), uint8(to))
			n.links[from][to] = link{stream: choice.NewStream(seed, identity)}
		}
	}
}

// SetCuts replaces the cuts: for each server, the set of those to which its messages do not get
// through.
func (n *Network) SetCuts(cuts *[raft.MaxServers + 1]raft.ServerSet) { n.cuts = *cuts }

// IsCut tells whether no message gets through from one server to another now.
func (n *Network) IsCut(from, to raft.ServerID) bool { return n.cuts[from].Has(to) }

// Send decides the fate of a message from one server to another, and returns its number on that
// link, from 1. Every message draws for itself, whatever becomes of the others.
func (n *Network) Send(from, to raft.ServerID) (fate Fate, number uint64) {
	l := &n.links[from][to]
	l.sent++
	if n.IsCut(from, to) {
		return Fate{Lost: LinkCut}, l.sent
	}
	fate = n.fate(l.stream, l.sent)
	if fate.Copies == 1 && n.config.Duplicate.Hit(l.stream.Draw(l.sent, choice.Duplicate)) {
		fate.Copies = 2
		fate.Delays[1] = n.delay(l.stream.Draw(l.sent, choice.CopyLatency))
	}
	return fate, l.sent
}

// SendClient decides the fate of a request of a client, or of an answer to it. It arrives once at
// most: without sessions, no server could tell a copy from a second request.
func (n *Network) SendClient(client uint32) Fate {
	l := &n.clients[client]
	l.sent++
	return n.fate(l.stream, l.sent)
}

func (n *Network) fate(stream choice.Stream, ordinal uint64) Fate {
	if n.config.Loss.Hit(stream.Draw(ordinal, choice.Loss)) {
		return Fate{Lost: Chance}
	}
	delay := n.delay(stream.Draw(ordinal, choice.Latency))
	return Fate{Copies: 1, Delays: [2]vtime.Duration{delay}}
}

func (n *Network) delay(draw uint64) vtime.Duration {
	return vtime.Duration(n.config.Latency.Draw(draw))
}

// LinkSource returns the number by which the event queue knows the link from one server to another.
func LinkSource(from, to raft.ServerID) uint32 { return uint32(from)*servers + uint32(to) }
