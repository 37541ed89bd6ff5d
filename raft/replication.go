package raft

// onPropose takes a client's command into the log (Figure 2, "Leaders"), unless too many wait there
// already, or a successor is to have the whole log soon (thesis §3.10).
func (n *Node) onPropose(command string, out *Output) {
	switch {
	case n.role != Leader:
		out.Refusal = NotLeader
	case n.transferee != None:
		out.Refusal = Transferring
	case n.log.lastIndex()-n.commitIndex >= Index(n.options.ProposalsMax):
		out.Refusal = TooManyProposals
	default:
		n.appendAsLeader(Entry{Kind: Command, Command: command}, out)
		out.Proposed = LogState{Index: n.log.lastIndex(), Term: n.CurrentTerm}
	}
}

// appendAsLeader adds one entry of the current term and begins to replicate it. The messages may
// overtake the own disk (thesis §10.2.1): the leader counts itself when it has caught up.
func (n *Node) appendAsLeader(e Entry, out *Output) {
	e.Term = n.CurrentTerm
	index := n.log.append(e)
	out.saveEntries(index, n.log.after(index-1, 1))
	for id := n.others().Next(None); id != None; id = n.others().Next(id) {
		n.replicate(id, out)
	}
}

// replicate sends a follower the entries that it was never sent, as far as they may be on their way
// together.
func (n *Node) replicate(to ServerID, out *Output) {
	follower := &n.followers[to]
	for follower.nextIndex <= n.log.lastIndex() && follower.mayFly(&n.options) {
		n.sendEntries(to, out)
	}
}

// sendEntries sends a follower the entries from its nextIndex on, as many as a batch takes. To one
// that is probed it says, even with none, where the logs may agree. To one that replicates, those
// ahead of them that are not acknowledged go along again, as far as the batch has room: so a
// request is of use also where the one before it is late or lost.
func (n *Node) sendEntries(to ServerID, out *Output) {
	follower := &n.followers[to]
	if n.needsSnapshot(to) {
		n.sendSnapshot(to, out)
		return
	}
	batch := Index(n.options.BatchMax)
	last := min(n.log.lastIndex(), follower.nextIndex+batch-1)
	previous := follower.nextIndex - 1
	if follower.replicating {
		previous = max(follower.matchIndex, last-min(last, batch), n.log.base.Index)
	}
	entries := n.log.after(previous, int(last-previous))
	n.sendAppendEntries(to, previous, entries, out)
	follower.sent(last, entries)
}

// sendHeartbeat sends a follower no entries, but the leader's word that it leads, and how far it
// has committed. It names the entry that the follower is known to hold: whatever is on its way, a
// heartbeat is not refused for it, nor does it wait for a disk. Of what a snapshot has replaced it
// names nothing but the beginning, where all logs agree.
func (n *Node) sendHeartbeat(to ServerID, out *Output) {
	match := n.followers[to].matchIndex
	if match < n.log.base.Index {
		match = 0
	}
	n.sendAppendEntries(to, match, nil, out)
}

func (n *Node) sendAppendEntries(to ServerID, previous Index, entries []Entry, out *Output) {
	follower := &n.followers[to]
	follower.told = max(follower.told, min(n.commitIndex, previous+Index(len(entries))))
	n.send(Message{
		Type:         AppendEntries,
		To:           to,
		PrevLogIndex: previous,
		PrevLogTerm:  n.termBefore(previous),
		Entries:      entries,
		LeaderCommit: n.commitIndex,
		Round:        n.reads.round,
	}, out)
}

// termBefore returns the term of the entry at previous, which the log has, or which is none.
func (n *Node) termBefore(previous Index) Term {
	if previous == 0 {
		return 0
	}
	return n.log.term(previous)
}

// onHeartbeatTimeout: while a server leads, it lets nobody wait for long (§5.2). What may have been
// lost is sent again.
func (n *Node) onHeartbeatTimeout(out *Output) {
	if n.role != Leader {
		return // of an earlier reign
	}
	out.arm(HeartbeatTimer)
	if n.options.LeaseReads {
		n.beginRound(out)
	}
	for id := n.others().Next(None); id != None; id = n.others().Next(id) {
		n.beat(id, out)
	}
}

func (n *Node) beat(id ServerID, out *Output) {
	follower := &n.followers[id]
	if follower.overdue {
		follower.probe(follower.matchIndex + 1)
	}
	if !follower.replicating {
		n.sendEntries(id, out)
		return
	}
	follower.overdue = len(follower.flights) > 0
	n.sendHeartbeat(id, out)
}

func (n *Node) onAppendEntriesResponse(m *Message, out *Output) {
	if n.role != Leader {
		return
	}
	n.heard = n.heard.With(m.From)
	n.confirm(m.From, m.Round, out)
	if !m.Success {
		n.backOff(m, out)
		return
	}
	if !n.log.agrees(m.MatchIndex, m.MatchTerm) {
		return // it attests to another log than this
	}
	n.goOn(m, out)
}

// goOn takes notice of how far a follower's disk holds the leader's log, and sends it what comes
// next.
func (n *Node) goOn(m *Message, out *Output) {
	n.acknowledge(m.From, m.MatchIndex, out)
	follower := &n.followers[m.From]
	if follower.nextIndex == follower.matchIndex+1 {
		follower.startReplicating()
	}
	n.replicate(m.From, out)
	n.tellCommit(m.From, out) // unless the entries have told it
	if m.From == n.transferee {
		n.handOver(out)
	}
}

// backOff lets a follower's nextIndex go back to where the two logs may agree, and tries again.
func (n *Node) backOff(m *Message, out *Output) {
	follower := &n.followers[m.From]
	if m.ConflictIndex == 0 {
		return // it refused an earlier reign's term, not this log
	}
	if m.PrevLogIndex <= follower.matchIndex || m.PrevLogIndex >= follower.nextIndex {
		return // an old refusal: the follower has gone on since, or nextIndex has gone back
	}
	if !follower.replicating && m.PrevLogIndex != follower.nextIndex-1 {
		return // another request than that on its way
	}
	follower.probe(n.retreat(m))
	n.sendEntries(m.From, out)
}

// retreat returns the nextIndex that a refusal suggests: after the leader's own last entry of the
// conflicting term, if it has any, else where the follower's entries of that term begin.
func (n *Node) retreat(m *Message) Index {
	suggested := min(m.ConflictIndex, m.PrevLogIndex)
	if m.ConflictTerm == 0 {
		return suggested
	}
	afterTerm := n.log.firstAtOrAbove(m.ConflictTerm + 1)
	if n.log.has(afterTerm-1, m.ConflictTerm) {
		return min(afterTerm, m.PrevLogIndex)
	}
	return suggested
}
