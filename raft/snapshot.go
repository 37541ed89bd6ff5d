package raft

// Snapshot stands for the log through its last entry (§7, Figure 13; thesis §5): lastIncludedIndex
// and lastIncludedTerm, and the state of the state machine after that entry, which means nothing to
// the protocol. Being a string it is never changed, and can be shared freely.
type Snapshot struct {
	LogState
	Data string
}

// incoming is a snapshot that a follower is being sent, in chunks that come in order.
type incoming struct {
	LogState
	from ServerID
	term Term
	data []byte // what has come so far
}

// onSnapshotTaken takes notice of a snapshot of what the server has applied, which its disk holds:
// what the log has up to there is no longer needed (§7), but for some entries that followers may
// lack, so that not every slow one needs the whole snapshot.
func (n *Node) onSnapshotTaken(s *Snapshot, out *Output) {
	if s.Index <= n.snapshot.Index || s.Index > n.commitIndex || !n.log.has(s.Index, s.Term) {
		return // an old one: a newer has come, from here or from a leader
	}
	n.snapshot = *s
	if n.durable.Index < s.Index {
		n.durable.LogState = s.LogState // as good as its entries
	}
	through := s.Index - min(s.Index, Index(n.options.TrailingEntries))
	if through > n.log.base.Index {
		n.log.compact(through)
		out.CutThrough = through
	}
}

// needsSnapshot tells whether a follower lacks entries that the log no longer has.
func (n *Node) needsSnapshot(id ServerID) bool {
	return n.followers[id].nextIndex <= n.log.base.Index
}

// sendSnapshot sends a follower the next chunk of the snapshot (§7, Figure 13). There is one on its
// way at a time. A newer snapshot is begun from its start.
func (n *Node) sendSnapshot(to ServerID, out *Output) {
	follower := &n.followers[to]
	if follower.snapshot != n.snapshot.LogState {
		follower.snapshot, follower.offset = n.snapshot.LogState, 0
	}
	rest := n.snapshot.Data[min(follower.offset, uint64(len(n.snapshot.Data))):]
	chunk := rest[:min(len(rest), n.options.SnapshotChunk)]
	follower.probe(follower.nextIndex)
	follower.probed = true
	n.send(Message{
		Type:         InstallSnapshot,
		To:           to,
		LastIncluded: n.snapshot.LogState,
		Offset:       follower.offset,
		Data:         chunk,
		Done:         len(chunk) == len(rest),
		Round:        n.reads.round,
	}, out)
}

// onInstallSnapshot is the receiver's part of InstallSnapshot (Figure 13). Its answer tells how
// much of the snapshot has come, so that a leader goes on where a chunk was lost.
func (n *Node) onInstallSnapshot(m *Message, out *Output) {
	if n.role == Leader {
		return // as of an AppendEntries
	}
	n.stepDown(m.From, out)
	n.becomeLoyal(out)
	out.arm(ElectionTimer)
	response := Message{
		Type: InstallSnapshotResponse, To: m.From, Round: m.Round, LastIncluded: m.LastIncluded,
	}
	if n.takeIn(m, out) {
		// What it stands for is committed, and so is what the own log has there.
		response.Done = true
		response.MatchIndex = max(m.LastIncluded.Index, n.log.base.Index)
		response.MatchTerm = n.log.term(response.MatchIndex)
	}
	response.Offset = uint64(len(n.incoming.data))
	n.send(response, out)
}

// takeIn adds a chunk to what has come, and returns whether the server has all that the snapshot
// stands for: since it was the last, or since it has committed all of that itself. An old snapshot
// changes nothing: commitIndex does not go back.
func (n *Node) takeIn(m *Message, out *Output) bool {
	if m.LastIncluded.Index <= n.commitIndex {
		return true
	}
	n.receiveChunk(m)
	in := &n.incoming
	if !m.Done || m.Offset+uint64(len(m.Data)) != uint64(len(in.data)) {
		return false
	}
	n.install(Snapshot{in.LogState, string(in.data)}, out)
	return true
}

// receiveChunk adds a chunk to the snapshot that is coming in, if it is the next. A chunk of
// another snapshot, or of another leader's, who may have written it otherwise, begins anew.
func (n *Node) receiveChunk(m *Message) {
	in := &n.incoming
	if in.LogState != m.LastIncluded || in.from != m.From || in.term != m.Term {
		*in = incoming{m.LastIncluded, m.From, m.Term, in.data[:0]}
	}
	if m.Offset == uint64(len(in.data)) {
		in.data = append(in.data, m.Data...)
	}
}

// install puts a snapshot in the place of the log through its last entry. If the log has that
// entry, what follows it is kept; else all of the log is another's (Figure 13, steps 6 and 7).
func (n *Node) install(s Snapshot, out *Output) {
	out.DiscardLog = !n.log.has(s.Index, s.Term)
	if out.DiscardLog {
		n.log.restore(s.LogState, nil)
	} else {
		n.log.compact(s.Index)
	}
	if out.DiscardLog || n.durable.Index < s.Index {
		n.durable.LogState = LogState{} // until the disk holds the snapshot
	}
	n.snapshot = s
	n.incoming = incoming{data: n.incoming.data[:0]}
	n.commitIndex = s.Index
	out.InstallSnapshot, out.Snapshot = true, s
}

// onInstallSnapshotResponse lets a leader go on with the next chunk; with entries, once a follower
// has the whole snapshot on its disk.
func (n *Node) onInstallSnapshotResponse(m *Message, out *Output) {
	if n.role != Leader {
		return
	}
	n.heard = n.heard.With(m.From)
	n.confirm(m.From, m.Round, out)
	follower := &n.followers[m.From]
	switch {
	case m.Done:
		n.goOn(m, out)
	case n.needsSnapshot(m.From) && m.LastIncluded == follower.snapshot &&
		m.Offset != follower.offset:
		follower.offset = m.Offset
		n.sendSnapshot(m.From, out)
	}
}
