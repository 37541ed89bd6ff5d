package raft

// reads is what a leader knows of the reads that it has taken and not answered (thesis §6.4). A
// read needs no entry in the log, but proof that nobody else had led when it was taken: a round of
// heartbeats, sent after that, which a majority answers. Then what was committed when the round
// began is all that the read has to see.
//
// One round is on its way at a time; reads that come meanwhile wait for the next.
type reads struct {
	taken    uint64 // the last read of this life
	answered uint64 // the last that was answered, or dropped

	round     uint64    // the last that was begun in this reign
	open      bool      // and it is not confirmed yet
	covers    uint64    // the last read that was waiting when it began
	index     Index     // commitIndex then
	confirmed ServerSet // who has answered it
	timed     bool      // the time of a lease began with it

	lease  bool // nobody else can lead before the lease timer runs out (§6.4.1)
	waived bool // in this reign there is no lease any more
}

// reset begins a reign.
func (r *reads) reset() { *r = reads{taken: r.taken, answered: r.answered} }

// onRead takes a read, and answers it at once if the lease allows.
func (n *Node) onRead(out *Output) {
	if n.role != Leader {
		out.Refusal = NotLeader
		return
	}
	n.reads.taken++
	out.Reading = n.reads.taken
	if n.hasLease() {
		n.answerReads(n.reads.taken, n.commitIndex, out)
		return
	}
	n.askForRound(out)
}

// hasLease tells whether reads need no round: while the lease lasts nobody else can lead.
func (n *Node) hasLease() bool { return n.role == Leader && n.reads.lease }

// askForRound begins a round with heartbeats of its own.
func (n *Node) askForRound(out *Output) {
	if !n.beginRound(out) {
		return
	}
	for id := n.others().Next(None); id != None; id = n.others().Next(id) {
		n.sendHeartbeat(id, out)
	}
}

// beginRound begins a round with the next AppendEntries to each, and returns false if it does not:
// one is on its way already, or the leader has committed nothing in its own term, and so does not
// know yet what earlier ones have (§6.4, step 1). The lease that the round will bring counts from
// now: the answers may be late.
func (n *Node) beginRound(out *Output) bool {
	r := &n.reads
	if r.open || n.log.term(n.commitIndex) != n.CurrentTerm {
		return false
	}
	r.round++
	r.open, r.covers, r.index, r.confirmed, r.timed = true, r.taken, n.commitIndex, 0, false
	n.confirm(n.id, r.round, out)
	if r.open && n.options.LeaseReads && !r.waived { // a cluster of one needs no lease
		r.timed = true
		out.begin(LeaseTimer)
	}
	return true
}

// confirm takes notice that a server has answered a round: it has heard of no other leader. Only
// the round that is open counts, and so only what was sent after the reads had come.
func (n *Node) confirm(id ServerID, round uint64, out *Output) {
	r := &n.reads
	if !r.open || round != r.round {
		return
	}
	r.confirmed = r.confirmed.With(id)
	if !n.membership.HasMajority(r.confirmed) {
		return
	}
	r.open = false
	if r.timed {
		r.lease = true
		out.arm(LeaseTimer)
	}
	n.answerReads(r.covers, r.index, out)
	n.continueReads(out)
}

// waiveLease gives up the lease, what the open round would bring, and all others of the reign.
func (r *reads) waiveLease() { r.lease, r.timed, r.waived = false, false, true }

// continueReads lets reads that still wait have their round.
func (n *Node) continueReads(out *Output) {
	if n.reads.taken > n.reads.answered {
		n.askForRound(out)
	}
}

// answerReads lets the reads through a number be answered from what index commits.
func (n *Node) answerReads(through uint64, index Index, out *Output) {
	if through > n.reads.answered {
		n.reads.answered = through
		out.ReadThrough, out.ReadIndex = through, index
	}
}

// dropReads: who leads no more cannot answer, and nothing is lost by saying so.
func (n *Node) dropReads(out *Output) {
	if n.reads.taken > n.reads.answered {
		n.reads.answered = n.reads.taken
		out.DropReads = true
	}
}
