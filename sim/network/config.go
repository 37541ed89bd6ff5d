package network

import (
	"raftkv/raft"
	"raftkv/sim/choice"
)

// Config says how the network behaves. The zero value delivers everything at once.
type Config struct {
	Link                     // of all links, where the differences say nothing else
	Places      []Place      // who is in a region
	Differences []Difference // a later one goes before an earlier one, key by key

	// Sessions says that clients make their requests in sessions. Then what is between them and the
	// servers may arrive twice too.
	Sessions bool
}

// Link says how messages fare on a link, in one direction. The zero value delivers each at once.
type Link struct {
	Latency   choice.Distribution // of each message, in nanoseconds
	Tail      Tail                // on top of it
	Loss      choice.Ratio        // of messages that never arrive
	Duplicate choice.Ratio        // of messages that arrive twice; of clients', see Config.Sessions
	// Bandwidth, in bytes a second, is how fast a message leaves; 0 is no limit. The link carries
	// one after the other, and then each takes its latency. What is lost was carried, what a cut
	// drops was not; a copy is made on the way, and is not carried again.
	Bandwidth uint64
	// FIFO delivers in the order of sending, as TCP does: a message, and the copy of one, waits for
	// all that was sent before it. Without, messages overtake each other as their latencies fall.
	FIFO bool
}

// Tail makes some messages slow, each by a draw of its own. The zero value makes none.
type Tail struct {
	Rate choice.Ratio        // how many
	By   choice.Distribution // what it adds to their latency, in nanoseconds
}

// Place says in which region a server is, or a client: one of the two is set.
type Place struct {
	Server raft.ServerID
	Client uint32
	Region string
}

// Difference is what is different on some links: all from one end to the other. Nil is as it is
// everywhere.
type Difference struct {
	From, To End
	Both     bool // and back

	Latency   *choice.Distribution
	Tail      *Tail
	Loss      *choice.Ratio
	Duplicate *choice.Ratio
	Bandwidth *uint64
	FIFO      *bool
}

// End is who is at the end of some links: a server, or all servers and clients of a region. A
// region with itself has the links within it.
type End struct {
	Server raft.ServerID
	Region string // if Server is None
}

// station is who is at the end of one link: a server, or a client, which is None here.
type station struct {
	server raft.ServerID
	region string // "" for none
}

func (e *End) has(s *station) bool {
	if e.Server != raft.None {
		return s.server == e.Server
	}
	return e.Region != "" && s.region == e.Region
}

func (d *Difference) concerns(from, to *station) bool {
	return d.From.has(from) && d.To.has(to) || d.Both && d.From.has(to) && d.To.has(from)
}

// change makes the difference to a link.
func (d *Difference) change(l *Link) {
	set(&l.Latency, d.Latency)
	set(&l.Tail, d.Tail)
	set(&l.Loss, d.Loss)
	set(&l.Duplicate, d.Duplicate)
	set(&l.Bandwidth, d.Bandwidth)
	set(&l.FIFO, d.FIFO)
}

func set[V any](to, from *V) {
	if from != nil {
		*to = *from
	}
}
