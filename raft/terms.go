package raft

// takeOver is the rule for all servers of Figure 2 (§5.1): a higher term in any request or response
// is taken over, and makes its receiver a follower, before anything else is decided.
func (n *Node) takeOver(term Term, out *Output) {
	n.HardState = HardState{CurrentTerm: term}
	n.stepDown(None, out)
}

// isExempt tells of a message of a higher term that it is one of the three which leave the
// receiver's term alone.
func (n *Node) isExempt(m *Message) bool {
	switch m.Type {
	case PreVote: // it asks about a term that nobody has begun (§9.6)
		return true
	case PreVoteResponse: // a grant repeats that term; a refusal tells of one that there is
		return m.VoteGranted
	case RequestVote: // who is loyal to a leader does not let it be deposed (§4.2.3)
		return n.refusesToDepose(m)
	}
	return false
}

// refuseStale answers a request of an earlier term with the current one, so that its sender learns
// of it (§5.1). A response of an earlier term answers a question that no longer stands.
func (n *Node) refuseStale(m *Message, out *Output) {
	switch m.Type {
	case RequestVote:
		n.send(Message{Type: RequestVoteResponse, To: m.From}, out)
	case PreVote:
		n.send(Message{Type: PreVoteResponse, To: m.From}, out)
	case AppendEntries:
		n.send(Message{Type: AppendEntriesResponse, To: m.From, PrevLogIndex: m.PrevLogIndex}, out)
	case InstallSnapshot:
		n.send(Message{
			Type: InstallSnapshotResponse, To: m.From, LastIncluded: m.LastIncluded,
		}, out)
	}
}

// stepDown makes n a follower of leader (None while unknown) in the current term. The vote stays:
// it belongs to the term, not to the role.
//
// Only a leader, who has waited for nobody, begins to wait. For the others a higher term is no news
// of a leader: a candidate with a poor log must not keep them from their own elections (§5.2).
func (n *Node) stepDown(leader ServerID, out *Output) {
	if n.role == Leader {
		out.armAnew(ElectionTimer)
		n.dropReads(out)
		n.transferee = None
	}
	n.role = Follower
	n.leader = leader
	n.votes = 0
}
