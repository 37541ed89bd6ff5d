package moment

import (
	"fmt"

	"raftkv/kv"
	"raftkv/raft"
	"raftkv/sim/cluster"
	"raftkv/sim/record"
	"raftkv/sim/server"
)

func serverOf(
	w *cluster.Cluster, id raft.ServerID, members raft.ServerSet, upcoming []cluster.Upcoming,
) Server {
	s := w.Server(id)
	v := Server{
		Name: id.String(), State: stateText(s),
		Votes: []string{}, Peers: []Peer{}, Log: []Entry{}, Held: []Held{},
		Timers: []Timer{}, Waiting: []Waiting{}, Store: []Pair{}, Reads: []Read{},
		Round: Round{Confirmed: []string{}},
	}
	v.addDisk(s, upcoming)
	if s.State() == server.Down {
		v.remember(s)
		return v
	}
	v.addNode(s, members)
	v.Disk.Kept = uint64(kept(s))
	v.addTimers(w, s)
	v.addHeld(s)
	v.addWaiting(s)
	v.addReads(s)
	v.addStore(s.Store())
	return v
}

func stateText(s *server.Server) string {
	switch {
	case s.Busy():
		return "panicked"
	case s.State() == server.Down:
		return "down"
	case s.State() == server.Paused:
		return "paused"
	}
	return "running"
}

func (v *Server) addDisk(s *server.Server, upcoming []cluster.Upcoming) {
	disk := s.Disk()
	p := disk.Persistence()
	v.Disk = Disk{
		Term: uint64(p.CurrentTerm), Vote: serverName(p.VotedFor), Last: position(p.LogState),
		Durable: disk.Stable(), Pending: disk.Issued() - disk.Stable(), SyncNS: -1,
	}
	for i := range upcoming {
		if u := &upcoming[i]; u.Kind == cluster.SyncEnds && u.Server == s.ID() {
			v.Disk.SyncNS = int64(u.At)
		}
	}
}

// kept returns through which entry a server's disk holds its log. It compares all of them: that
// equal terms make equal logs (§5.3) is a promise of the protocol, which has bugs put in at times.
func kept(s *server.Server) (last raft.Index) {
	log, durable := logOf(s), s.Disk().Durable().Entries
	for last < min(log.last, raft.Index(len(durable))) && durable[last] == log.entry(last+1) {
		last++
	}
	return last
}

// wholeLog is all entries of a log, 1 to last.
type wholeLog struct {
	last  raft.Index
	entry func(raft.Index) raft.Entry
}

// logOf returns the log of a server; of one that is down, the log on its disk.
func logOf(s *server.Server) wholeLog {
	if s.State() == server.Down {
		entries := s.Disk().Durable().Entries
		at := func(i raft.Index) raft.Entry { return entries[i-1] }
		return wholeLog{last: raft.Index(len(entries)), entry: at}
	}
	return wholeLog{last: s.Node().LastIndex(), entry: s.Node().Entry}
}

// remember describes a server that is down by what its disk holds.
func (v *Server) remember(s *server.Server) {
	v.Term, v.Vote, v.Last = v.Disk.Term, v.Disk.Vote, v.Disk.Last
	v.Disk.Kept = v.Last.Index
	v.addLog(logOf(s))
}

func (v *Server) addNode(s *server.Server, members raft.ServerSet) {
	n := s.Node()
	v.Role, v.Leader = n.Role().String(), serverName(n.Leader())
	v.Term, v.Vote = uint64(n.Hard().CurrentTerm), serverName(n.Hard().VotedFor)
	v.Commit, v.Applied = uint64(n.CommitIndex()), uint64(s.Applied())
	v.Votes, v.Loyal = serverNames(n.Votes()), n.Loyal()
	if n.Role() == raft.Leader {
		for id := members.Next(raft.None); id != raft.None; id = members.Next(id) {
			p := n.Progress(id)
			v.Peers = append(v.Peers, Peer{
				Name: id.String(), Next: uint64(p.NextIndex), Match: uint64(p.MatchIndex),
				Replicating: p.Replicating, InFlight: p.Inflight,
			})
		}
		v.addRound(n)
	}
	v.addLog(logOf(s))
	if last := n.LastIndex(); last > 0 {
		v.Last = Position{Index: uint64(last), Term: uint64(n.Entry(last).Term)}
	}
}

func (v *Server) addRound(n *raft.Node) {
	round := n.Round()
	v.Lease, v.Transferee = n.HasLease(), serverName(n.Transferee())
	v.Round = Round{
		Number: round.Number, Open: round.Open, Commit: uint64(round.Index),
		Confirmed: serverNames(round.Confirmed),
	}
}

func (v *Server) addReads(s *server.Server) {
	for r := range s.Reads() {
		if len(v.Reads) == waitingMax {
			v.ReadsOmitted++
			continue
		}
		v.Reads = append(v.Reads, Read{
			Client: clientName(r.Request.Client), Operation: r.Request.Operation,
			Number: r.Number, Confirmed: r.Confirmed, Entry: uint64(r.Index),
		})
	}
}

// addLog adds the end of a log.
func (v *Server) addLog(log wholeLog) {
	first := raft.Index(1)
	if log.last > entriesMax {
		first = log.last - entriesMax + 1
	}
	v.LogOmitted = int(first - 1)
	for i := first; i <= log.last; i++ {
		v.Log = append(v.Log, entryOf(i, log.entry(i)))
	}
}

func entryOf(i raft.Index, e raft.Entry) Entry {
	return Entry{
		Index: uint64(i), Term: uint64(e.Term), Kind: e.Kind.String(),
		Command: commandText(e.Command),
	}
}

func (v *Server) addTimers(w *cluster.Cluster, s *server.Server) {
	overdue := s.Overdue()
	for timer := raft.Timer(1); timer < raft.TimerCount; timer++ {
		due := instant(s.Due(timer))
		if due >= 0 || overdue.Has(timer) {
			v.Timers = append(v.Timers, Timer{
				Name: timer.String(), DueNS: due, Heeded: heeds(s.Node(), timer),
			})
		}
	}
}

// heeds tells whether a server, as it is, does something when the timer fires.
func heeds(n *raft.Node, timer raft.Timer) bool {
	leads := n.Role() == raft.Leader
	switch timer {
	case raft.ElectionTimer:
		return !leads || n.Options().CheckQuorum
	case raft.HeartbeatTimer:
		return leads
	case raft.MinElectionTimer:
		return n.Loyal() && !leads
	case raft.LeaseTimer:
		return n.HasLease()
	case raft.TransferTimer:
		return n.Transferee() != raft.None
	}
	return false
}

func (v *Server) addHeld(s *server.Server) {
	for m, write := range s.Held() {
		if len(v.Held) == heldMax {
			v.HeldOmitted++
			continue
		}
		v.Held = append(v.Held, Held{
			To: m.To.String(), Type: m.Type.String(), Term: uint64(m.Term), Text: messageText(m),
			Write: write,
		})
	}
}

func (v *Server) addWaiting(s *server.Server) {
	for request, entry := range s.Waiting() {
		if len(v.Waiting) == waitingMax {
			v.WaitingOmitted++
			continue
		}
		v.Waiting = append(v.Waiting, Waiting{
			Client:    clientName(request.Client),
			Operation: request.Operation,
			Entry:     position(entry),
		})
	}
}

func (v *Server) addStore(store *kv.Store) {
	keys := store.Keys()
	v.StoreOmitted = max(0, len(keys)-keysMax)
	for _, key := range keys[:min(len(keys), keysMax)] {
		value, _ := store.Lookup(key)
		v.Store = append(v.Store, Pair{Key: key, Value: value})
	}
}

func position(p raft.LogState) Position {
	return Position{Index: uint64(p.Index), Term: uint64(p.Term)}
}

// String returns the entry's index and term as people read them: 7/2.
func (p Position) String() string { return fmt.Sprintf("%d/%d", p.Index, p.Term) }

// commandText returns a command as people write it; nothing for none.
func commandText(encoded string) string {
	if encoded == "" {
		return ""
	}
	c, err := kv.Decode(encoded)
	switch {
	case err != nil:
		return fmt.Sprintf("%q", encoded)
	case c.Op == kv.Put:
		return c.Op.String() + " " + c.Key + "=" + c.Value
	case c.Op == kv.Noop || c.Op == kv.OpenSession:
		return c.Op.String()
	}
	return c.Op.String() + " " + c.Key
}

// answerText returns an answer as people tell it.
func answerText(u *cluster.Upcoming) string {
	what := commandText(u.Request.Command)
	if u.Outcome == record.OK && u.Value != "" {
		return what + ": " + u.Value
	}
	return what + ": " + u.Outcome.String()
}

// messageText returns what a message says, but for its type and term. Entries are told by index and
// term: 7/2.
func messageText(m *raft.Message) string {
	previous := position(raft.LogState{Index: m.PrevLogIndex, Term: m.PrevLogTerm})
	switch m.Type {
	case raft.RequestVote, raft.PreVote:
		text := fmt.Sprintf("last entry %d/%d", m.LastLogIndex, m.LastLogTerm)
		if m.Transfer {
			text += ", its leader has told it to stand"
		}
		return text
	case raft.RequestVoteResponse, raft.PreVoteResponse:
		if m.VoteGranted {
			return "granted"
		}
		return "refused"
	case raft.AppendEntries:
		return fmt.Sprintf("%s after %v, commit %d%s",
			entriesText(m), previous, m.LeaderCommit, roundText(m))
	case raft.AppendEntriesResponse:
		if m.Success {
			return fmt.Sprintf("has %d/%d%s", m.MatchIndex, m.MatchTerm, roundText(m))
		}
		return refusalText(m) + roundText(m)
	case raft.TimeoutNow:
		return "stand for election at once"
	}
	return ""
}

// roundText tells which round a message belongs to, where there are rounds.
func roundText(m *raft.Message) string {
	if m.Round == 0 {
		return ""
	}
	return fmt.Sprintf(", round %d", m.Round)
}

func entriesText(m *raft.Message) string {
	first, count := m.PrevLogIndex+1, raft.Index(len(m.Entries))
	switch count {
	case 0:
		return "nothing"
	case 1:
		return fmt.Sprintf("entry %d/%d", first, m.Entries[0].Term)
	}
	return fmt.Sprintf("entries %d-%d", first, first+count-1)
}

func refusalText(m *raft.Message) string {
	switch {
	case m.ConflictIndex == 0:
		return "refused: the term is over"
	case m.ConflictTerm == 0:
		return fmt.Sprintf("refused after %d: its log ends before %d",
			m.PrevLogIndex, m.ConflictIndex)
	}
	return fmt.Sprintf("refused after %d: its term %d begins at %d",
		m.PrevLogIndex, m.ConflictTerm, m.ConflictIndex)
}
