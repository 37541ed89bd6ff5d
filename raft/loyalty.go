package raft

// becomeLoyal: from when a server hears of its leader until the shortest election timeout has run
// out, the leader is alive as far as it knows.
func (n *Node) becomeLoyal(out *Output) {
	if n.options.askLoyalty() {
		n.loyal = true
		out.arm(MinElectionTimer)
	}
}

// isLoyal tells whether the server knows of a leader that may be alive (thesis §4.2.3): then it
// grants no pre-vote (§9.6). Who leads knows of one.
func (n *Node) isLoyal() bool { return n.loyal || n.role == Leader }

// refusesToDepose tells whether a RequestVote finds the server loyal to another (thesis §4.2.3).
// Without it a server that was cut off, or removed, deposes leader after leader; and a lease would
// be worth nothing (§6.4.1). A leader that hands over deposes itself.
func (n *Node) refusesToDepose(m *Message) bool {
	return n.options.CheckQuorum && n.isLoyal() && !m.Transfer
}

// checkQuorum lets a leader step down that no majority has answered for an election timeout (thesis
// §6.2): its clients had better ask another. Servers that are loyal to it could not elect one.
func (n *Node) checkQuorum(out *Output) {
	if !n.options.CheckQuorum {
		return // a leader waits for nobody
	}
	if !n.membership.HasMajority(n.heard.With(n.id)) {
		n.stepDown(None, out)
		return
	}
	n.heard = 0
	out.arm(ElectionTimer)
}
