package mark

import (
	"raftkv/raft"
	"raftkv/sim/record"
	"raftkv/sim/vtime"
)

// Watch recognises the marks of a run. It knows the run by its records alone, and takes constant
// time for each, without allocating; an election may look at each server. The zero value is ready,
// for one run; Reset makes it ready for the next.
type Watch struct {
	made   Set // by the present record
	counts Counts

	known   raft.ServerSet // servers that any record is about
	members raft.ServerSet // those that ever started
	up      raft.ServerSet // those that have not crashed
	leaders raft.ServerSet // those that lead, or think they do
	servers [raft.MaxServers + 1]server
	links   [raft.MaxServers + 1][raft.MaxServers + 1]link // from, to

	elected   raft.ServerID // the last that was
	reign     raft.Term     // the highest term that had a leader
	committed raft.Index    // the highest that any server knew to be committed
	delivered letter        // the last message that arrived
	unheard   unheard
}

// server is what is known of one server.
type server struct {
	role    raft.Role // 0 while it is down
	paused  bool
	deposed bool // it led in this life, and does no more
	far     bool // it lacked many committed entries and has not caught up yet
	term    raft.Term
	stood   raft.Term // the last term in which it stood for election, over all lives
	led     raft.Term // and in which it led
	stands  bool      // it stood, and has neither won nor lost
	told    bool      // it stands because its leader told it to

	last      raft.LogState // of its log; Term is 0 where it is not known
	commit    raft.Index
	inherited raft.Index // the last entry that it had when it was elected

	disk      disk
	resumed   bool // at that time
	resumedAt vtime.Time

	reads     reads
	successor raft.ServerID // to whom it is to hand over
}

// Reset makes the watch ready for a new run.
func (w *Watch) Reset() {
	for id := raft.ServerID(0); id <= raft.MaxServers; id++ {
		if w.known.Has(id) { // the others are as new
			w.servers[id] = server{}
			w.links[id] = [raft.MaxServers + 1]link{}
		}
	}
	w.made, w.counts = Set{}, Counts{}
	w.known, w.members, w.up, w.leaders = 0, 0, 0, 0
	w.elected, w.reign, w.committed = 0, 0, 0
	w.delivered, w.unheard = letter{}, unheard{}
}

// Counts returns how often each mark occurred so far. It is the watch's own, until the next Reset.
func (w *Watch) Counts() *Counts { return &w.counts }

// Observe takes the next record of the run, and returns the marks that occur with it: its kind, and
// those of the combinations that it completes. They are the watch's own, until the next record.
func (w *Watch) Observe(r *record.Record) *Set {
	w.made = Set{}
	kind := OfKind(r.Kind)
	if kind == 0 {
		return &w.made
	}
	w.mark(kind)
	if r.Server <= raft.MaxServers && r.Peer <= raft.MaxServers {
		w.known = w.known.With(r.Server).With(r.Peer)
		w.observe(r, &w.servers[r.Server])
	}
	return &w.made
}

func (w *Watch) observe(r *record.Record, s *server) {
	switch r.Kind {
	case record.Sent:
		w.onSent(r)
	case record.Lost:
		w.onLost(r, s)
	case record.Delivered:
		w.onDelivered(r, &w.servers[r.Peer])
	case record.Appended, record.Recovered, record.Truncated, record.Committed:
		w.observeLog(r, s)
	case record.BecameFollower, record.BecamePreCandidate, record.BecameCandidate,
		record.BecameLeader:
		w.observeRole(r, s)
	case record.Written, record.Persisted, record.Held:
		s.disk.observe(r)
	case record.Refused, record.Proposed, record.Returned, record.Applied:
		w.observeRequest(r, s)
	case record.TakenToRead, record.Answered:
		w.observeRead(r, s)
	case record.TransferAsked:
		w.onTransferAsked(r, s)
	case record.FaultBegan:
		w.onFaultBegan(r, s)
	default:
		w.observeLife(r, s)
	}
}

// mark notes that a mark occurs with the present record.
func (w *Watch) mark(m Mark) {
	w.made[m/64] |= 1 << (m % 64)
	w.counts[m]++
}
