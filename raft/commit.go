package raft

import "fmt"

// acknowledge takes notice of how far a server's disk holds the leader's log. A late or repeated
// response tells nothing new.
func (n *Node) acknowledge(id ServerID, index Index, out *Output) {
	if index > n.followers[id].matchIndex {
		n.followers[id].matched(index)
		n.advanceCommitIndex(out)
	}
}

// countOwnLog: a leader acknowledges its own entries as it would another's, when its disk holds
// them.
func (n *Node) countOwnLog(out *Output) {
	if n.role == Leader {
		n.acknowledge(n.id, n.durable.Index, out)
	}
}

// advanceCommitIndex is the last of Figure 2's rules for leaders, and the one with the trap.
//
// §5.4.2: only entries of the current term commit by counting. An entry of an earlier term on a
// majority can still be overwritten (Figure 8); it commits when one of the current term does.
func (n *Node) advanceCommitIndex(out *Output) {
	index := n.majorityIndex()
	if index <= n.commitIndex || n.log.term(index) != n.CurrentTerm {
		return
	}
	n.commitThrough(index, out)
	n.continueReads(out) // a round tells of the commit as well
	for id := n.others().Next(None); id != None; id = n.others().Next(id) {
		n.tellCommit(id, out)
	}
}

// tellCommit lets a follower know now, not with the next heartbeat, that what it holds is
// committed.
func (n *Node) tellCommit(id ServerID, out *Output) {
	follower := &n.followers[id]
	if min(n.commitIndex, follower.matchIndex) > follower.told {
		n.sendHeartbeat(id, out)
	}
}

// majorityIndex returns the highest index that a majority's matchIndex has reached.
func (n *Node) majorityIndex() Index {
	var sorted [MaxServers]Index // descending
	count := 0
	voters := n.membership.Voters
	for id := voters.Next(None); id != None; id = voters.Next(id) {
		match, i := n.followers[id].matchIndex, count
		for ; i > 0 && sorted[i-1] < match; i-- {
			sorted[i] = sorted[i-1]
		}
		sorted[i] = match
		count++
	}
	return sorted[count/2]
}

// commitThrough moves commitIndex on; it never goes back. The caller then applies.
func (n *Node) commitThrough(index Index, out *Output) {
	if index <= n.commitIndex {
		return
	}
	n.commitIndex = index
	out.ApplyThrough = index
}

// truncateAfter drops the entries after index, in which another leader's log is about to follow.
func (n *Node) truncateAfter(index Index) {
	if index < n.commitIndex {
		panic(fmt.Sprintf("raft: truncating committed entry %d", index+1))
	}
	n.log.truncate(index)
	if n.durable.Index > index {
		// The disk holds more, but not of this log.
		n.durable.LogState = n.log.last()
	}
}
