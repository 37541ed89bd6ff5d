// Package network is the network between the servers, and between them and the clients: a message
// goes in, and what comes out is when it arrives, how often, or why it never does.
//
// The network knows servers, not their lives. A message that arrives at a crashed server is gone;
// at a paused one it waits; one sent to a server before it crashed and restarted arrives all the
// same. A cut drops what is sent while it lasts, and what would arrive while it lasts.
//
// Start reading at [Link], in config.go: how a link behaves by itself. What faults do to it is a
// [Condition].
package network

import (
	"math"
	"math/bits"

	"raftkv/raft"
	"raftkv/sim/choice"
	"raftkv/sim/vtime"
)

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
	config     Config
	profiles   []Link // how links behave; the first is that of all without a difference
	links      [servers][servers]link
	clients    clients
	conditions []LinkCondition // the first is none
	letters    letters
}

// link is one direction between two servers.
type link struct {
	sender
	way
	condition uint16 // which of the network's
}

// sender is who draws for its messages, each with its number.
type sender struct {
	stream choice.Stream
	sent   uint64 // messages so far; the ordinal of the last one's draws
}

func (s *sender) draw(purpose choice.Purpose) uint64 { return s.stream.Draw(s.sent, purpose) }

// way is what messages in one direction share.
type way struct {
	profile uint32     // which of the network's
	free    vtime.Time // when all that was sent has left
	last    vtime.Time // when the last arrives, where they arrive in order
}

// Reset makes the network new for the run of seed, with all links in order. It keeps its memory.
func (n *Network) Reset(config Config, seed uint64, members raft.ServerSet, clients uint32) {
	n.config = config
	n.profiles = append(n.profiles[:0], config.Link)
	n.conditions = append(n.conditions[:0], LinkCondition{})
	n.letters.reset()
	n.clients.reset(seed, members, clients)
	for from := members.Next(raft.None); from != raft.None; from = members.Next(from) {
		for to := members.Next(raft.None); to != raft.None; to = members.Next(to) {
			identity := choice.Link(uint8(from), uint8(to))
			n.links[from][to] = link{sender: sender{stream: choice.NewStream(seed, identity)}}
		}
	}
	if len(config.Differences) > 0 {
		n.differ(members)
	}
}

// Send decides the fate of a message from one server to another, and returns its number on that
// link, from 1. Every message draws for itself, whatever becomes of the others.
func (n *Network) Send(
	from, to raft.ServerID, now vtime.Time, bytes uint64,
) (fate Fate, number uint64) {
	l := &n.links[from][to]
	l.sent++
	fault := &n.conditions[l.condition].Condition
	if fault.Cut {
		return Fate{Lost: LinkCut}, l.sent
	}
	profile := &n.profiles[l.profile]
	left := l.leave(profile, now, bytes)
	if hit(profile.Loss, &l.sender, choice.Loss) || hit(fault.Loss, &l.sender, choice.FaultLoss) {
		return Fate{Lost: Chance}, l.sent
	}
	arrives := [2]vtime.Time{arrival(left, profile, fault, &l.sender, original)}
	fate.Copies = 1
	if hit(profile.Duplicate, &l.sender, choice.Duplicate) ||
		hit(fault.Duplicate, &l.sender, choice.FaultDuplicate) {
		arrives[1] = arrival(left, profile, fault, &l.sender, duplicate)
		fate.Copies = 2
	}
	if profile.FIFO {
		l.queueUp(arrives[:fate.Copies])
	}
	for i := range fate.Copies {
		fate.Delays[i] = arrives[i].Sub(now)
	}
	return fate, l.sent
}

// hit tells whether something happens to the sender's last message.
func hit(ratio choice.Ratio, s *sender, purpose choice.Purpose) bool {
	return ratio != 0 && ratio.Hit(s.draw(purpose))
}

// leave returns when a message has left: the link carries it after all that was sent before.
func (w *way) leave(profile *Link, now vtime.Time, bytes uint64) vtime.Time {
	if profile.Bandwidth == 0 {
		return now
	}
	w.free = max(now, w.free).Add(carrying(bytes, profile.Bandwidth))
	return w.free
}

// carrying is how long a link takes for so many bytes: no less than they need, nor a nanosecond
// more.
func carrying(bytes, bandwidth uint64) vtime.Duration {
	high, low := bits.Mul64(bytes, uint64(vtime.Second))
	low, carry := bits.Add64(low, bandwidth-1, 0)
	high += carry
	if high >= bandwidth {
		return math.MaxInt64
	}
	span, _ := bits.Div64(high, low, bandwidth)
	return vtime.Duration(min(span, math.MaxInt64))
}

// purposes are what a delivery draws for.
type purposes struct {
	latency, tail, tailDelay, slow, slowDelay choice.Purpose
}

// A fault slows a message or not, and its copy with it; each by what it draws for itself.
var (
	original = purposes{choice.Latency, choice.Tail, choice.TailDelay,
		choice.Slow, choice.SlowDelay}
	duplicate = purposes{choice.CopyLatency, choice.CopyTail, choice.CopyTailDelay,
		choice.Slow, choice.CopySlowDelay}
)

// arrival is when a message that has left arrives.
func arrival(
	left vtime.Time, profile *Link, fault *Condition, s *sender, of purposes,
) vtime.Time {
	at := left.Add(vtime.Duration(profile.Latency.Draw(s.draw(of.latency))))
	if hit(profile.Tail.Rate, s, of.tail) {
		at = at.Add(vtime.Duration(profile.Tail.By.Draw(s.draw(of.tailDelay))))
	}
	if hit(fault.Slow.Rate, s, of.slow) {
		at = at.Add(vtime.Duration(fault.Slow.By.Draw(s.draw(of.slowDelay))))
	}
	return at
}

// queueUp lets the deliveries of a message wait for those of all before it.
func (w *way) queueUp(arrivals []vtime.Time) {
	before := w.last
	for i := range arrivals {
		arrivals[i] = max(arrivals[i], before)
		w.last = max(w.last, arrivals[i])
	}
}

// LinkSource returns the number by which the event queue knows the link from one server to another.
func LinkSource(from, to raft.ServerID) uint32 { return uint32(from)*servers + uint32(to) }
