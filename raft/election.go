package raft

// onElectionTimeout: no leader was heard of, or no majority in time (§5.2).
func (n *Node) onElectionTimeout(out *Output) {
	if n.role == Leader {
		return // a leader waits for nobody
	}
	if !n.membership.Voters.Has(n.id) {
		return
	}
	n.startElection(out)
}

func (n *Node) startElection(out *Output) {
	// §5.2: a new term for each attempt, so that votes of a split election cannot count in the
	// next one.
	n.HardState = HardState{CurrentTerm: n.CurrentTerm + 1, VotedFor: n.id}
	n.role = Candidate
	n.leader = None
	n.votes = 0 // the own vote counts when it is durable
	out.armAnew(ElectionTimer)
	for id := n.others().Next(None); id != None; id = n.others().Next(id) {
		n.send(Message{
			Type:         RequestVote,
			To:           id,
			LastLogIndex: n.log.lastIndex(),
			LastLogTerm:  n.log.lastTerm(),
		}, out)
	}
}

// onRequestVote is the receiver's part of RequestVote (§5.2, §5.4.1).
func (n *Node) onRequestVote(m *Message, out *Output) {
	response := Message{Type: RequestVoteResponse, To: m.From}
	if n.canVoteFor(m.From) && n.isUpToDate(m) {
		n.VotedFor = m.From
		response.VoteGranted = true
		// Only who grants a vote gives the candidate time.
		out.arm(ElectionTimer)
	}
	n.send(response, out)
}

// canVoteFor: each server votes for at most one candidate in a term, first come, first served
// (§5.2). A repeated request gets the same answer. Leaders and candidates have voted for
// themselves.
func (n *Node) canVoteFor(candidate ServerID) bool {
	return n.VotedFor == None || n.VotedFor == candidate
}

// isUpToDate: the candidate's log must be at least as up to date as the own one, by the term of the
// last entry first, by length second (§5.4.1).
func (n *Node) isUpToDate(m *Message) bool {
	if m.LastLogTerm != n.log.lastTerm() {
		return m.LastLogTerm > n.log.lastTerm()
	}
	return m.LastLogIndex >= n.log.lastIndex()
}

func (n *Node) onRequestVoteResponse(m *Message, out *Output) {
	if n.role != Candidate || !m.VoteGranted {
		return
	}
	n.countVote(m.From, out)
}

// countOwnVote counts the candidate's vote for itself once the disk holds it: before, a crash could
// make it vote for another in the same term.
func (n *Node) countOwnVote(out *Output) {
	if n.role != Candidate || n.durable.HardState != n.HardState {
		return
	}
	n.countVote(n.id, out)
}

// countVote counts voters, not votes: a message may come twice.
func (n *Node) countVote(voter ServerID, out *Output) {
	n.votes = n.votes.With(voter)
	if n.membership.HasMajority(n.votes) {
		n.becomeLeader(out)
	}
}

// becomeLeader begins a reign (§5.2) with an entry that does nothing: what earlier terms left in
// the log is committed with it, and only with it (§5.4.2, §8).
func (n *Node) becomeLeader(out *Output) {
	n.role = Leader
	n.leader = n.id
	for id := range n.followers {
		n.followers[id] = progress{
			nextIndex: n.log.lastIndex() + 1,
			sentIndex: n.log.lastIndex(),
		}
	}
	n.appendAsLeader(Entry{Kind: NoOp}, out)
	n.countOwnLog(out)
	out.arm(HeartbeatTimer)
}

// others returns the voters that this server must win over.
func (n *Node) others() ServerSet { return n.membership.Voters.Without(n.id) }
