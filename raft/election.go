package raft

// onElectionTimeout: no leader was heard of, or no majority in time (§5.2); or a leader is to check
// whether one hears of it.
func (n *Node) onElectionTimeout(out *Output) {
	switch {
	case n.role == Leader:
		n.checkQuorum(out)
	case !n.membership.Voters.Has(n.id):
	case n.options.PreVote:
		n.startPreVote(out)
	default:
		n.startElection(false, out)
	}
}

// startPreVote asks the others whether they would grant a vote in the next term (thesis §9.6): a
// server that cannot win begins no term, and so deposes nobody.
func (n *Node) startPreVote(out *Output) {
	n.role = PreCandidate
	n.leader = None
	n.votes = 0
	out.armAnew(ElectionTimer)
	n.askForVotes(Message{Type: PreVote}, n.CurrentTerm+1, out)
	n.countPreVote(n.id, out) // nothing is promised that would have to be durable
}

// startElection begins a term and asks for votes in it (§5.2): a new one for each attempt, so that
// votes of a split election cannot count in the next.
func (n *Node) startElection(transfer bool, out *Output) {
	n.HardState = HardState{CurrentTerm: n.CurrentTerm + 1, VotedFor: n.id}
	n.role = Candidate
	n.leader = None
	n.votes = 0 // the own vote counts when it is durable
	out.armAnew(ElectionTimer)
	n.askForVotes(Message{Type: RequestVote, Transfer: transfer}, n.CurrentTerm, out)
}

func (n *Node) askForVotes(request Message, term Term, out *Output) {
	request.LastLogIndex, request.LastLogTerm = n.log.lastIndex(), n.log.lastTerm()
	for id := n.others().Next(None); id != None; id = n.others().Next(id) {
		request.To = id
		n.sendIn(term, request, out)
	}
}

// onPreVote is the receiver's part of PreVote (thesis §9.6): would it grant its vote? Nothing
// changes by the answer, not even when the next election is due.
func (n *Node) onPreVote(m *Message, out *Output) {
	response := Message{Type: PreVoteResponse, To: m.From}
	free := m.Term > n.CurrentTerm || n.canVoteFor(m.From)
	if free && !n.isLoyal() && n.isUpToDate(m) {
		response.VoteGranted = true
		n.sendIn(m.Term, response, out)
		return
	}
	n.send(response, out)
}

func (n *Node) onPreVoteResponse(m *Message, out *Output) {
	if n.role != PreCandidate || !m.VoteGranted || m.Term != n.CurrentTerm+1 {
		return
	}
	n.countPreVote(m.From, out)
}

func (n *Node) countPreVote(voter ServerID, out *Output) {
	n.votes = n.votes.With(voter)
	if n.membership.HasMajority(n.votes) {
		n.startElection(false, out)
	}
}

// onRequestVote is the receiver's part of RequestVote (§5.2, §5.4.1).
func (n *Node) onRequestVote(m *Message, out *Output) {
	response := Message{Type: RequestVoteResponse, To: m.From}
	if n.canVoteFor(m.From) && n.isUpToDate(m) && !n.refusesToDepose(m) {
		n.VotedFor = m.From
		response.VoteGranted = true
		// Only who grants a vote gives the candidate time.
		out.arm(ElectionTimer)
		if n.role == PreCandidate {
			n.stepDown(None, out)
		}
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
	n.heard = 0
	n.reads.reset()
	voters := n.membership.Voters
	for id := voters.Next(None); id != None; id = voters.Next(id) {
		n.followers[id].reset(n.log.lastIndex() + 1)
	}
	n.appendAsLeader(Entry{Kind: NoOp}, out)
	n.countOwnLog(out)
	out.arm(HeartbeatTimer)
	if n.options.CheckQuorum {
		out.arm(ElectionTimer)
	}
}
