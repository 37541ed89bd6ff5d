package raft

import "fmt"

// Check returns what is wrong with one state of a node by itself, or nil. It costs a scan of the
// log: it is for tests and for those who debug.
func Check(n *Node) error {
	for _, check := range []func(*Node) error{
		checkLog, checkDurable, checkRole, checkProgress, checkReads,
	} {
		if err := check(n); err != nil {
			return fmt.Errorf("raft: %v in term %d: %w", n.id, n.CurrentTerm, err)
		}
	}
	return nil
}

func checkLog(n *Node) error {
	base := n.log.base.Index
	if n.snapshot.Index < base || n.commitIndex < n.snapshot.Index {
		return fmt.Errorf("the log begins after entry %d, the snapshot ends with %d, %d are "+
			"committed", base, n.snapshot.Index, n.commitIndex)
	}
	for i := base + 1; i <= n.log.lastIndex(); i++ {
		if n.log.term(i) < n.log.term(i-1) {
			return fmt.Errorf("entry %d has term %d, its predecessor %d",
				i, n.log.term(i), n.log.term(i-1))
		}
	}
	if n.log.lastTerm() > n.CurrentTerm {
		return fmt.Errorf("the last entry is of term %d", n.log.lastTerm())
	}
	if n.commitIndex > n.log.lastIndex() {
		return fmt.Errorf("commitIndex %d is beyond the last entry, %d",
			n.commitIndex, n.log.lastIndex())
	}
	return nil
}

func checkDurable(n *Node) error {
	if n.durable.CurrentTerm > n.CurrentTerm {
		return fmt.Errorf("the disk holds term %d", n.durable.CurrentTerm)
	}
	sameTerm := n.durable.CurrentTerm == n.CurrentTerm
	if sameTerm && n.durable.VotedFor != None && n.durable.VotedFor != n.VotedFor {
		return fmt.Errorf("voted for %v, the disk says %v", n.VotedFor, n.durable.VotedFor)
	}
	nothing := n.durable.LogState == LogState{} // or what there was before a snapshot came
	if !nothing && !n.log.has(n.durable.Index, n.durable.LogState.Term) {
		return fmt.Errorf("the disk holds entry %d of term %d, the log does not",
			n.durable.Index, n.durable.LogState.Term)
	}
	return nil
}

func checkRole(n *Node) error {
	switch n.role {
	case Candidate:
		if n.VotedFor != n.id || n.leader != None {
			return fmt.Errorf("a candidate votes for %v and knows leader %v", n.VotedFor, n.leader)
		}
		if n.membership.HasMajority(n.votes) {
			return fmt.Errorf("a candidate has a majority of votes")
		}
	case PreCandidate:
		if n.leader != None || n.membership.HasMajority(n.votes) {
			return fmt.Errorf("a pre-candidate knows leader %v and has %d votes",
				n.leader, n.votes.Len())
		}
	case Leader:
		if n.VotedFor != n.id || n.leader != n.id {
			return fmt.Errorf("a leader votes for %v and knows leader %v", n.VotedFor, n.leader)
		}
		if n.log.lastTerm() != n.CurrentTerm {
			return fmt.Errorf("a leader's last entry is of term %d", n.log.lastTerm())
		}
	}
	return nil
}

func checkProgress(n *Node) error {
	if n.role != Leader {
		return nil
	}
	for id := n.others().Next(None); id != None; id = n.others().Next(id) {
		if err := n.followers[id].check(n.log.lastIndex(), &n.options); err != nil {
			return fmt.Errorf("%v: %w", id, err)
		}
	}
	return nil
}

func (p *progress) check(last Index, o *Options) error {
	if p.matchIndex >= p.nextIndex || p.nextIndex > last+1 {
		return fmt.Errorf("match %d, next %d, last entry %d", p.matchIndex, p.nextIndex, last)
	}
	if len(p.flights) > 0 && !p.replicating || len(p.flights) > o.InflightMax {
		return fmt.Errorf("%d requests in flight, replicating: %v", len(p.flights), p.replicating)
	}
	bytes, arrived := 0, p.matchIndex
	for _, f := range p.flights {
		if f.last <= arrived {
			return fmt.Errorf("entry %d in flight after %d", f.last, arrived)
		}
		bytes, arrived = bytes+f.bytes, f.last
	}
	if bytes != p.bytes || len(p.flights) > 0 && arrived != p.nextIndex-1 {
		return fmt.Errorf("%d of %d bytes in flight through entry %d, next %d",
			bytes, p.bytes, arrived, p.nextIndex)
	}
	return nil
}

// checkReads: a lease is for who has committed in its own term, and has not handed over.
func checkReads(n *Node) error {
	r := &n.reads
	if r.answered > r.taken || r.open && r.index > n.commitIndex {
		return fmt.Errorf("read %d of %d answered, a round at %d of %d committed",
			r.answered, r.taken, r.index, n.commitIndex)
	}
	if !n.hasLease() {
		return nil
	}
	if r.waived || !n.options.LeaseReads || n.log.term(n.commitIndex) != n.CurrentTerm {
		return fmt.Errorf("a lease without right")
	}
	return nil
}

// CheckStep returns what is wrong between two states of one node with one Step between them, or
// nil. (A restart is no step: it loses what is volatile.) It costs a scan of the logs.
func CheckStep(before, after *Node) error {
	for _, check := range []func(_, _ *Node) error{checkTermStep, checkRoleStep, checkLogStep} {
		if err := check(before, after); err != nil {
			return fmt.Errorf("raft: %v from term %d to %d: %w",
				after.id, before.CurrentTerm, after.CurrentTerm, err)
		}
	}
	return nil
}

func checkTermStep(before, after *Node) error {
	if after.CurrentTerm < before.CurrentTerm {
		return fmt.Errorf("currentTerm went back")
	}
	sameTerm := after.CurrentTerm == before.CurrentTerm
	if sameTerm && before.VotedFor != None && before.VotedFor != after.VotedFor {
		return fmt.Errorf("the vote went from %v to %v", before.VotedFor, after.VotedFor)
	}
	// A server may give up its leader, but follows no other in the same term.
	if sameTerm && before.leader != None && after.leader != None && before.leader != after.leader {
		return fmt.Errorf("the leader went from %v to %v", before.leader, after.leader)
	}
	return nil
}

func checkRoleStep(before, after *Node) error {
	if after.CurrentTerm != before.CurrentTerm || after.role == before.role {
		return nil
	}
	if before.role == Leader && (after.role != Follower || after.leader != None) {
		return fmt.Errorf("a leader became a %v of %v", after.role, after.leader)
	}
	if before.role != Candidate && (after.role == Candidate || after.role == Leader) {
		return fmt.Errorf("a %v became a %v without an election", before.role, after.role)
	}
	return nil
}

func checkLogStep(before, after *Node) error {
	if after.commitIndex < before.commitIndex {
		return fmt.Errorf("commitIndex went from %d to %d", before.commitIndex, after.commitIndex)
	}
	// What was committed stays; what a leader has, it keeps (§5.3, Leader Append-Only).
	kept := before.commitIndex
	if before.role == Leader && after.role == Leader && after.CurrentTerm == before.CurrentTerm {
		kept = before.log.lastIndex()
	}
	if after.log.lastIndex() < kept {
		return fmt.Errorf("the log ends at %d, before entry %d", after.log.lastIndex(), kept)
	}
	for i := max(before.log.base.Index, after.log.base.Index) + 1; i <= kept; i++ {
		if *after.log.at(i) != *before.log.at(i) {
			return fmt.Errorf("entry %d was rewritten", i)
		}
	}
	return nil
}
