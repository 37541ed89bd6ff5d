package raft

// CopyFrom makes n an independent copy of other, log included.
func (n *Node) CopyFrom(other *Node) {
	entries, followers, data := n.log.entries, n.followers, n.incoming.data
	*n = *other
	n.log.entries = append(entries[:0], other.log.entries...)
	n.incoming.data = append(data[:0], other.incoming.data...)
	for id := range followers {
		n.followers[id].flights = append(followers[id].flights[:0], other.followers[id].flights...)
	}
}

// ID returns the identity of the node's server.
func (n *Node) ID() ServerID { return n.id }

// Membership returns the cluster's configuration as this node knows it (§4).
func (n *Node) Membership() Membership { return n.membership }

// Options returns the node's options, with defaults in their places.
func (n *Node) Options() Options { return n.options }

// Role returns what the server is in its current term.
func (n *Node) Role() Role { return n.role }

// Leader returns the leader of the current term, or None while it is unknown.
func (n *Node) Leader() ServerID { return n.leader }

// Hard returns currentTerm and votedFor as the node has them, durable or not.
func (n *Node) Hard() HardState { return n.HardState }

// Votes returns who has granted a candidate its vote in currentTerm, or would grant a pre-candidate
// one in the next (thesis §9.6), or elected the leader that it has become; nobody for a follower.
func (n *Node) Votes() ServerSet { return n.votes }

// Progress is what a leader knows of a server's log.
type Progress struct {
	NextIndex  Index // Figure 2: of the next entry to send
	MatchIndex Index // Figure 2: of the last entry known to be on the server's disk

	// Replicating tells that entries are sent before those ahead of them are acknowledged (thesis
	// §10.2.2); else the leader still probes where the two logs agree. Inflight is then how many
	// AppendEntries with entries are on their way, and InflightBytes what their commands come to.
	Replicating   bool
	Inflight      int
	InflightBytes int
}

// Progress returns what a leader knows of a server's log; zero where n does not lead.
func (n *Node) Progress(id ServerID) Progress {
	if n.role != Leader {
		return Progress{}
	}
	f := &n.followers[id]
	return Progress{
		NextIndex: f.nextIndex, MatchIndex: f.matchIndex, Replicating: f.replicating,
		Inflight: len(f.flights), InflightBytes: f.bytes,
	}
}

// Loyal tells whether the server knows of a leader that may be alive, and so grants no pre-vote,
// and with CheckQuorum no vote either (thesis §4.2.3, §9.6).
func (n *Node) Loyal() bool { return n.isLoyal() }

// ReadRound is a round of heartbeats by which a leader makes sure that nobody else leads (thesis
// §6.4).
type ReadRound struct {
	Number    uint64    // in the leader's reign, from 1; 0: there was none yet
	Open      bool      // no majority has answered it yet
	Covers    uint64    // the last read of the server's life that it lets be answered
	Index     Index     // what those have to see: commitIndex when it began
	Confirmed ServerSet // who has answered it, the leader itself among them
}

// Round returns the last round that a leader has begun; zero where n does not lead.
func (n *Node) Round() ReadRound {
	if n.role != Leader {
		return ReadRound{}
	}
	r := &n.reads
	return ReadRound{
		Number: r.round, Open: r.open, Covers: r.covers, Index: r.index, Confirmed: r.confirmed,
	}
}

// HasLease tells whether a leader answers reads at once (thesis §6.4.1).
func (n *Node) HasLease() bool { return n.hasLease() }

// Transferee returns the server to which a leader is handing over (thesis §3.10), or None.
func (n *Node) Transferee() ServerID { return n.transferee }

// CommitIndex returns the highest index known to be committed.
func (n *Node) CommitIndex() Index { return n.commitIndex }

// LastIndex returns the index of the last entry in the log, 0 for an empty log.
func (n *Node) LastIndex() Index { return n.log.lastIndex() }

// FirstIndex returns the index of the first entry that the log still has, if it has any: a snapshot
// stands for those before.
func (n *Node) FirstIndex() Index { return n.log.base.Index + 1 }

// Snapshot returns the newest snapshot; the zero Snapshot if there is none.
func (n *Node) Snapshot() Snapshot { return n.snapshot }

// Entry returns the entry at index, which must be FirstIndex to LastIndex.
func (n *Node) Entry(index Index) Entry { return *n.log.at(index) }
