package raft

// onAppendEntries is the receiver's part of AppendEntries (§5.3). Its sender leads the current
// term: a lower one was refused, a higher one taken over.
func (n *Node) onAppendEntries(m *Message, out *Output) {
	if n.role == Leader {
		return // two leaders of a term (§5.2): one has lost a vote; no reason to lose the log too
	}
	n.stepDown(m.From, out) // a candidate recognises the winner (§5.2)
	n.becomeLoyal(out)
	out.arm(ElectionTimer)
	response := Message{
		Type:         AppendEntriesResponse,
		To:           m.From,
		PrevLogIndex: m.PrevLogIndex,
		Round:        m.Round,
	}
	if !n.log.agrees(m.PrevLogIndex, m.PrevLogTerm) {
		response.ConflictTerm, response.ConflictIndex = n.conflict(m.PrevLogIndex)
		n.send(response, out)
		return
	}
	n.appendAsFollower(m, out)
	// What the leader has committed beyond the entries of this message may differ from what this
	// log has there.
	verified := max(m.PrevLogIndex+Index(len(m.Entries)), n.log.base.Index)
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
		if n.log.agrees(index, e.Term) {
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
