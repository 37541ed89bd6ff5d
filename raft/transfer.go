package raft

// onTransferLeadership lets a leader step aside for another server: it takes no more proposals,
// waits until the other has the whole log, and lets it stand for election at once. If that comes to
// nothing within an election timeout, it goes on as before. A successor named later takes the place
// of the first, but brings no time with it: else proposals could be refused for ever.
func (n *Node) onTransferLeadership(target ServerID, out *Output) {
	switch {
	case n.role != Leader:
		out.Refusal = NotLeader
	case target == n.id || !n.membership.Voters.Has(target):
		out.Refusal = NoSuccessor
	case target == n.transferee: // it is being done
	default:
		if n.transferee == None {
			out.arm(TransferTimer)
		}
		n.transferee = target
		n.handOver(out)
	}
}

// handOver tells the successor that its time has come, once it has the whole log.
//
// From then on a majority may elect it at any moment, loyal or not, and also when the message comes
// late, after the transfer was given up: no lease of this reign is good any more.
func (n *Node) handOver(out *Output) {
	target := n.transferee
	if target == None || n.followers[target].matchIndex < n.log.lastIndex() {
		return
	}
	n.reads.waiveLease()
	n.send(Message{Type: TimeoutNow, To: target}, out)
}

// abortTransfer: the successor has not made it in time, and proposals need not wait any longer.
func (n *Node) abortTransfer() { n.transferee = None }

// onTimeoutNow: the leader asks the server to stand for election without waiting, and without
// asking first whether it could win.
func (n *Node) onTimeoutNow(out *Output) {
	if n.role != Leader && n.membership.Voters.Has(n.id) {
		n.startElection(true, out)
	}
}
