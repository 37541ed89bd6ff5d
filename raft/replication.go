package raft

// onPropose takes a client's command into the log (Figure 2, "Leaders").
func (n *Node) onPropose(command string, out *Output) {
	if n.role != Leader {
		out.Refusal = NotLeader
		return
	}
	n.appendAsLeader(Entry{Kind: Command, Command: command}, out)
	out.Proposed = LogState{Index: n.log.lastIndex(), Term: n.CurrentTerm}
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

// replicate sends a follower the entries that it may need and was never sent. What is lost on the
// way comes with the next heartbeat.
func (n *Node) replicate(to ServerID, out *Output) {
	follower := &n.followers[to]
	last := min(n.log.lastIndex(), follower.nextIndex+Index(n.options.BatchMax)-1)
	if follower.sentIndex < last {
		n.sendAppendEntries(to, out)
	}
}

// sendAppendEntries sends a follower the entries from its nextIndex on, as many as a batch takes;
// with none it is a heartbeat, or the news of a commit.
func (n *Node) sendAppendEntries(to ServerID, out *Output) {
	follower := &n.followers[to]
	previous := follower.nextIndex - 1
	entries := n.log.after(previous, n.options.BatchMax)
	follower.sentIndex = max(follower.sentIndex, previous+Index(len(entries)))
	n.send(Message{
		Type:         AppendEntries,
		To:           to,
		PrevLogIndex: previous,
		PrevLogTerm:  n.log.term(previous),
		Entries:      entries,
		LeaderCommit: n.commitIndex,
	}, out)
}

func (n *Node) broadcastAppendEntries(out *Output) {
	for id := n.others().Next(None); id != None; id = n.others().Next(id) {
		n.sendAppendEntries(id, out)
	}
}

// onHeartbeatTimeout: while a server leads, it lets nobody wait for long (§5.2).
func (n *Node) onHeartbeatTimeout(out *Output) {
	if n.role != Leader {
		return // of an earlier reign
	}
	out.arm(HeartbeatTimer)
	n.broadcastAppendEntries(out)
}

// onAppendEntries is the receiver's part of AppendEntries (§5.3). Its sender leads the current
// term: a lower one was refused, a higher one taken over.
func (n *Node) onAppendEntries(m *Message, out *Output) {
	if n.role == Leader {
		return // two leaders of a term (§5.2): one has lost a vote; no reason to lose the log too
	}
	n.stepDown(m.From, out) // a candidate recognises the winner (§5.2)
	out.arm(ElectionTimer)
	response := Message{
		Type:         AppendEntriesResponse,
		To:           m.From,
		PrevLogIndex: m.PrevLogIndex,
	}
	if !n.log.has(m.PrevLogIndex, m.PrevLogTerm) {
		response.ConflictTerm, response.ConflictIndex = n.conflict(m.PrevLogIndex)
		n.send(response, out)
		return
	}
	n.appendAsFollower(m, out)
	// What the leader has committed beyond the entries of this message may differ from what this
	// log has there.
	verified := m.PrevLogIndex + Index(len(m.Entries))
	n.commitThrough(min(m.LeaderCommit, verified), out)
	response.Success = true
	response.MatchIndex, response.MatchTerm = verified, n.log.term(verified)
	n.send(response, out)
}

// appendAsFollower brings the log to agree with the message's entries. An old or repeated message
// holds nothing new, and then nothing is dropped: only a conflict of terms tells that what follows
// belongs to another leader's log (§5.3).
func (n *Node) appendAsFollower(m *Message, out *Output) {
	for i, e := range m.Entries {
		index := m.PrevLogIndex + 1 + Index(i)
		if n.log.has(index, e.Term) {
			continue
		}
		n.truncateAfter(index - 1)
		n.log.append(m.Entries[i:]...)
		out.saveEntries(index, n.log.after(index-1, len(m.Entries)))
		return
	}
}

// conflict tells a leader, whose entry at index i the log does not have, how far to go back: past a
// whole term at a time (§5.3, last but one paragraph).
func (n *Node) conflict(i Index) (Term, Index) {
	if i > n.log.lastIndex() {
		return 0, n.log.lastIndex() + 1
	}
	term := n.log.term(i)
	return term, n.log.firstAtOrAbove(term)
}

func (n *Node) onAppendEntriesResponse(m *Message, out *Output) {
	if n.role != Leader {
		return
	}
	if !m.Success {
		n.backOff(m, out)
		return
	}
	if !n.log.has(m.MatchIndex, m.MatchTerm) {
		return // it attests to another log than this
	}
	n.acknowledge(m.From, m.MatchIndex, out)
	n.replicate(m.From, out)
}

// backOff lets a follower's nextIndex go back to where the two logs may agree, and tries again.
func (n *Node) backOff(m *Message, out *Output) {
	follower := &n.followers[m.From]
	if m.PrevLogIndex != follower.nextIndex-1 || m.PrevLogIndex <= follower.matchIndex {
		return // an old refusal: nextIndex has moved since
	}
	if m.ConflictIndex == 0 {
		return // it refused an earlier reign's term, not this log
	}
	follower.nextIndex = max(n.retreat(m), follower.matchIndex+1)
	follower.sentIndex = follower.nextIndex - 1
	n.sendAppendEntries(m.From, out)
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
